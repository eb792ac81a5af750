"""One value above a bound, another at or below it: out = above if x > at else below. NaN and infinity stay."""

import numpy as np

from vladata.transforms.keep_not_finite import keep_not_finite


def threshold(x: np.ndarray, at: float, above: float, below: float) -> np.ndarray:
    """Return float32 [T, W] from float [T, W]; a value that equals `at` gives `below`."""
    return keep_not_finite(x, np.where(x > at, above, below).astype(np.float32))
