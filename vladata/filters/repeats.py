"""Images that an earlier record also has, found by a 64-bit word for each image: a digest of the bytes, or a look.

Words are divided into buckets of a few million by a hash, and each bucket is sorted. In addition to the words and records this
takes two bytes for each image, and 100 MB for one bucket.
"""

from collections.abc import Iterator

import numpy as np

BUCKET = 1 << 22
SPREAD = np.uint64(
    0x9E3779B97F4A7C15
)  # odd, its bits in no order: its multiples are spread over the highest bits
ALL_BITS = np.uint64((1 << 64) - 1)


def repeated(words: np.ndarray, record: np.ndarray, bucket: int = BUCKET) -> np.ndarray:
    """Return a mask, bool [M], of the images whose word an earlier record has.

    words:  uint64 [M].
    record: unsigned [M], the number of each image's record; these numbers never fall.
    """
    found = np.zeros(len(words), bool)
    for (at,) in buckets((words,), ALL_BITS, bucket):
        found[at] = _repeated(words[at], record[at])
    return found


def buckets(
    lists: tuple[np.ndarray, ...], mask: np.uint64 = ALL_BITS, bucket: int = BUCKET
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield buckets: the positions of its words in each of `lists`. Words that agree on the bits of `mask` share a bucket.

    lists: arrays of words, uint64.
    """
    largest = max(map(len, lists))
    bits = min(8, max(0, (largest - 1) // bucket).bit_length())
    if not bits:
        yield tuple(np.arange(len(words)) for words in lists)
        return
    numbers = [_dealt(words, mask, bits, bucket) for words in lists]
    for number in range(1 << bits):
        yield tuple(np.flatnonzero(dealt == number) for dealt in numbers)


def _dealt(words: np.ndarray, mask: np.uint64, bits: int, bucket: int) -> np.ndarray:
    """Return the number of each word's bucket, uint8 [M]. It is computed in pieces, to save memory."""
    number = np.empty(len(words), np.uint8)
    for start in range(0, len(words), bucket):
        piece = slice(start, start + bucket)
        number[piece] = ((words[piece] & mask) * SPREAD) >> np.uint64(64 - bits)
    return number


def _repeated(words: np.ndarray, record: np.ndarray) -> np.ndarray:
    found = np.zeros(len(words), bool)
    order = np.argsort(words)
    rising = words[order]
    same = rising[1:] == rising[:-1]
    shared = np.zeros(len(words), bool)  # True if a word occurs twice or more
    shared[1:] = same
    shared[:-1] |= same
    order, rising = order[shared], rising[shared]
    if not len(order):
        return found
    starts = np.concatenate([[0], np.flatnonzero(rising[1:] != rising[:-1]) + 1])
    first = np.minimum.reduceat(record[order], starts)  # the first record of each word
    found[order] = record[order] > np.repeat(first, np.diff(np.append(starts, len(order))))
    return found
