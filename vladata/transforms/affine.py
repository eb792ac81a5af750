"""out = scale * x + offset.

Units (0.1 m a unit: scale 0.1), sign, and ranges: [lo, hi] to [a, b] is scale = (b - a) / (hi - lo), offset =
a - lo * scale; standardising is scale = 1 / std, offset = -mean / std. In float32 if x is, as RT-1-X's training colab
computes it. A range without width and a std of 0 have no finite scale: the spec refuses those, and a scale of 0.
"""

from collections.abc import Sequence

import numpy as np


def affine(
    x: np.ndarray, scale: float | Sequence[float] | np.ndarray, offset: float | Sequence[float] = 0.0
) -> np.ndarray:
    """Return float [T, W]. `scale`: a number, one a column, or an array [T, 1 or W]; `offset`: a number or one a column."""
    out: np.ndarray = np.asarray(scale, x.dtype) * x + np.asarray(offset, x.dtype)
    return out
