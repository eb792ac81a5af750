"""Memory for the records of a unit: taken from the system once, and used again by the next unit.

If a worker freed the memory of its records after each unit, the kernel would clear it again for the next unit: at 28 KB per step
that is a fifth of the time of a conversion. Linux also gives large pages to one large block (numpy asks for them). One block has
no unused gaps, so a unit holds exactly the memory that the plan counted.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


class Room:
    """One block of memory, as large as the largest unit so far."""

    def __init__(self) -> None:
        self._block = memoryview(b"")

    def places(self, sizes: Sequence[int]) -> list[memoryview]:
        """Return a writeable part of the block for each size in bytes. Each call overwrites the parts of the call before."""
        need = sum(sizes)
        if len(self._block) < need:
            self._block = memoryview(b"")  # free the old block before the new one is taken
            self._block = np.empty(need, np.uint8).data
        ends = np.cumsum([0, *sizes]).tolist()
        return [self._block[start:end] for start, end in pairwise(ends)]
