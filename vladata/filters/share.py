"""The best share of each task by similarity: an exact number of pairs, even if several at the limit are equal."""

from fractions import Fraction
from math import ceil

import numpy as np


def best(similarity: np.ndarray, task: np.ndarray, share: Fraction) -> np.ndarray:
    """Return a mask, bool [N], of the best pairs of each task: ceil(share * its pairs) of them.

    If several pairs at the limit are equal, the first ones are taken.

    similarity: float32 [N], without NaN.
    task:       uint8 [N].
    """
    kept = np.zeros(len(task), bool)
    for number in np.flatnonzero(np.bincount(task)):
        at = task == number
        kept[at] = _highest(similarity[at], ceil(share * int(at.sum())))
    return kept


def _highest(values: np.ndarray, count: int) -> np.ndarray:
    edge = np.partition(values, len(values) - count)[len(values) - count]
    kept: np.ndarray = values > edge
    kept[np.flatnonzero(values == edge)[: count - int(kept.sum())]] = True
    return kept
