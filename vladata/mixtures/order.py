"""The order of a unit's samples: every window has its counts, and within it sources come in a random order.

A unit takes the next samples of each source's stream and shuffles those of each source and pass among themselves, so that a
pass is over before the next one begins; which of them stands where then follows from the order of the sources. All of it is
drawn from the seed and the unit's number, so that any sample of a mixture can be found without the ones before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata import keys


@dataclass(frozen=True, eq=False)
class Order:
    """source: int64 [n], which source gives each sample.   turn: int64 [n], which of that source's samples in the unit."""

    source: np.ndarray
    turn: np.ndarray


def order_of(counts: np.ndarray, seed: int, unit: int, got: Sequence[int], samples: Sequence[int]) -> Order:
    """The order of a unit.

    counts:  int64 [W, S], samples of each source in each window.
    got:     what each source has given before.
    samples: how many different ones each source has: so many are a pass.
    """
    source = source_order(counts, seed, unit)
    turn = np.empty(len(source), np.int64)
    for i in range(counts.shape[1]):
        here = source == i
        turns = keys.permutation(int(np.count_nonzero(here)), seed, "turns", unit, i)
        turn[here] = turns[np.argsort((got[i] + turns) // samples[i], kind="stable")]
    return Order(source, turn)


def source_order(counts: np.ndarray, seed: int, unit: int) -> np.ndarray:
    """Return the source of each sample of a unit, int64 [n]. counts: int64 [W, S], as of `order_of`."""
    windows, sources = counts.shape
    flat = counts.reshape(-1)
    source = np.repeat(np.tile(np.arange(sources), windows), flat)
    window = np.repeat(np.repeat(np.arange(windows), sources), flat)
    words = np.random.PCG64(keys.seed_of(seed, "windows", unit)).random_raw(len(source))
    ordered: np.ndarray = source[np.lexsort((words, window))]
    return ordered
