"""An output in torch: a map-style dataset for GlobalSampler, an iterable one, and states that count what the loop got.

    dataset = SampleDataset("out/bridge", image_size=224)
    loader = DataLoader(dataset, batch_sampler=GlobalSampler(dataset, 32), collate_fn=collate, num_workers=8)
    loader = DataLoader(LoaderDataset("out/bridge", 32, image_size=224), batch_size=None)     # threads, no workers
    loader = resumable(loader)                                                                # either: state_dict()

All of them give the order of vladata.load, and their states are its states, the same on all ranks: each goes on from any other's.
Batches are those of vladata.load (batch.py) with tensors in place of arrays; pixels are not copied.
"""

import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vladata.errors import MissingExtra, UsageError
from vladata.loaders.batch import BatchJob
from vladata.loaders.callers import asked_by, reader
from vladata.loaders.cursor import Cursor
from vladata.loaders.cuts import cuts
from vladata.loaders.iterations import ROWS, Iterations
from vladata.loaders.listed import batch_at
from vladata.loaders.load import load
from vladata.loaders.loader import Loader
from vladata.loaders.order import LoadOrder
from vladata.loaders.pool import InOrder
from vladata.loaders.ranks import distributed, given
from vladata.loaders.resumable import resumable as resumable
from vladata.loaders.sampler import Course, not_behind, not_known
from vladata.loaders.sampler import GlobalSampler as GlobalSampler

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset, get_worker_info
except ModuleNotFoundError as fault:
    if fault.name != "torch":
        raise
    raise MissingExtra("vladata.loaders.torch needs torch", hint='pip install "vladata[torch]"') from None

OF_THE_LOADER = ("batch_size", "rank", "world", "workers", "drop_last", "endless", "epoch", "resume", "prefetch")


class Rows(Sequence[dict[str, Any]]):
    """The samples of one batch: `collate` takes the batch as it is, other functions take sample after sample."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch
        self._tensors: dict[str, Any] | None = None

    def __len__(self) -> int:
        return len(self._columns()["key"])

    def __getitem__(self, n: Any) -> Any:
        return {name: value if isinstance(value, int) else value[n] for name, value in self._columns().items()}

    def _columns(self) -> dict[str, Any]:
        if not isinstance(self.batch, dict) or "position" not in self.batch:
            hint = "Pass collate_fn=vladata.loaders.torch.collate to the DataLoader."
            raise UsageError("the dataset's collate has made whole batches, which have no samples", hint=hint)
        if self._tensors is None:
            self._tensors = tensors(self.batch)
        return self._tensors


class SampleDataset(Dataset[dict[str, Any]]):
    """The samples of an output by absolute position: epoch * samples + the place in that epoch's order.

    len is an epoch's samples, and positions behind it are of later epochs, whose order and whose augmentations are others.
    It takes the arguments of vladata.load, but those of the loop (batch_size, rank, world, workers, drop_last, epoch, resume).
    """

    def __init__(self, path: Any, **options: Any) -> None:
        """Open the output. Raises as vladata.load does."""
        if wrong := [name for name in OF_THE_LOADER if name in options]:
            raise UsageError(
                "a SampleDataset does not take the settings of a loop",
                got=", ".join(wrong),
                hint="batch_size, rank, world, drop_last, epoch and resume are GlobalSampler's.",
            )
        self._making = load(path, 1, workers=0, **options).making
        self._samplers: weakref.WeakSet[GlobalSampler] = weakref.WeakSet()

    def sampled_by(self, sampler: GlobalSampler) -> None:
        """Take down a sampler of this dataset, for set_epoch."""
        self._samplers.add(sampler)

    @property
    def order(self) -> LoadOrder:
        """The order of the samples."""
        return self._making.order

    def __len__(self) -> int:
        return self.order.samples

    def __getitem__(self, position: int) -> dict[str, Any]:
        """Return one sample, its arrays as tensors. Raises IndexError below 0, LoadError where it cannot be read."""
        found: dict[str, Any] = self.__getitems__([position])[0]
        return found

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The samples of epoch 0; positions have no end."""
        return (self[position] for position in range(len(self)))

    def __getitems__(self, positions: Sequence[int]) -> Sequence[dict[str, Any]]:
        """Return the samples at positions, read and decoded together where they are of one epoch."""
        cursor = getattr(positions, "cursor", None) or self.order.begin(1)
        at = np.asarray(positions, np.int64)
        if len(at) and at.min() < 0:
            raise IndexError(f"position {at.min()}: positions count from 0")
        epochs = at // len(self)
        found = [self._rows(cursor, epoch, at[epochs == epoch]) for epoch in np.unique(epochs).tolist()]
        if len(found) == 1:
            return found[0]
        rows = {int(row["position"]) + row["epoch"] * len(self): row for each in found for row in each}
        return [rows[position] for position in at.tolist() if position in rows]

    def set_epoch(self, epoch: int) -> None:
        """Tell the samplers of this dataset the epoch: accelerate calls this where its wrappers hide them."""
        for sampler in list(self._samplers):
            sampler.set_epoch(epoch)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_samplers": weakref.WeakSet()}  # those stay in the process of the loop

    def _rows(self, cursor: Cursor, epoch: int, at: np.ndarray) -> Rows:
        batch = batch_at(self._making, cursor.at(epoch, 0), at - epoch * len(self))
        return Rows(batch if self._making.collate is None else self._making.collate(batch))


