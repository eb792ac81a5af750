"""Which epoch an iteration of a DataLoader is, agreed on by its worker processes: nobody tells them.

RULE. Workers of one iteration have a seed in common that no other iteration has (torch gives worker w the seed base + w), or are
kept for the next one and count. So each iteration has a key. A table in memory that all processes share has a row (key, epoch)
for each, in the order in which they began: the first worker of an iteration that looks adds its row, with the epoch after the
last one; the others find it. Workers that look at once write the same. An iteration that was left in the middle counts as well:
what of it the loop had is known to nobody here.
"""

from typing import Any

import numpy as np

from vladata.errors import UsageError

TABLE = (4096, 2)
"""Shape of the table."""

STRIDE = 0x9E3779B97F4A7C15  # odd, so that the keys of kept workers do not meet those of others by counting


class Iterations:
    """The table: `shared`, a tensor of zeros, int64, shape TABLE, in memory that processes share.

    Its first row has the number of states that were loaded, and 1 + the epoch that was set, 0 where none was.
    """

    def __init__(self, shared: Any) -> None:
        self._shared, self._loads = shared, 0

    def begin(self, epoch: int | None) -> None:
        """Let the next iteration be this epoch; None: that of the process from which its workers come."""
        table = self._shared.numpy()
        table[1:] = 0
        table[0, 1] = 0 if epoch is None else epoch + 1

    def load(self, epoch: int) -> None:
        """Let it be this epoch, of a state that was loaded; workers that have begun know nothing of the state."""
        self.begin(epoch)
        self._loads += 1
        self._shared.numpy()[0, 0] = self._loads

    def last(self) -> int | None:
        """Return the epoch of the iteration that began last; None where none has begun in worker processes."""
        rows = self._rows()
        return int(rows[-1, 1]) if len(rows) else None

    def enter(self, base: int, number: int, first: int, told: bool = False) -> int:
        """Return the epoch of iteration `number` of the workers whose seed is `base`.

        first: the epoch where no iteration began before it and none was set.   told: it is `first` in any case.
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
                f"{len(rows):,} iterations have begun in worker processes, more than are counted",
                hint="Call dataset.set_epoch(epoch) before an epoch; or take num_workers=0, which has threads.",
            )
        following = int(rows[-1, 1]) + 1 if len(rows) else int(table[0, 1]) - 1
        epoch = first if told or following < 0 else following
        table[1 + len(rows), 1] = epoch
        table[1 + len(rows), 0] = key  # last: only now the row is seen
        return epoch

    def _rows(self) -> np.ndarray:
        """The rows of iterations that have begun, int64 [N, 2]."""
        rows: np.ndarray = self._shared.numpy()[1:]
        return rows[: np.count_nonzero(rows[:, 0])]
