"""Images that look nearly like one that an earlier record keeps: their perceptual hashes (looks) differ in a few bits.

Rule: pairs are decided in order, and an image is taken out if an earlier record keeps an image whose look differs in at most
`most` bits. An image that is near only to one that was taken out stays. So no chain of small steps leads from one image to a
quite different one.

Search: the 64 bits are divided into `most + intact` blocks. Two looks within `most` bits agree on at least `intact` blocks, so
near pairs are searched among looks that agree on `intact` blocks, once for each choice of blocks. With more intact blocks there
is more sorting and there are fewer candidates; the cheapest number is taken. Many similar looks would make too many pairs. Then
the first half is decided, the images that it keeps take out images of the second half, and so on.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb

import numpy as np

from vladata.filters.repeats import BUCKET, buckets, repeated
from vladata.looks import distances

BITS = 64
MOST_INTACT = 5
SORTING = 12  # the time to sort one look, in units of one comparison of two looks
COMPARED = 1024  # the most pairs to compare for each look
HELD = 1 << 25  # the most near pairs in memory: 0.5 GB

Pairs = tuple[np.ndarray, np.ndarray]


def near_repeated(
    looks: np.ndarray, record: np.ndarray, most: int, held: int = HELD, bucket: int = BUCKET
) -> np.ndarray:
    """Return a mask of the images that the rule takes out, bool [M].

    looks:  uint64 [M].
    record: unsigned [M], the number of each image's record; these numbers never fall.
    """
    # An image with the look of an earlier one is near to that one, or to the image that took that one out.
    out = repeated(looks, record)
    first = ~out
    out[first] = _taken(looks[first], record[first], most, held, bucket)
    return out


def near_known(known: np.ndarray, looks: np.ndarray, most: int, bucket: int = BUCKET) -> np.ndarray:
    """Return a mask, bool [M], of the `looks` that are within `most` bits of one of `known`. looks, known: uint64."""
    before, after = np.zeros(len(known), np.uint8), np.ones(len(looks), np.uint8)
    return _near_earlier(known, before, looks, after, most, bucket)


def masks_for(count: int, most: int) -> list[np.uint64]:
    """Return masks of bits for the search among `count` looks: two looks within `most` bits agree on all bits of some mask."""

    def cost(intact: int) -> float:
        bits = BITS * intact / (most + intact) if intact else 0
        return comb(most + intact, intact) * count * (SORTING + count / 2 / 2**bits)

    intact = min(range(MOST_INTACT + 1), key=cost)
    blocks = most + intact
    edges = [BITS * i // blocks for i in range(blocks + 1)] if blocks else []
    words = [(1 << high) - (1 << low) for low, high in pairwise(edges)]
    return [np.uint64(sum(chosen)) for chosen in combinations(words, intact)]


def _taken(looks: np.ndarray, record: np.ndarray, most: int, held: int, bucket: int) -> np.ndarray:
    pairs = _all_pairs(looks, record, most, held, bucket)
    if pairs:
        return _settled(*pairs, len(looks))
    half = len(looks) // 2
    out = np.zeros(len(looks), bool)
    out[:half] = _taken(looks[:half], record[:half], most, held, bucket)
    kept = ~out[:half]
    out[half:] = _near_earlier(
        looks[:half][kept], record[:half][kept], looks[half:], record[half:], most, bucket
    )
    rest = half + np.flatnonzero(~out[half:])
    out[rest] = _taken(looks[rest], record[rest], most, held, bucket)
    return out


def _all_pairs(looks: np.ndarray, record: np.ndarray, most: int, held: int, bucket: int) -> Pairs | None:
    """Return the positions (earlier, later) of all near pairs in different records; None if there are too many."""
    earlier, later = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    compared, found = held + COMPARED * len(looks), held
    for mask in masks_for(len(looks), most):
        for (at,) in buckets((looks,), mask, bucket):
            groups = _Groups(looks[at] & mask)
            compared -= groups.pairs
            if compared < 0:
                return None
            for a, b in groups:
                first, second = at[np.minimum(a, b)], at[np.maximum(a, b)]
                near = (distances(looks[first], looks[second]) <= most) & (record[first] < record[second])
                earlier.append(first[near])
                later.append(second[near])
                found -= int(near.sum())
                if found < 0:
                    return None
    return np.concatenate(earlier), np.concatenate(later)


class _Groups:
    """All pairs of equal keys. Iterating yields positions (first, second) of many pairs at a time.

    keys:  uint64 [M].
    pairs: the number of pairs.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self._order = np.argsort(keys)
        rising = keys[self._order]
        ends = np.append(np.flatnonzero(rising[1:] != rising[:-1]) + 1, len(keys))
        sizes = np.diff(ends, prepend=0)
        self.pairs = int((sizes * (sizes - 1) // 2).sum())
        self._after = (
            np.repeat(ends, sizes) - np.arange(len(keys)) - 1
        )  # how many equal keys come after each key

    def __iter__(self) -> Iterator[Pairs]:
        at, gap = np.flatnonzero(self._after), 1
        while len(at):
            yield self._order[at], self._order[at + gap]
            gap += 1
            at = at[self._after[at] >= gap]


def _settled(earlier: np.ndarray, later: np.ndarray, count: int) -> np.ndarray:
    """Return a mask of the images that are taken out, bool [count], given all near pairs.

    Each round decides some looks: if no earlier neighbour of a look can stay, the look stays and takes out its later neighbours.
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
    known: np.ndarray, known_record: np.ndarray, looks: np.ndarray, record: np.ndarray, most: int, bucket: int
) -> np.ndarray:
    """Return a mask, bool [M], of the `looks` that are near one of `known` in an earlier record."""
    out = np.zeros(len(looks), bool)
    for mask in masks_for(max(len(known), len(looks)), most):
        for places, at in buckets((known, looks), mask, bucket):
            order = places[np.argsort(known[places] & mask)]
            at = at[~out[at]]
            at = at[np.argsort(looks[at] & mask)]  # sorted look-ups stay in the processor's cache
            key, wanted = known[order] & mask, looks[at] & mask
            low, high = (np.searchsorted(key, wanted, side) for side in ("left", "right"))
            while len(at):
                there = low < high
                at, low, high = at[there], low[there], high[there]
                other = order[low]
                near = (distances(known[other], looks[at]) <= most) & (known_record[other] < record[at])
                out[at[near]] = True
                at, low, high = at[~near], low[~near] + 1, high[~near]
    return out
