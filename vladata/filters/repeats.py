"""Images that an earlier record has as well, by a 64-bit word each: a digest of the bytes, or a look.

Words are dealt into buckets of a few million by a hash of theirs, and each bucket is sorted: beside 8 bytes a word and 4 a
record this takes one byte an image and what one bucket needs, 100 MB.
"""

import numpy as np

BUCKET = 1 << 22
SPREAD = np.uint64(
    0x9E3779B97F4A7C15
)  # odd, its bits in no order: its multiples are spread over the highest bits


def repeated(words: np.ndarray, record: np.ndarray, bucket: int = BUCKET) -> np.ndarray:
    """bool [M]: whose word an earlier record has. words: uint64 [M].  record: unsigned [M], numbers that never fall."""
    bits = min(8, max(0, (len(words) - 1) // bucket).bit_length())
    found = np.zeros(len(words), bool)
    if not bits:
        found[:] = _repeated(words, record)
        return found
    number = np.empty(len(words), np.uint8)
    for start in range(0, len(words), bucket):
        piece = slice(start, start + bucket)
        number[piece] = (words[piece] * SPREAD) >> np.uint64(64 - bits)
    for b in range(1 << bits):
        at = np.flatnonzero(number == b)
        found[at] = _repeated(words[at], record[at])
    return found


def _repeated(words: np.ndarray, record: np.ndarray) -> np.ndarray:
    found = np.zeros(len(words), bool)
    order = np.argsort(words)
    rising = words[order]
    same = rising[1:] == rising[:-1]
    shared = np.zeros(len(words), bool)  # whether a word stands there twice or more
    shared[1:] = same
    shared[:-1] |= same
    order, rising = order[shared], rising[shared]
    if not len(order):
        return found
    starts = np.concatenate([[0], np.flatnonzero(rising[1:] != rising[:-1]) + 1])
    first = np.minimum.reduceat(record[order], starts)  # the first record of each word
    found[order] = record[order] > np.repeat(first, np.diff(np.append(starts, len(order))))
    return found
