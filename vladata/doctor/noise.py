"""Rounding noise: a dimension that "moves" by less than numbers are exact says nothing, and is taken for constant.

A sum of sines leaves 1e-17 where nothing moves, and float32 has seven digits. No robot moves by a nanometre on purpose, so
a range below that, or below a few units of the last digit of the values, is none. Without this a scale of 1e17 would be
advised for it.
"""

import numpy as np

TINY = 1e-9
LAST_DIGITS = 4 * float(np.finfo(np.float32).eps)


def still_columns(values: np.ndarray) -> np.ndarray:
    """Return which columns of `values` [N, D] differ by rounding at most, bool [D]."""
    if not len(values):
        return np.zeros(values.shape[1], bool)
    wide = values.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    still: np.ndarray = high - low <= np.maximum(TINY, LAST_DIGITS * np.maximum(np.abs(low), np.abs(high)))
    return still


def without_noise(values: np.ndarray) -> np.ndarray:
    """`values` [N, D] with one value in place of all in each column that is still: the first, or 0 where it is as good as 0."""
    still = still_columns(values)
    if not still.any():
        return values
    first = np.where(np.abs(values[:1]) <= TINY, values.dtype.type(0), values[:1])
    return np.where(still, first, values)
