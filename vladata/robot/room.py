"""Memory for the records of one unit after another: taken from the system once, and used again.

A worker that gives its records' memory back after each unit has the kernel clear it anew for the next: at 28 KB a step
that is a fifth of the whole time of a conversion. One large block is also what Linux backs with large pages (numpy asks
for them), and it has no slack between blocks, so that what a unit holds is what the plan counted.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


class Room:
    """Holds one block, as large as the largest unit so far needed."""

    def __init__(self) -> None:
        self._block = memoryview(b"")

    def places(self, sizes: Sequence[int]) -> list[memoryview]:
        """Return a writeable place of each size; what earlier places hold is gone with this call."""
        need = sum(sizes)
        if len(self._block) < need:
            self._block = memoryview(b"")  # the old block goes before the new one comes
            self._block = np.empty(need, np.uint8).data
        ends = np.cumsum([0, *sizes]).tolist()
        return [self._block[start:end] for start, end in pairwise(ends)]
