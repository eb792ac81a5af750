"""Give each step to one task of a recipe, by the shares of the tasks.

Steps are counted in the order of the source, from 0 in each split, and the task of a step depends only on this number. So the
samples are the same for any number of workers, for any division into units, and after any crash.

Of any 1,000 consecutive steps, each task gets its share of 1,000, rounded down or up. The reason: steps are divided into blocks
of 1,000. In all blocks the same places belong to each task, as many as its share rounded down. The few other places go to the
tasks that are behind (vladata/quota.py), and a task that has one of them in two neighbouring blocks has the same place in both.
So 1,000 steps across two blocks have as many steps of a task as one of these blocks.

    shares 4/7 2/7 1/7      due 571.43 285.71 142.86 of 1,000      571 286 143, 571 286 143, 572 285 143, ...
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from vladata.quota import Quota

RUN = 1000


class Deal:
    """The choice of one task for each step. shares: the exact share of each task; their sum is 1."""

    def __init__(self, shares: Sequence[Fraction]) -> None:
        whole = [int(share * RUN) for share in shares]
        left = RUN - sum(whole)
        spread = Quota([Fraction(count, RUN) for count in (*whole, left)], 1)
        block = np.array([spread.next().index(1) for _ in range(RUN)])
        self._whole, self._block = whole, block
        self._places = np.flatnonzero(block == len(shares))
        self._quota = Quota(shares, RUN)
        self._owners: list[list[int]] = []  # for each block, the tasks of the places that are left over

    def turns(self, first: int, count: int) -> np.ndarray:
        """Return the tasks of the steps first .. first + count - 1, int64 [count]: positions among the shares."""
        if not count:
            return np.zeros(0, np.int64)
        numbers = range(first // RUN, (first + count - 1) // RUN + 1)
        start = first - numbers[0] * RUN
        return np.concatenate([self._dealt(number) for number in numbers])[start : start + count]

    def at(self, numbers: np.ndarray) -> np.ndarray:
        """Return the tasks of the steps with these numbers, int64 [N], in any order."""
        blocks, within = numbers // RUN, numbers % RUN
        dealt = {block: self._dealt(block) for block in np.unique(blocks).tolist()}
        turns = [dealt[block][i] for block, i in zip(blocks.tolist(), within.tolist(), strict=True)]
        return np.array(turns, np.int64)

    def _dealt(self, number: int) -> np.ndarray:
        """Return the tasks of the steps of block `number` of RUN steps."""
        block = self._block.copy()
        if len(self._places):
            block[self._places] = self._owners_of(number)
        return block

    def _owners_of(self, number: int) -> list[int]:
        while len(self._owners) <= number:
            more = [count - whole for count, whole in zip(self._quota.next(), self._whole, strict=True)]
            owed = {task for task, extra in enumerate(more) if extra}
            before = self._owners[-1] if self._owners else [-1] * len(self._places)
            fresh = iter(sorted(owed - set(before)))
            self._owners.append([task if task in owed else next(fresh) for task in before])
        return self._owners[number]


def deal_of(shares: Mapping[str, float | None]) -> Deal | None:
    """Return the deal of a recipe's tasks. shares: task -> its share in the recipe. None if tasks have no shares."""
    given = [Fraction(repr(share)) for share in shares.values() if share is not None]
    return Deal([share / sum(given) for share in given]) if given else None
