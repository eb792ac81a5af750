"""The images of the remaining pairs, gathered from a whole index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vladata.errors import UsageError
from vladata.filters.columns import Pairs


@dataclass(frozen=True, slots=True)
class ImageWords:
    """The M images of N pairs as 64-bit words.

    words:  uint64 [M], the digests of the images, or their looks (perceptual hashes).
    record: uint32 [M], the number of each image's record; these numbers never fall.
    counts: uint16 [N], the number of images of each pair.
    """

    words: np.ndarray
    record: np.ndarray
    counts: np.ndarray

    def of(self, kept: np.ndarray) -> "ImageWords":
        """Return the images of some pairs. kept: a mask of these pairs, bool [N]."""
        wanted = _by_image(kept, self.counts)
        return ImageWords(self.words[wanted], self.record[wanted], self.counts[kept])


def digests_of(parts: Iterable[pa.Table], left: Callable[[int], np.ndarray]) -> ImageWords:
    """Return the digests of the images of the remaining rows. left: number of a part -> mask of these rows."""
    return _gathered(parts, left, lambda pairs, part, wanted: pairs.digest[wanted])


def looks_of(parts: Iterable[pa.Table], left: Callable[[int], np.ndarray]) -> ImageWords:
    """Return the looks of the images of the remaining rows. Raises UsageError if an image has no look."""
    return _gathered(parts, left, _looks)


def _looks(pairs: Pairs, part: int, wanted: np.ndarray) -> np.ndarray:
    if lacking := int((~pairs.has_look[wanted]).sum()):
        raise UsageError(
            "the index has images without a look (a perceptual hash), which the search for near duplicates needs",
            where="keep.duplicates.near",
            got=f"{lacking:,} in part {part}",
            hint="Make the index again with looks, which decodes every image once.",
        )
    found: np.ndarray = pairs.look[wanted]
    return found


def _gathered(
    parts: Iterable[pa.Table],
    left: Callable[[int], np.ndarray],
    words_of: Callable[[Pairs, int, np.ndarray], np.ndarray],
) -> ImageWords:
    words, record, counts = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)], [np.zeros(0, np.uint16)]
    last, number = (-1, -1), -1
    for i, part in enumerate(parts):
        pairs, kept = Pairs(part), left(i)
        words.append(words_of(pairs, i, _by_image(kept, pairs.image_counts)))
        numbers, last = _record_numbers(pairs, last, number)
        number = int(numbers[-1]) if len(numbers) else number
        counts.append(pairs.image_counts[kept].astype(np.uint16))
        record.append(np.repeat(numbers[kept], counts[-1]).astype(np.uint32))
    return ImageWords(*(_joined(chunks) for chunks in (words, record, counts)))


def _by_image(flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the flag of each image's pair, bool [M]. flags: bool [N]."""
    return np.repeat(flags, counts)


def _record_numbers(pairs: Pairs, last: tuple[int, int], number: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a rising number for the record of each row, int64 [N], and the last record.

    last:   (shard, record) of the row before the first one.
    number: the number of that record; the numbers continue from it.
    """
    if not len(pairs):
        return np.zeros(0, np.int64), last
    shard, record = pairs.shard.astype(np.int64), pairs.record
    step = np.diff(shard, prepend=last[0])
    rises = np.diff(record, prepend=last[1])
    assert ((step > 0) | ((step == 0) & (rises >= 0))).all(), "an index is in the order of shard and record"
    return number + np.cumsum((step != 0) | (rises != 0)), (int(shard[-1]), int(record[-1]))


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    """Return all chunks joined, and empty the list to free memory: a hundred million words are 0.8 GB."""
    joined = np.concatenate(chunks)
    chunks.clear()
    return joined
