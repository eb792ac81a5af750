"""Byte ranges of a remote file, joined so that few requests bring them.

Each request costs a round trip: about as much time as a few hundred kB take. So ranges with small gaps are fetched in one
request, and the bytes between them are dropped. The ranges are cut out again, as views, in the requested order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vladata.shards.whole import Buffer

GAP = 256 << 10
"""Bytes of the largest gap between ranges that are fetched in one request."""
MOST = 8 << 20
"""The most bytes of a request, except for a single range that has more."""


@dataclass(frozen=True, slots=True)
class ByteSpan:
    """The bytes from `start` to `stop` of a file, and the numbers of the ranges in them."""

    start: int
    stop: int
    ranges: tuple[int, ...]

    @property
    def length(self) -> int:
        return self.stop - self.start


def joined(ranges: Sequence[tuple[int, int]], gap: int = GAP, most: int = MOST) -> list[ByteSpan]:
    """Return spans, in the file's order, that hold all `ranges` (offset, length) that are not empty, each range in one span."""
    spans: list[ByteSpan] = []
    inside: list[int] = []
    start = stop = 0
    for number in sorted(range(len(ranges)), key=ranges.__getitem__):
        offset, length = ranges[number]
        if not length:
            continue
        end = max(stop, offset + length)
        if inside and (offset - stop > gap or end - start > most) and end > stop:
            spans.append(ByteSpan(start, stop, tuple(inside)))
            inside = []
        if not inside:
            start, end = offset, offset + length
        inside.append(number)
        stop = end
    return [*spans, ByteSpan(start, stop, tuple(inside))] if inside else spans


def cut(spans: Sequence[ByteSpan], data: Sequence[Buffer], ranges: Sequence[tuple[int, int]]) -> list[Buffer]:
    """Return the bytes of each range, from the bytes of the spans; as views, except for a range that is a whole span."""
    found: list[Buffer] = [b""] * len(ranges)
    for span, bytes_ in zip(spans, data, strict=True):
        view = memoryview(bytes_)
        for number in span.ranges:
            offset, length = ranges[number]
            whole = length == span.length
            found[number] = bytes_ if whole else view[offset - span.start : offset - span.start + length]
    return found


def pieces(length: int, most: int = MOST) -> list[tuple[int, int]]:
    """Return a whole file of `length` bytes as (offset, length), at most `most` bytes each."""
    return [(start, min(most, length - start)) for start in range(0, length, most)]
