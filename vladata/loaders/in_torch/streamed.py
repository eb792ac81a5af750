"""The batches of vladata.load for a DataLoader, with or without worker processes.

Without workers, the threads of a loader make the batches. With N workers, each process has a copy of the loader and makes the
batches k of every epoch with k % N equal to its number: a DataLoader takes batches from its workers in turn, so the order is
kept. The workers agree on the epoch (iterations.py). torchdata keeps a state of each worker, which describes its part; any other
state is a place in the order.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vladata.errors import UsageError
from vladata.loaders.batch import BatchJob
from vladata.loaders.in_torch.callers import asked_by
from vladata.loaders.in_torch.iterations import Iterations
from vladata.loaders.in_torch.ranks import Worker, distributed, given, worker_process
from vladata.loaders.in_torch.sampler import Course, course, not_behind, not_known, refuse_wrappers
from vladata.loaders.load import load
from vladata.loaders.loader import Loader
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.pool import InOrder

ELASTIC = "Take num_workers=0, or keep the state of resumable(loader): they fit any number of workers and ranks, any batch size."


class Streamed:
    """Batches of one rank, epoch after epoch: LoaderDataset of torch.py, without torch."""

    def __init__(
        self,
        path: Any,
        batch_size: int,
        rank: int | None,
        world: int | None,
        shared: Any,
        options: Mapping[str, Any],
    ) -> None:
        """Open the output. shared: a tensor of zeros, int64, shape TABLE (iterations.py), in memory that processes share.
        options: of vladata.load."""
        if options.get("endless"):
            raise UsageError(
                "a LoaderDataset is not endless: an iteration is an epoch", hint="Leave endless out."
            )
        self._place, self._process = given(rank, world), os.getpid()
        rank, world = self._place or distributed()
        self._loader = load(path, batch_size, rank=rank, world=world, **options)
        unsaid = options.get("workers") is None
        self._threads = 1 if unsaid else self._loader.share.workers  # threads in each worker process
        self._iterations = Iterations(shared)
        self._number = 0  # iterations that this copy has begun in a worker process
        self._loaded = False  # True if a loaded state waits for an iteration
        self._part: _Part | None = None

    def __len__(self) -> int:
        """Return the number of batches of this rank in an epoch."""
        return len(self._own())

    def batches(self) -> Iterator[Any]:
        """Return the batches of the next iteration; in a worker process, the batches of its part."""
        refuse_wrappers()
        if (worker := worker_process()) is None:
            self._loaded, loader = False, self._own()
            last = self._iterations.last()  # an epoch that workers have read before
            loader.set_epoch(self._course(loader.epoch).begin.epoch if last is None else last + 1)
            self._iterations.begin(None)
            return iter(loader)
        if not self._loaded:
            self._number, self._part = self._number + 1, None
        self._loaded = False
        return Firm(self._made(worker))

    def _made(self, worker: Worker) -> Iterator[Any]:
        """Yield the batches of a worker process."""
        part, loader = self._entered(worker), self._loader
        begin, cuts = part.course.begin, part.course.cuts
        jobs = (
            BatchJob(loader.making, begin, *cuts.part(k, loader.share.rank), part.course.after(k + 1))
            for k in range(worker.number + part.given * worker.count, len(cuts), worker.count)
        )
        for made in InOrder(jobs, self._threads, ahead=1):
            part.given += 1
            yield made.batch

    def _entered(self, worker: Worker) -> "_Part":
        """Return the part of this worker process in its iteration."""
        if self._part is None:
            first = self._course(self._own().epoch).begin.epoch
            self._part = _Part(self._course(self._iterations.enter(worker.base, self._number, first)), 0)
        return self._part

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration: the whole epoch, or the rest of it if a state in its middle was loaded.

        Calls by accelerate are ignored (sampler.py). Raises UsageError for an epoch before the epoch of a loaded state."""
        refuse_wrappers()
        if asked_by("accelerate", "__iter__"):
            return
        loader = self._own()
        if self._loaded:
            not_behind(epoch, loader.epoch)
        loader.set_epoch(epoch)
        self._iterations.begin(epoch)

    def after(self, batches: int) -> Cursor:
        """Return the run's place after the loop has had `batches` batches of the latest iteration."""
        epoch = self._iterations.last()
        return self._course(self._own().epoch).begin if epoch is None else self._course(epoch).after(batches)

    def state_dict(self) -> dict[str, Any]:
        """Return the loop's place, as JSON data; in a worker process, for torchdata, the number of its batches that were given.

        Raises UsageError if worker processes made batches ahead of the loop."""
        if (worker := worker_process()) is not None:
            part = self._entered(worker)
            share = {"worker": worker.number, "workers": worker.count, "given": part.given}
            return {"begin": part.course.begin.to_json(), **share}
        if self._iterations.last() is not None:
            raise not_known("worker processes make batches", "the dataset")
        return self._course(self._own().epoch).begin.to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue in the next iteration from the place of `state`. Raises UsageError for other data, or another run's state."""
        if (worker := worker_process()) is None:
            self._own().load_state_dict(state)
            self._iterations.load(self._loader.epoch)
            self._loaded = True
            return
        own = {"worker": worker.number, "workers": worker.count}
        if {name: state.get(name) for name in own} != own:
            raise UsageError(
                "the state belongs to other workers", got=state, allowed=f"a state of {own}", hint=ELASTIC
            )
        anchor = self._loader.cursor.anchor
        self._loader.load_state_dict(state["begin"])
        if self._loader.cursor.anchor != anchor:
            raise UsageError("the mixture was resumed with another batch size before", hint=ELASTIC)
        self._number, self._loaded = self._number + 1, True
        epoch = self._iterations.enter(worker.base, self._number, self._loader.epoch, told=True)
        self._part = _Part(self._course(epoch), state["given"])

    def _own(self) -> Loader:
        """Return the loader of this process, with its current rank."""
        rank, world = self._place or distributed()
        loader = self._loader
        share = replace(loader.share, rank=rank, world=world)
        if share != loader.share or self._process != os.getpid():
            cursor = loader.making.order.resumed(loader.cursor, share.batch_size * world)
            self._loader, self._process = Loader(loader.making, share, cursor), os.getpid()
        return self._loader

    def _course(self, epoch: int) -> Course:
        """Return the rest of an epoch if a state in its middle was loaded, else the whole epoch; the next one if nothing is
        left."""
        loader = self._own()
        begin = loader.cursor if loader.epoch == epoch else loader.cursor.at(epoch, 0)
        share = loader.share
        return course(loader.making.order, begin, share.batch_size, share.world, share.drop_last)

    def __getstate__(self) -> dict[str, Any]:
        loader = self._own()
        opened = (loader.making, loader.share, loader.cursor)
        place = (
            loader.share.rank,
            loader.share.world,
        )  # torch.distributed is not initialised in the process that unpickles it
        return {**self.__dict__, "_loader": opened, "_place": place, "_process": 0}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "_loader": Loader(*state["_loader"])})


@dataclass
class _Part:
    """The part of an epoch that a worker process makes. given: the number of its batches that were given."""

    course: Course
    given: int


class Firm(Iterator[Any]):
    """An iterator that, after an error, raises it at every further call: a DataLoader goes on after an error, and would find
    the end of the epoch."""

    def __init__(self, inner: Iterator[Any]) -> None:
        self._inner = inner
        self._fault: Exception | None = None

    def __next__(self) -> Any:
        if self._fault is None:
            try:
                return next(self._inner)
            except StopIteration:
                raise
            except Exception as fault:
                self._fault = fault
                raise
        raise self._fault
