"""Images that an earlier record has as well, by a 64-bit word each: a digest of the bytes, or a look.

Words are divided into buckets of a few million by a hash, and each bucket is sorted. Beside 8 bytes a word and 4 a record this
takes two bytes an image and the memory of one bucket, 100 MB.
"""

from collections.abc import Iterator

import numpy as np

BUCKET = 1 << 22
SPREAD = np.uint64(
    0x9E3779B97F4A7C15
)  # odd, its bits in no order: its multiples are spread over the highest bits
ALL_BITS = np.uint64((1 << 64) - 1)


def repeated(words: np.ndarray, record: np.ndarray, bucket: int = BUCKET) -> np.ndarray:
    """Return a mask of the images whose word an earlier record has, bool [M]. words: uint64 [M].  record: unsigned [M],
    numbers that never fall."""
    found = np.zeros(len(words), bool)
    for (at,) in buckets((words,), ALL_BITS, bucket):
        found[at] = _repeated(words[at], record[at])
    return found


def buckets(
    lists: tuple[np.ndarray, ...], mask: np.uint64 = ALL_BITS, bucket: int = BUCKET
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield positions in each of `lists`, uint64, of some of their words; words that agree on `mask` come together."""
    largest = max(map(len, lists))
    bits = min(8, max(0, (largest - 1) // bucket).bit_length())
    if not bits:
        yield tuple(np.arange(len(words)) for words in lists)
        return
    numbers = [_dealt(words, mask, bits, bucket) for words in lists]
    for number in range(1 << bits):
        yield tuple(np.flatnonzero(dealt == number) for dealt in numbers)


def _dealt(words: np.ndarray, mask: np.uint64, bits: int, bucket: int) -> np.ndarray:
    """Return the number of each word's bucket, uint8 [M]; computed in pieces, to save memory."""
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
