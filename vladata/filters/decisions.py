"""The decision on each row of an index, with the count of each filter; and the error if nothing is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vladata.corpora.rows import TASKS
from vladata.errors import UsageError
from vladata.spec.keep import Keep

KEPT, UNFIT = 0, 255


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions on all rows.

    verdicts: one array for each part, uint8 [rows of the part]: KEPT, UNFIT, or n if the filter names[n - 1] took the row out.
    names:    the filters, in the order in which they were applied.
    taken:    int64 [F, T], number of pairs of each task that each filter took out.
    before:   int64 [T], number of fit pairs of each task before any filter.
    unfit:    (outcome, reason) -> number of unfit rows, which no filter sees.
    files:    path or URL -> SHA-256 of each list that was read.
    """

    verdicts: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    taken: np.ndarray
    before: np.ndarray
    unfit: Mapping[tuple[str, str], int]
    files: Mapping[str, str]

    def kept(self, part: int) -> np.ndarray:
        """Return a mask of the kept rows of a part, bool [rows of the part]. part: its number."""
        found: np.ndarray = self.verdicts[part] == KEPT
        return found

    @property
    def counts(self) -> dict[str, int]:
        """Name of a filter -> number of pairs that it took out."""
        return dict(zip(self.names, self.taken.sum(axis=1).tolist(), strict=True))

    @property
    def tasks(self) -> dict[str, tuple[int, int]]:
        """Task -> number of fit pairs before and after the filters; only tasks that have pairs."""
        after = self.before - self.taken.sum(axis=0)
        both = zip(TASKS, self.before.tolist(), after.tolist(), strict=True)
        return {task: (had, left) for task, had, left in both if had}


def check_left(decisions: Decisions, keep: Keep, corpus: str) -> None:
    """Raise UsageError if the filters leave nothing of the corpus or of one of its tasks, unless `keep` allows that.

    Tasks that keep.tasks leaves out may be empty.
    """
    if keep.allow_empty:
        return
    left = decisions.before.copy()
    for name, taken in zip(decisions.names, decisions.taken, strict=True):
        had, left = left, left - taken
        if had.any() and not left.any():
            raise _emptied(decisions, name, corpus, range(len(TASKS)))
        gone = np.flatnonzero((had > 0) & (left == 0)).tolist()
        if gone and not name.startswith("tasks("):
            raise _emptied(decisions, name, corpus, gone[:1])


def _emptied(decisions: Decisions, name: str, corpus: str, tasks: Sequence[int]) -> UsageError:
    which = f"the task {TASKS[tasks[0]]}" if len(tasks) == 1 else "the corpus"
    by_filter = zip(decisions.names, decisions.taken[:, tasks].sum(axis=1).tolist(), strict=True)
    listed = ", ".join(f"{other} {count:,}" for other, count in by_filter if count)
    return UsageError(
        f"the filter {name} leaves nothing of {which}, which had {decisions.before[tasks].sum():,} pairs",
        where=corpus,
        hint=f"Pairs that each filter takes out: {listed}. Loosen a filter, or allow that nothing is left: keep.allow_empty.",
    )
