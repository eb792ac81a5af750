"""Map float32 numbers to whole numbers of the same order, and compute quantiles from the values at their ranks."""

from collections.abc import Sequence

import numpy as np


def order_keys(rows: np.ndarray) -> np.ndarray:
    """Return keys, uint32 in the shape of `rows` (float32), that have the order of the numbers.

    For positive numbers the sign bit is flipped, for negative numbers every bit.
    """
    bits = (rows + np.float32(0)).view(np.uint32)  # + 0 makes -0.0 and 0.0 one value
    return bits ^ np.where(bits >> 31, np.uint32(0xFFFFFFFF), np.uint32(0x80000000))


def number(key: int) -> float:
    """Return the number whose key is `key`."""
    bits = np.uint32(key ^ (0x80000000 if key >> 31 else 0xFFFFFFFF))
    return float(bits.view(np.float32))


def ranks_of(count: int, quantiles: Sequence[float]) -> np.ndarray:
    """Return the ranks (from 0) below and above each quantile of `count` values, int64 [2 * quantiles]."""
    below = [int(np.floor(q * (count - 1))) for q in quantiles]
    return np.array([rank for b in below for rank in (b, min(b + 1, count - 1))], np.int64)


def interpolated(values: np.ndarray, count: int, quantiles: Sequence[float]) -> list[np.ndarray]:
    """Return float64 [D] for each quantile, interpolated linearly as in numpy.quantile. values: [D, R], at the ranks of
    `ranks_of`."""
    result = []
    for i, q in enumerate(quantiles):
        share = q * (count - 1) % 1
        result.append(values[:, 2 * i] + share * (values[:, 2 * i + 1] - values[:, 2 * i]))
    return result
