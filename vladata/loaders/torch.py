"""Datasets for torch: a map-style dataset for GlobalSampler, an iterable dataset, and states that count the loop's batches.

    dataset = SampleDataset("out/bridge", image_size=224)
    loader = DataLoader(dataset, batch_sampler=GlobalSampler(dataset, 32), collate_fn=collate, num_workers=8)
    loader = DataLoader(LoaderDataset("out/bridge", 32, image_size=224), batch_size=None)     # threads, no workers
    loader = resumable(loader)                                                                # either: state_dict()

All of them have the order of vladata.load, and their states are its states, the same on all ranks: each can continue from a state
of any other. Batches are those of vladata.load (batch.py) with tensors in place of arrays; pixels are not copied.
"""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import MissingExtra, UsageError
from vladata.loaders.in_torch.iterations import TABLE
from vladata.loaders.in_torch.listed import batch_at
from vladata.loaders.in_torch.resumable import resumable as resumable
from vladata.loaders.in_torch.sampler import GlobalSampler as GlobalSampler
from vladata.loaders.in_torch.streamed import Streamed
from vladata.loaders.load import load
from vladata.loaders.order import LoadOrder
from vladata.loaders.ordering.cursor import Cursor

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset
except ModuleNotFoundError as fault:
    if fault.name != "torch":
        raise
    raise MissingExtra("vladata.loaders.torch needs torch", hint='pip install "vladata[torch]"') from None

OF_THE_LOADER = (
    "batch_size",
    "rank",
    "world",
    "workers",
    "drop_last",
    "endless",
    "epoch",
    "resume",
    "prefetch",
)


class BatchSamples(Sequence[dict[str, Any]]):
    """The samples of one batch: `collate` takes the whole batch, other functions take sample after sample."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch
        self._tensors: dict[str, Any] | None = None

    def __len__(self) -> int:
        return len(self._columns()["key"])

    def __getitem__(self, n: Any) -> Any:
        return {
            name: value if isinstance(value, int) else value[n] for name, value in self._columns().items()
        }

    def _columns(self) -> dict[str, Any]:
        if not isinstance(self.batch, dict) or "position" not in self.batch:
            hint = "Pass collate_fn=vladata.loaders.torch.collate to the DataLoader."
            raise UsageError(
                "the dataset's collate has made whole batches, which cannot be split into samples", hint=hint
            )
        if self._tensors is None:
            self._tensors = tensors(self.batch)
        return self._tensors


class SampleDataset(Dataset[dict[str, Any]]):
    """The samples of an output by absolute position: epoch * samples + the place in that epoch's order.

    len is the number of samples of an epoch; positions after it belong to later epochs, with other orders and augmentations.
    It takes the arguments of vladata.load except those of the loop (batch_size, rank, world, workers, drop_last, epoch, resume).
    """

    def __init__(self, path: Any, **options: Any) -> None:
        """Open the output. Raises as vladata.load does."""
        if wrong := [name for name in OF_THE_LOADER if name in options]:
            raise UsageError(
                "a SampleDataset does not take the settings of a loop",
                got=", ".join(wrong),
                hint="Give batch_size, rank, world, drop_last, epoch and resume to GlobalSampler.",
            )
        self._making = load(path, 1, workers=0, **options).making
        self._samplers: weakref.WeakSet[GlobalSampler] = weakref.WeakSet()

    def sampled_by(self, sampler: GlobalSampler) -> None:
        """Record a sampler of this dataset, for set_epoch."""
        self._samplers.add(sampler)

    @property
    def order(self) -> LoadOrder:
        """The order of the samples."""
        return self._making.order

    def __len__(self) -> int:
        return self.order.samples

    def __getitem__(self, position: int) -> dict[str, Any]:
        """Return one sample, its arrays as tensors. Raises IndexError below 0, LoadError if it cannot be read."""
        found: dict[str, Any] = self.__getitems__([position])[0]
        return found

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Return the samples of epoch 0 only, since positions have no end."""
        return (self[position] for position in range(len(self)))

    def __getitems__(self, positions: Sequence[int]) -> Sequence[dict[str, Any]]:
        """Return the samples at positions; samples of one epoch are read and decoded together."""
        cursor = getattr(positions, "cursor", None) or self.order.begin(1)
        at = np.asarray(positions, np.int64)
        if len(at) and at.min() < 0:
            raise IndexError(f"position {at.min()}: positions begin at 0")
        epochs = at // len(self)
        found = [self._rows(cursor, epoch, at[epochs == epoch]) for epoch in np.unique(epochs).tolist()]
        if len(found) == 1:
            return found[0]
        rows = {int(row["position"]) + row["epoch"] * len(self): row for each in found for row in each}
        return [rows[position] for position in at.tolist() if position in rows]

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of this dataset's samplers: accelerate calls this if its wrappers hide the samplers."""
        for sampler in list(self._samplers):
            sampler.set_epoch(epoch)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_samplers": None}  # samplers stay in the process of the loop

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "_samplers": weakref.WeakSet()})

    def _rows(self, cursor: Cursor, epoch: int, at: np.ndarray) -> BatchSamples:
        at = at - epoch * len(self)
        batch = batch_at(self._making, cursor.at(epoch, int(at.min())), at)
        return BatchSamples(batch if self._making.collate is None else self._making.collate(batch))


class LoaderDataset(Streamed, IterableDataset[Any]):
    """The batches of vladata.load: DataLoader(LoaderDataset(path, 32), batch_size=None).

    With num_workers=0, which is the fastest, threads make the batches, and the loop after one that was left in the middle gets
    the rest of its epoch. With N workers, worker k % N makes batch k, which keeps the order; then each iteration is a new epoch.
    """

    def __init__(
        self, path: Any, batch_size: int, rank: int | None = None, world: int | None = None, **options: Any
    ) -> None:
        """Open the output. rank, world: None takes them from torch.distributed (ranks.py).   options: of vladata.load.

        Raises as vladata.load does, and UsageError for endless=True, since an iteration is an epoch."""
        shared = torch.zeros(TABLE, dtype=torch.int64).share_memory_()
        super().__init__(path, batch_size, rank, world, shared, options)

    def __iter__(self) -> Iterator[Any]:
        return map(tensors, self.batches())


def collate(rows: Any) -> Any:
    """Return samples of a SampleDataset as one batch, its arrays as tensors. For DataLoader(collate_fn=...).

    rows: the result of __getitems__; or a list of samples from a dataset that wraps a SampleDataset: their arrays are stacked.
    """
    if isinstance(rows, BatchSamples):
        return tensors(rows.batch)
    return {name: _stacked([row[name] for row in rows]) for name in rows[0]}


def _stacked(values: list[Any]) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.stack(values)
    return values[0] if isinstance(values[0], int) and len(set(values)) == 1 else values


def tensors(batch: Any) -> Any:
    """Return the batch with every array of numbers as a tensor of the same memory; other values stay as they are."""
    if isinstance(batch, Mapping):
        return {name: tensors(value) for name, value in batch.items()}
    if isinstance(batch, np.ndarray) and batch.dtype.kind in "biuf":
        return torch.from_numpy(batch if batch.flags.writeable else batch.copy())
    return batch
