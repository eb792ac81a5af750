"""The shuffle of a pass over a source: a keyed bijection of 0..n-1, so that any place is computed without the others.

The rule, in whole numbers; all sums and products are modulo 2^64, >> is a shift to the right, ^ is exclusive or.

    mix(z)   z = (z ^ z >> 30) 0xBF58476D1CE4E5B9;  z = (z ^ z >> 27) 0x94D049BB133111EB;  mix = z ^ z >> 31
    G        0x9E3779B97F4A7C15
    s        the seed of the source: the first 8 bytes, little-endian, of the BLAKE2b digest (8 bytes long) of the seed, the
             text "load" and the source's name (vladata/keys.py, seed_of)
    p        the key of pass t = 0, 1, ...: mix(s + (t + 1) G)
    R        the rounds: 16 where n is below 65,536, else 8
    k[r]     the key of round r = 0..R-1: mix(p + (r + 1) G)
    a, b     a = the least even number, 2 or more, with a a >= n;  b = n / a, rounded up. So a b is at least n, less than n + a.
    f(k, x, m)   z = (x + k) 0xFF51AFD7ED558CCD;  z = (z ^ z >> 32) 0xC4CEB9FE1A85EC53;  f = (z >> 32) m >> 32, which is 0..m-1

Of x (0..n-1) the halves are left = x mod a and right = x / a, rounded down. In rounds 0, 2, 4, ...
left = (left + f(k[r], right, a)) mod a; in rounds 1, 3, 5, ... right = (right + f(k[r], left, b)) mod b. Then x = left + a right,
which is below a b; if it is not below n, all rounds are done again with that x, until it is (cycle walking).

Each round can be undone, so together they are a bijection of 0..ab-1, and cycle walking makes it a bijection of 0..n-1. It is a
Feistel network in two halves of about equal size (Luby and Rackoff 1988) over numbers in place of bits (Black and Rogaway 2002),
so that almost no walking is needed. a is even: with an odd a all rotations would be even permutations, and half of all orders
could not occur. mix is SplitMix64's (Steele, Lea and Flood 2014), the constants of f are MurmurHash3's.
"""

from collections.abc import Mapping
from math import isqrt

import numpy as np

from vladata import keys

ROUNDS, MORE, FEW = 8, 16, 1 << 16  # rounds where n is FEW or more, and rounds where n is less
LARGEST = 1 << 62
_U = np.uint64
GAMMA = _U(0x9E3779B97F4A7C15)
_HALF = _U(32)
_STEPS = np.arange(1, MORE + 1, dtype=np.uint64)[:, None] * GAMMA


class Bijections:
    """The shuffles of some sources under one seed: each source and pass has its own.

    sizes: source -> its number of samples, 0 to 2^62. Sources are numbered in this order.
    """

    def __init__(self, seed: int, sizes: Mapping[str, int]) -> None:
        assert all(0 <= n <= LARGEST for n in sizes.values())
        lefts = [_even(isqrt(max(n, 1) - 1) + 1) for n in sizes.values()]
        rights = [-(-n // a) for n, a in zip(sizes.values(), lefts, strict=True)]
        self._shape = np.array([list(sizes.values()), lefts, rights], np.uint64)  # n, a, b of each source
        self._seeds = np.array([keys.seed_of(seed, "load", name) for name in sizes], np.uint64)

    def rows(self, source: np.ndarray, turn: np.ndarray, within: np.ndarray) -> np.ndarray:
        """Return the rows, int64 [P], at places `within` (0..n-1) of pass `turn` (from 0) of each `source`; int [P] each."""
        if not len(within):
            return np.zeros(0, np.int64)
        if source[0] == source[-1] and turn[0] == turn[-1] and _same(source) and _same(turn):
            source, turn = source[:1], turn[:1]  # one bijection: its keys are made once
        few = self._shape[0, source] < _U(FEW)
        if not _same(few):
            rows = np.empty(len(within), np.int64)
            for some in (few, ~few):
                rows[some] = self.rows(source[some], turn[some], within[some])
            return rows
        n, a, b = self._shape[:, source]
        steps = _STEPS if few[0] else _STEPS[:ROUNDS]
        found = mix(mix(self._seeds[source] + (turn.astype(np.uint64) + _U(1)) * GAMMA) + steps)
        x = _permuted(within.astype(np.uint64), a, b, found)
        beyond = np.flatnonzero(x >= n)
        while len(beyond):
            own = beyond if len(n) > 1 else slice(None)
            x[beyond] = _permuted(x[beyond], a[own], b[own], found[:, own])
            beyond = np.flatnonzero(x >= n)
        return x.astype(np.int64)


def _even(value: int) -> int:
    return value + value % 2


def _same(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def _permuted(x: np.ndarray, a: np.ndarray, b: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return x after all rounds, over 0..ab-1. found: uint64 [rounds, P or 1], the keys."""
    right, left = np.divmod(x, a)
    for r, key in enumerate(found):
        if r % 2:
            right = _added(right, _drawn(key, left, b), b)
        else:
            left = _added(left, _drawn(key, right, a), a)
    return np.asarray(left + a * right)


def _added(value: np.ndarray, more: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return the sum modulo `below` of two values that are less than `below`."""
    more += value
    more -= below * (more >= below)
    return more


def _drawn(key: np.ndarray, x: np.ndarray, below: np.ndarray) -> np.ndarray:
    z = (x + key) * _U(0xFF51AFD7ED558CCD)
    z ^= z >> _HALF
    z *= _U(0xC4CEB9FE1A85EC53)
    z >>= _HALF
    z = z * below
    return np.asarray(z >> _HALF)


def mix(z: np.ndarray) -> np.ndarray:
    """Return 64 bits that each depend on all bits of z; uint64, of any shape."""
    z = (z ^ z >> _U(30)) * _U(0xBF58476D1CE4E5B9)
    z = (z ^ z >> _U(27)) * _U(0x94D049BB133111EB)
    return np.asarray(z ^ z >> _U(31))