class LoaderDataset(IterableDataset[Any]):
    """The batches of vladata.load: DataLoader(LoaderDataset(path, 32), batch_size=None).

    With num_workers=0, which is the fastest, threads make them, and a loop that was left in the middle goes on in the next one.
    With N workers batch k is made by worker k % N, which keeps the order; then each iteration is the next epoch.
    """

    def __init__(
        self, path: Any, batch_size: int, rank: int | None = None, world: int | None = None, **options: Any
    ) -> None:
        """rank, world: those of torch.distributed where they are not given (ranks.py).   options: as of vladata.load.

        Raises as vladata.load does, and UsageError for endless: an iteration is an epoch."""
        if options.get("endless"):
            raise UsageError("a LoaderDataset is not endless: an iteration is an epoch", hint="Leave endless out.")
        self._place, self._process = given(rank, world), os.getpid()
        rank, world = self._place or distributed()
        self._loader = load(path, batch_size, rank=rank, world=world, **options)
        self._threads = self._loader.share.workers if options.get("workers") is not None else 1  # of a worker process
        shared = torch.zeros((ROWS, 2), dtype=torch.int64).share_memory_()
        self._iterations = Iterations(shared, self._loader.epoch)
        self._number, self._loaded = 0, False  # of this copy: iterations begun, and whether a state waits for one
        self._part: _Part | None = None

    def __len__(self) -> int:
        """How many batches of an epoch this rank has."""
        return len(self._own())

    def __iter__(self) -> Iterator[Any]:
        _refuse_wrappers()
        if (worker := get_worker_info()) is None:
            self._loaded = False
            return map(tensors, self._own())
        if not self._loaded:
            self._number, self._part = self._number + 1, None
        self._loaded = False
        return self._batches(worker)

    def _batches(self, worker: Any) -> Iterator[Any]:
        """The batches of a worker process."""
        part, loader = self._entered(worker), self._loader
        course, rank = part.course, loader.share.rank
        left = range(worker.id + part.given * worker.num_workers, len(course.cuts), worker.num_workers)
        jobs = (
            BatchJob(loader.making, course.begin, *course.cuts.part(k, rank), course.after(k + 1)) for k in left
        )
        for made in InOrder(jobs, self._threads, ahead=1):
            part.given += 1
            yield tensors(made.batch)

    def _entered(self, worker: Any) -> "_Part":
        """What this worker process gives in its iteration."""
        if self._part is None:
            epoch = self._iterations.enter(worker.seed - worker.id, self._number)
            self._part = _Part(self._course(epoch), 0)
        return self._part

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be that epoch; the rest of it, where a state in the middle of it was loaded.

        What accelerate counts is not heeded (sampler.py). Raises UsageError for an epoch before that of a loaded state."""
        _refuse_wrappers()
        if asked_by("accelerate", "__iter__"):
            return
        loader = self._own()
        if self._loaded:
            not_behind(epoch, loader.epoch)
        loader.set_epoch(epoch)
        self._iterations.begin(epoch)

    def after(self, batches: int) -> Cursor:
        """Return where the run stands when the loop has had that many batches of the iteration that began last."""
        epoch = self._iterations.last()
        return self._own().cursor if epoch is None else self._course(epoch).after(batches)

    def state_dict(self) -> dict[str, Any]:
        """Return where the loop stands, as JSON; in a worker process, for torchdata, what of its part is given.

        Raises UsageError where worker processes made batches ahead of the loop."""
        if (worker := get_worker_info()) is not None:
            part = self._entered(worker)
            share = {"worker": worker.id, "workers": worker.num_workers, "given": part.given}
            return {"begin": part.course.begin.to_json(), **share}
        if self._iterations.last() is not None:
            raise not_known("worker processes make batches", "the dataset")
        return self._own().state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the next iteration go on where `state` stands. Raises UsageError where it is none, or of another run."""
        if (worker := get_worker_info()) is None:
            self._own().load_state_dict(state)
            self._iterations.load(self._loader.epoch)
            self._loaded = True
            return
        own = {"worker": worker.id, "workers": worker.num_workers}
        if {name: state.get(name) for name in own} != own:
            raise UsageError("the state is of other workers", got=state, allowed=f"one of {own}", hint=ELASTIC)
        anchor = self._loader.cursor.anchor
        self._loader.load_state_dict(state["begin"])
        if self._loader.cursor.anchor != anchor:
            raise UsageError("the mixture was resumed at another batch size before", hint=ELASTIC)
        self._number, self._loaded = self._number + 1, True
        epoch = self._iterations.enter(worker.seed - worker.id, self._number, self._loader.epoch)
        self._part = _Part(self._course(epoch), state["given"])

    def _own(self) -> Loader:
        """The loader, of this process and of the rank that it is now."""
        rank, world = self._place or distributed()
        loader = self._loader
        share = replace(loader.share, rank=rank, world=world)
        if share != loader.share or self._process != os.getpid():
            cursor = loader.making.order.resumed(loader.cursor, share.batch_size * world)
            self._loader, self._process = Loader(loader.making, share, cursor), os.getpid()
        return self._loader

    def _course(self, epoch: int) -> Course:
        """That epoch: what is left of it, where a state in the middle of it was loaded."""
        loader = self._own()
        begin = loader.cursor if loader.epoch == epoch else loader.cursor.at(epoch, 0)
        share = loader.share
        samples = loader.making.order.samples
        return Course(begin, cuts(samples, begin.position, share.batch_size, share.world, share.drop_last))

    def __getstate__(self) -> dict[str, Any]:
        loader = self._own()
        opened = (loader.making, loader.share, loader.cursor)
        place = (loader.share.rank, loader.share.world)  # torch.distributed is not initialised where it is unpickled
        return {**self.__dict__, "_loader": opened, "_place": place, "_process": 0}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "_loader": Loader(*state["_loader"])})


