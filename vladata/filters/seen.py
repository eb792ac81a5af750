"""The images of other corpora, so that an image is trained on in only one corpus.

A digest takes 8 bytes, and so does a look: a hundred million images of other corpora take 1.6 GB.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from vladata.filters.columns import Pairs
from vladata.filters.repeats import BUCKET


@dataclass(frozen=True, slots=True)
class Seen:
    """The images of other corpora. digests, looks: uint64, sorted and distinct."""

    digests: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    looks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))

    def __bool__(self) -> bool:
        return bool(len(self.digests))


NOTHING = Seen()
"""The images of no corpus."""


def seen_of(tables: Iterable[pa.Table], more: Seen = NOTHING) -> Seen:
    """Return the images of all fit rows of `tables`, and those of `more`.

    tables: rows with the columns "images" and "outcome". They may be only the rows that another corpus keeps.
    """
    digests, looks = [more.digests], [more.looks]
    for table in tables:
        pairs = Pairs(table)
        wanted = np.repeat(pairs.fit, pairs.image_counts)
        digests.append(distinct(pairs.digest[wanted]))
        looks.append(distinct(pairs.look[wanted & pairs.has_look]))
    return Seen(distinct(np.concatenate(digests)), distinct(np.concatenate(looks)))


def distinct(words: np.ndarray) -> np.ndarray:
    """Return the distinct words, uint64, sorted. (np.unique hashes first, and takes 17 times as long for a million words.)"""
    rising = np.sort(words)
    once: np.ndarray = rising[np.append(np.ones(min(1, len(rising)), bool), rising[1:] != rising[:-1])]
    return once


def among(values: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Return a mask, bool [N], of the `values` that are in `listed`, which is sorted.

    Values are sorted first, since sorted look-ups stay in the processor's cache.
    """
    found = np.zeros(len(values), bool)
    for start in range(0, len(values) if len(listed) else 0, BUCKET):
        piece = values[start : start + BUCKET]
        order = np.argsort(piece)
        wanted = piece[order]
        at = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
        found[start + order] = listed[at] == wanted
    return found
