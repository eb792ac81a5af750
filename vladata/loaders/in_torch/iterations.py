"""The epoch of an iteration of a DataLoader: its worker processes agree on it here, since a DataLoader does not pass it on.

RULE. Workers of one iteration share a seed that no other iteration has (torch gives worker w the seed base + w); workers that are
kept for the next iteration count iterations. So each iteration has a key. A table in shared memory has a row (key, epoch) for
each iteration, in the order in which they began: the first worker that looks for its iteration adds the row, with the epoch after
the last one; the other workers find it. Workers that look at the same time write the same row. An iteration that was left in the
middle counts too, since no worker knows how many of its batches the loop had.
"""

from typing import Any

import numpy as np

from vladata.errors import UsageError

TABLE = (4096, 2)
"""Shape of the table."""

STRIDE = (
    0x9E3779B97F4A7C15  # odd, so that the keys of kept workers do not reach other workers' keys by counting
)


class Iterations:
    """The table of iterations. shared: a tensor of zeros, int64, shape TABLE, in memory that processes share.

    Its first row has the number of states that were loaded, and 1 + the epoch that was set, or 0 if no epoch was set.
    """

    def __init__(self, shared: Any) -> None:
        self._shared, self._loads = shared, 0

    def begin(self, epoch: int | None) -> None:
        """Set the epoch of the next iteration; None for the epoch of the process that starts the workers."""
        table = self._shared.numpy()
        table[1:] = 0
        table[0, 1] = 0 if epoch is None else epoch + 1

    def load(self, epoch: int) -> None:
        """Set the epoch of a state that was loaded; workers that have begun do not know the state."""
        self.begin(epoch)
        self._loads += 1
        self._shared.numpy()[0, 0] = self._loads

    def last(self) -> int | None:
        """Return the epoch of the latest iteration in worker processes; None if none has begun."""
        rows = self._rows()
        return int(rows[-1, 1]) if len(rows) else None

    def enter(self, base: int, number: int, first: int, told: bool = False) -> int:
        """Return the epoch of iteration `number` of the workers whose seed is `base`.

        first: the epoch to return if no iteration has begun and no epoch was set.   told: True to return `first` in any case.
        """
        table, rows = self._shared.numpy(), self._rows()
        if table[0, 0] != self._loads:
            raise UsageError(
                "a state was loaded after the worker processes had begun, and they do not know of it",
                hint="Load it into a dataset whose DataLoader has not begun; or leave persistent_workers out.",
            )
        key = (base + number * STRIDE) % ((1 << 63) - 1) + 1
        if len(found := np.flatnonzero(rows[:, 0] == key)):
            return int(rows[found[0], 1])
        if len(rows) == TABLE[0] - 1:
            raise UsageError(
                f"{len(rows):,} iterations have begun in worker processes, more than the table has rows",
                hint="Call dataset.set_epoch(epoch) before each epoch; or take num_workers=0, which uses threads.",
            )
        following = int(rows[-1, 1]) + 1 if len(rows) else int(table[0, 1]) - 1
        epoch = first if told or following < 0 else following
        table[1 + len(rows), 1] = epoch
        table[1 + len(rows), 0] = key  # last, since other workers see the row from now on
        return epoch

    def _rows(self) -> np.ndarray:
        """Return the rows of iterations that have begun, int64 [N, 2]."""
        rows: np.ndarray = self._shared.numpy()[1:]
        return rows[: np.count_nonzero(rows[:, 0])]
