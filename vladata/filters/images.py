"""The images of the pairs that are left, gathered from a whole index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vladata.errors import UsageError
from vladata.filters.columns import Pairs

WORDS, NUMBERS = np.zeros(0, np.uint64), np.zeros(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Pictures:
    """N pairs, M images of all of them.

    digest, look: uint64 [M]; look is empty where none was asked for.
    record:       uint32 [M], the number of the image's record, which never falls.
    counts:       uint16 [N], how many images each pair has.
    """

    digest: np.ndarray
    look: np.ndarray
    record: np.ndarray
    counts: np.ndarray

    def of(self, kept: np.ndarray) -> "Pictures":
        """Those of some pairs, bool [N]."""
        wanted = _by_image(kept, self.counts)
        look = self.look[wanted] if len(self.look) else self.look
        return Pictures(self.digest[wanted], look, self.record[wanted], self.counts[kept])


def pictures_of(
    parts: Iterable[pa.Table], left: Callable[[int], np.ndarray], looks: bool = False
) -> Pictures:
    """The images of the rows that are left. left: number of a part -> bool [its rows]. UsageError for one without a look."""
    digest, look, record, counts = [WORDS], [WORDS], [NUMBERS], [np.zeros(0, np.uint16)]
    last, number = (-1, -1), -1
    for i, part in enumerate(parts):
        pairs, kept = Pairs(part), left(i)
        wanted = _by_image(kept, pairs.image_counts)
        if looks and (lacking := int((~pairs.has_look[wanted]).sum())):
            raise _no_look(i, lacking)
        digest.append(pairs.digest[wanted])
        look.append(pairs.look[wanted] if looks else WORDS)
        numbers, last = _record_numbers(pairs, last, number)
        number = int(numbers[-1]) if len(numbers) else number
        counts.append(pairs.image_counts[kept].astype(np.uint16))
        record.append(np.repeat(numbers[kept], counts[-1]).astype(np.uint32))
    return Pictures(*(_joined(chunks) for chunks in (digest, look, record, counts)))


def _by_image(flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """bool [M]: the flag of each image's pair."""
    return np.repeat(flags, counts)


def _record_numbers(pairs: Pairs, last: tuple[int, int], number: int) -> tuple[np.ndarray, tuple[int, int]]:
    """int64 [N]: the numbers of the rows' records, which go on after `number`, that of record `last`; and the last of all."""
    if not len(pairs):
        return np.zeros(0, np.int64), last
    shard, record = pairs.shard.astype(np.int64), pairs.record
    step = np.diff(shard, prepend=last[0])
    rises = np.diff(record, prepend=last[1])
    assert ((step > 0) | ((step == 0) & (rises >= 0))).all(), "an index is in the order of shard and record"
    return number + np.cumsum((step != 0) | (rises != 0)), (int(shard[-1]), int(record[-1]))


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    """All of them; the chunks are let go, since a hundred million words are 0.8 GB."""
    joined = np.concatenate(chunks)
    chunks.clear()
    return joined


def _no_look(part: int, images: int) -> UsageError:
    return UsageError(
        "the index has images without a look, by which near duplicates are found",
        where="keep.duplicates.near",
        got=f"{images:,} in part {part}",
        hint="Make the index again with looks: it then decodes every image once.",
    )