@dataclass
class _Part:
    """What a worker process gives of an epoch, and how many batches it has given."""

    course: Course
    given: int


ELASTIC = "Take num_workers=0, or keep the state of resumable(loader): those fit any number of workers, ranks and any batch size."


def _refuse_wrappers() -> None:
    """Raise UsageError where accelerate would deal the batches of a rank once more."""
    if (who := reader()).dealt or who.sent:
        raise UsageError(
            "accelerate's prepare would deal the batches of this rank to all ranks once more",
            hint="Leave it out, or give prepare the loader as resumable(loader), which it hands back as it is.",
        )


def collate(rows: Any) -> Any:
    """Return samples of a SampleDataset as one batch, its arrays as tensors. For DataLoader(collate_fn=...).

    rows: what __getitems__ gave, as it is; or a list of samples, as other datasets that hold ours give: their arrays are stacked.
    """
    if isinstance(rows, Rows):
        return tensors(rows.batch)
    return {name: _stacked([row[name] for row in rows]) for name in rows[0]}


def _stacked(values: list[Any]) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.stack(values)
    return values[0] if isinstance(values[0], int) and len(set(values)) == 1 else values


def tensors(batch: Any) -> Any:
    """Return the batch with every array of numbers as a tensor of the same memory; all else as it is."""
    if isinstance(batch, Mapping):
        return {name: tensors(value) for name, value in batch.items()}
    if isinstance(batch, np.ndarray) and batch.dtype.kind in "biuf":
        return torch.from_numpy(batch if batch.flags.writeable else batch.copy())
    return batch
