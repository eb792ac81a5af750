"""out = [x_1 | x_2 | ...] on the last axis: the widths add.

Scalar columns have been widened to 1 by `select_columns`, and all parts have one T, since operations that change the
length cut the registers too. Every chain ends with one.
"""

from collections.abc import Sequence

import numpy as np


def concat(parts: Sequence[np.ndarray]) -> np.ndarray:
    """[T, W1 + W2 + ...], in the widest type of the parts."""
    return np.concatenate(parts, axis=1)
