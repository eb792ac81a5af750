"""Batches of positions in any order, for datasets whose samples are read one by one and not from end to end."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from vladata.loaders.batch import Batch, BatchJob, Making
from vladata.loaders.order import LoadOrder, Places
from vladata.loaders.ordering.cursor import Cursor, Identity
from vladata.loaders.pool import done


@dataclass(frozen=True)
class Listed:
    """An order whose positions 0, 1, ... are the positions `at`, int64 [P], of an epoch of another order."""

    order: LoadOrder
    at: np.ndarray

    @property
    def samples(self) -> int:
        return len(self.at)

    @property
    def identity(self) -> Identity:
        return self.order.identity

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        return self.order.begin(batch, epoch)

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        return self.order.resumed(cursor, batch)

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        """Return the places of positions; places of consecutive positions are found in one call."""
        at = self.at[start:stop]
        runs = np.split(at, np.flatnonzero(np.diff(at) != 1) + 1)
        found = [self.order.places(cursor, int(run[0]), int(run[-1]) + 1) for run in runs]
        return Places(*(np.concatenate([getattr(each, f.name) for each in found]) for f in fields(Places)))


def batch_at(making: Making, cursor: Cursor, positions: Sequence[int] | np.ndarray) -> Batch:
    """Return the batch of one or more positions of the cursor's epoch, in the order given; not collated.

    Raises LoadError for a faulty sample, or leaves it out if the loader skips faulty samples.
    """
    at = np.asarray(positions, np.int64)
    listed = replace(making, order=Listed(making.order, at), collate=None)
    batch: Batch = done(BatchJob(listed, cursor, 0, len(at), cursor)).batch
    batch["position"] = at[batch["position"]]
    return batch
