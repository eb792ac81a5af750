"""The global order of the loaded samples: the sample at each position of each epoch.

It depends on (loaded samples, seed, epoch, position) and on nothing else: ranks, workers and threads take parts of it.

    order of                         an epoch is                                    by
    a dataset, or part of one        each sample once, pass e of its bijection      bijection.py
    a dataset, shuffle=False         each sample once, as it is stored              -
    a mixture                        the number of samples in its manifest, dealt   dealing.py
    whole episodes                   each sample once, episode by episode           episodes.py

In a dataset, position i of epoch e has the sample at place i of pass e of the bijection whose source is named "" (there is only
one); its number counts the loaded samples, of the split, slice or selection, from 0.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from vladata.errors import UsageError
from vladata.loaders.ordering.bijection import Bijections
from vladata.loaders.ordering.cursor import Cursor, Identity


@dataclass(frozen=True, eq=False)
class Places:
    """The samples at P consecutive positions.

    source: int32 [P], number of the source.
    row:    int64 [P], number of the sample in that source, from 0.
    turn:   int64 [P], number of the pass over the source, from 0.
    lane:   int64 [P], in episode order the number of the lane; else -1.
    first:  bool [P], in episode order True for the first sample of an episode; else False.
    """

    source: np.ndarray
    row: np.ndarray
    turn: np.ndarray
    lane: np.ndarray
    first: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    @property
    def by_episode(self) -> bool:
        """True for places of episode order: then batches have `lane` and `first`."""
        return bool((self.lane >= 0).any())

    @classmethod
    def of_one(cls, row: np.ndarray, turn: int) -> "Places":
        """Return places in the only source, in one pass over it. row: int64 [P].   turn: number of the pass."""
        count = len(row)
        return cls(
            np.zeros(count, np.int32),
            row,
            np.full(count, turn, np.int64),
            np.full(count, -1, np.int64),
            np.zeros(count, bool),
        )


class LoadOrder(Protocol):
    """An order. samples: number of samples in an epoch.   identity: the settings that decide the order, for cursors."""

    @property
    def samples(self) -> int: ...

    @property
    def identity(self) -> Identity: ...

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        """Return the start of an epoch, of a run with global batches of `batch` samples that was never resumed."""

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        """Return the place from which a run with global batches of `batch` samples continues. Raises UsageError for a place of
        another order."""

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        """Return the places of positions start..stop of the cursor's epoch, whatever the cursor's position."""


@dataclass(frozen=True)
class DatasetOrder:
    """The order of one dataset, or part of one, shuffled or stored. It is the same for all batch sizes."""

    samples: int
    identity: Identity

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        return Cursor(self.identity, epoch, 0)

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        return checked(cursor, self)

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        row = np.arange(start, stop, dtype=np.int64)
        if self.identity.shuffle:
            none = np.zeros(len(row), np.int64)
            row = self._shuffles.rows(none, none + cursor.epoch, row)
        return Places.of_one(row, cursor.epoch)

    @cached_property
    def _shuffles(self) -> Bijections:
        return Bijections(self.identity.seed, {"": self.samples})


def checked(cursor: Cursor, order: LoadOrder) -> Cursor:
    """Return the cursor. Raises UsageError unless it is a place in the order."""
    cursor.fits(order.identity)
    if cursor.position > order.samples:
        raise UsageError(
            "the state is at a position behind the end of the epoch",
            where="position",
            got=cursor.position,
            allowed=f"0 to {order.samples}",
        )
    return cursor
