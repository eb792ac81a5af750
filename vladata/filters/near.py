"""Images that look nearly like one that an earlier record keeps: perceptual hashes that differ in a few bits.

The rule, in the order of the pairs: an image is taken out when one within `most` bits of it stands in an earlier record and was
not taken out itself. So what is near only to something that is gone stays, and no chain of small steps leads from one image to
an altogether different one.

Two looks within `most` bits agree on all bits of at least `intact` of `most + intact` blocks: they are looked for among those
that agree on some `intact` blocks, once for each choice of blocks. More intact blocks mean more sorting and fewer candidates;
the cheaper is taken. A crowd of looks that resemble one another makes too many pairs: then the first half is decided, what it
keeps clears the second, and so on.
"""

from itertools import combinations, pairwise
from math import comb

import numpy as np

from vladata.filters.repeats import repeated
from vladata.looks import distances

BITS = 64
MOST_INTACT = 5
SORTING = 12  # what it takes to sort one look in comparisons of two
COMPARED = 1024  # pairs that are compared for each look
HELD = 1 << 25  # near pairs, and what they leave room for: 0.5 GB

Pairs = tuple[np.ndarray, np.ndarray]


def near_repeated(looks: np.ndarray, record: np.ndarray, most: int, held: int = HELD) -> np.ndarray:
    """bool [M]: what the rule takes out. looks: uint64 [M].  record: unsigned [M], numbers that never fall."""
    out = repeated(
        looks, record
    )  # the same look as one that stays, or as one that goes: near to what that is near to
    first = np.flatnonzero(~out)
    out[first] = _taken(looks[first], record[first], most, held)
    return out


def near_known(known: np.ndarray, looks: np.ndarray, most: int) -> np.ndarray:
    """bool [M]: which of `looks` are within `most` bits of one of `known`, uint64 both."""
    return _near_earlier(known, np.zeros(len(known), np.uint8), looks, np.ones(len(looks), np.uint8), most)


def masks_for(count: int, most: int) -> list[np.uint64]:
    """Masks of bits, such that two looks within `most` bits agree on all of one of them; the cheapest for `count` looks."""

    def cost(intact: int) -> float:
        bits = BITS * intact / (most + intact) if intact else 0
        return comb(most + intact, intact) * count * (SORTING + count / 2 / 2**bits)

    intact = min(range(MOST_INTACT + 1), key=cost)
    blocks = most + intact
    edges = [BITS * i // blocks for i in range(blocks + 1)] if blocks else []
    words = [(1 << high) - (1 << low) for low, high in pairwise(edges)]
    return [np.uint64(sum(chosen)) for chosen in combinations(words, intact)]


def _taken(looks: np.ndarray, record: np.ndarray, most: int, held: int) -> np.ndarray:
    pairs = _pairs(looks, record, most, held)
    if pairs:
        return _settled(*pairs, len(looks))
    half = len(looks) // 2
    out = np.zeros(len(looks), bool)
    out[:half] = _taken(looks[:half], record[:half], most, held)
    kept = np.flatnonzero(~out[:half])
    out[half:] = _near_earlier(looks[kept], record[kept], looks[half:], record[half:], most)
    rest = half + np.flatnonzero(~out[half:])
    out[rest] = _taken(looks[rest], record[rest], most, held)
    return out


def _pairs(looks: np.ndarray, record: np.ndarray, most: int, held: int) -> Pairs | None:
    """Positions (earlier, later) of looks within `most` bits in two records; None where there are too many."""
    earlier, later = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    compared, found = 0, 0
    for mask in masks_for(len(looks), most):
        order = np.argsort(looks & mask)
        key = (looks & mask)[order]
        ends = np.append(np.flatnonzero(key[1:] != key[:-1]) + 1, len(key))
        sizes = np.diff(ends, prepend=0)
        compared += int((sizes * (sizes - 1) // 2).sum())
        if compared > held + COMPARED * len(looks):
            return None
        after = np.repeat(ends, sizes) - np.arange(len(key)) - 1  # how many with its key come after each
        at, gap = np.flatnonzero(after), 1
        while len(at):
            a, b = order[at], order[at + gap]
            first, second = np.minimum(a, b), np.maximum(a, b)
            near = (distances(looks[a], looks[b]) <= most) & (record[first] < record[second])
            earlier.append(first[near])
            later.append(second[near])
            found += int(near.sum())
            if found > held:
                return None
            gap += 1
            at = at[after[at] >= gap]
    return np.concatenate(earlier), np.concatenate(later)


def _settled(earlier: np.ndarray, later: np.ndarray, count: int) -> np.ndarray:
    """bool [count]: what is taken out, given all near pairs.

    A look with no earlier neighbour that may yet stay, stays, and takes its later neighbours out; until none is undecided.
    """
    out = np.zeros(count, bool)
    waits = np.zeros(count, bool)
    while len(earlier):
        waits[later] = True
        out[later[~waits[earlier]]] = True
        waits[later] = False
        open_ = ~(out[earlier] | out[later])
        earlier, later = earlier[open_], later[open_]
    return out


def _near_earlier(
    known: np.ndarray, known_record: np.ndarray, looks: np.ndarray, record: np.ndarray, most: int
) -> np.ndarray:
    """bool [M]: which of `looks` are near one of `known` that stands in an earlier record."""
    out = np.zeros(len(looks), bool)
    for mask in masks_for(max(len(known), len(looks)), most):
        order = np.argsort(known & mask)
        key = (known & mask)[order]
        at = np.flatnonzero(~out)
        at = at[np.argsort(looks[at] & mask)]  # looked up in order, which stays in the cache
        low, high = (np.searchsorted(key, looks[at] & mask, side) for side in ("left", "right"))
        while len(at):
            there = low < high
            at, low, high = at[there], low[there], high[there]
            other = order[low]
            near = (distances(known[other], looks[at]) <= most) & (known_record[other] < record[at])
            out[at[near]] = True
            at, low, high = at[~near], low[~near] + 1, high[~near]
    return out
