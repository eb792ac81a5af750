"""out = [x_1 | x_2 | ...] on the last axis; the width of the result is the sum of theirs.

`select_columns` has given scalar columns the width 1. All parts have the same T, since operations that remove steps remove them
from registers, too. Every chain ends with a concat.
"""

from collections.abc import Sequence

import numpy as np


def concat(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return [T, W1 + W2 + ...], in the widest type of the parts."""
    return np.concatenate(parts, axis=1)
