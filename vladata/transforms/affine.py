"""out = scale * x + offset.

It changes units (0.1 m for each unit: scale 0.1), the sign, or the range: from [lo, hi] to [a, b] take scale = (b - a) / (hi -
lo) and offset = a - lo * scale; to standardise take scale = 1 / std and offset = -mean / std. The result has the dtype of x, as
in RT-1-X's training colab. A range without width and a std of 0 have no finite scale: the spec refuses them, and a scale of 0.
"""

from collections.abc import Sequence

import numpy as np


def affine(
    x: np.ndarray, scale: float | Sequence[float] | np.ndarray, offset: float | Sequence[float] = 0.0
) -> np.ndarray:
    """Return float [T, W] of the dtype of x. scale: one number, W numbers, or an array [T, 1 or W]; offset: one number or W."""
    out: np.ndarray = np.asarray(scale, x.dtype) * x + np.asarray(offset, x.dtype)
    return out
