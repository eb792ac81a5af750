"""Memory for the records of one unit after another: taken from the system once, and used again.

If a worker frees the memory of its records after each unit, the kernel clears it again for the next: at 28 KB per step that is a
fifth of the whole time of a conversion. Linux also backs one large block with large pages (numpy asks for them), and there is no
slack between blocks, so that a unit holds exactly the memory that the plan counted.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


class Room:
    """One block of memory, as large as the largest unit so far needed."""

    def __init__(self) -> None:
        self._block = memoryview(b"")

    def places(self, sizes: Sequence[int]) -> list[memoryview]:
        """Return a writeable place of each size; the contents of earlier places are lost with this call."""
        need = sum(sizes)
        if len(self._block) < need:
            self._block = memoryview(b"")  # free the old block before the new one is taken
            self._block = np.empty(need, np.uint8).data
        ends = np.cumsum([0, *sizes]).tolist()
        return [self._block[start:end] for start, end in pairwise(ends)]
