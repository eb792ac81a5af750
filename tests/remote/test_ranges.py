"""Ranges of a file in few requests: each range comes back as its own bytes, whatever was joined."""

import numpy as np
import pytest

from vladata.shards.remote.ranges import ByteSpan, cut, joined, pieces

CASES = {
    "none": ([], []),
    "empty ranges ask for nothing": ([(7, 0), (0, 0)], []),
    "one": ([(5, 3)], [ByteSpan(5, 8, (0,))]),
    "side by side": ([(0, 4), (4, 4)], [ByteSpan(0, 8, (0, 1))]),
    "a small gap": ([(0, 4), (14, 4)], [ByteSpan(0, 18, (0, 1))]),
    "a gap of one more": ([(0, 4), (15, 4)], [ByteSpan(0, 4, (0,)), ByteSpan(15, 19, (1,))]),
    "in any order": ([(40, 2), (0, 2), (42, 2)], [ByteSpan(0, 2, (1,)), ByteSpan(40, 44, (0, 2))]),
    "twice": ([(6, 2), (6, 2)], [ByteSpan(6, 8, (0, 1))]),
    "one in another": ([(0, 20), (5, 3), (21, 1)], [ByteSpan(0, 22, (0, 1, 2))]),
    "as much as a request may have": ([(0, 50), (50, 50)], [ByteSpan(0, 100, (0, 1))]),
    "one byte more": ([(0, 50), (50, 51)], [ByteSpan(0, 50, (0,)), ByteSpan(50, 101, (1,))]),
    "a single range of more": ([(0, 500)], [ByteSpan(0, 500, (0,))]),
    "one inside a range of more": ([(0, 500), (10, 5)], [ByteSpan(0, 500, (0, 1))]),
}


@pytest.mark.parametrize(("ranges", "spans"), CASES.values(), ids=CASES)
def test_what_is_joined(ranges, spans):
    assert joined(ranges, gap=10, most=100) == spans


@pytest.mark.parametrize("seed", range(200))
def test_each_range_comes_back_as_its_own_bytes(seed):
    random = np.random.default_rng(seed)
    file = random.integers(0, 256, 5000, np.uint8).tobytes()
    offsets = random.integers(0, 5000, random.integers(1, 30)).tolist()
    ranges = [(offset, int(random.integers(0, min(400, 5000 - offset) + 1))) for offset in offsets]
    gap, most = int(random.integers(0, 300)), int(random.integers(1, 2000))
    spans = joined(ranges, gap, most)
    found = cut(spans, [file[span.start : span.stop] for span in spans], ranges)
    assert [bytes(data) for data in found] == [file[offset : offset + length] for offset, length in ranges]
    longest = max(length for _, length in ranges)
    assert all(span.length <= max(most, longest) for span in spans)


def test_pieces_of_a_whole_file():
    assert pieces(25, 10) == [(0, 10), (10, 10), (20, 5)]
    assert pieces(10, 10) == [(0, 10)]
    assert pieces(0, 10) == []
