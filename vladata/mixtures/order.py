"""The order of a unit's samples: each window has its counts, and within a window the sources come in a random order.

A unit takes the next samples of each source's stream and shuffles those of each source and pass, so that a pass ends before the
next one begins. The order of the sources then decides the place of each sample. Both orders depend only on the seed and the
unit's number, so that any sample of a mixture can be found without the samples before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata import keys


@dataclass(frozen=True, eq=False)
class Order:
    """The order of a unit's samples.

    source: int64 [n], the source of each sample.
    turn:   int64 [n], the number of each sample among those of its source in the unit.
    """

    source: np.ndarray
    turn: np.ndarray


def order_of(counts: np.ndarray, seed: int, unit: int, got: Sequence[int], samples: Sequence[int]) -> Order:
    """Return the order of a unit.

    counts:  int64 [W, S], samples of each source in each window.
    unit:    the number of the unit.
    got:     number of samples that each source has given in the units before.
    samples: number of different samples of each source, which is the length of a pass.
    """
    source = source_order(counts, seed, unit)
    turn = np.empty(len(source), np.int64)
    for i in range(counts.shape[1]):
        here = source == i
        turns = keys.permutation(int(np.count_nonzero(here)), seed, "turns", unit, i)
        turn[here] = turns[np.argsort((got[i] + turns) // samples[i], kind="stable")]
    return Order(source, turn)


def source_order(counts: np.ndarray, seed: int, unit: int) -> np.ndarray:
    """Return the source of each sample of a unit, int64 [n]. The arguments are those of `order_of`."""
    windows, sources = counts.shape
    flat = counts.reshape(-1)
    source = np.repeat(np.tile(np.arange(sources), windows), flat)
    window = np.repeat(np.repeat(np.arange(windows), sources), flat)
    words = np.random.PCG64(keys.seed_of(seed, "windows", unit)).random_raw(len(source))
    ordered: np.ndarray = source[np.lexsort((words, window))]
    return ordered
