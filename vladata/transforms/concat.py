"""out = [x_1 | x_2 | ...] on the last axis: the widths add.

`select_columns` has given scalar columns the width 1. All parts have one T, since operations that change the length cut the
registers too. Every chain ends with a concat.
"""

from collections.abc import Sequence

import numpy as np


def concat(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return [T, W1 + W2 + ...], in the widest type of the parts."""
    return np.concatenate(parts, axis=1)
