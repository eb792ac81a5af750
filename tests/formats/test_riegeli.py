"""Riegeli chunks that no writer makes: every hash is right, and what they say is not."""

import io

import pyarrow as pa
import pytest

from vladata.errors import CorruptRecord, TruncatedRecord
from vladata.formats.highway_hash import Hasher
from vladata.formats.riegeli import HEADER, KEY, ChunkReader, is_boundary, varint

TEXT = b"pick up the red block " * 40
PLAIN, BROTLI, SNAPPY, ZSTD = b"\0", b"b", b"s", b"z"
NAMES = {BROTLI: "brotli", SNAPPY: "snappy", ZSTD: "zstd"}


def hashed(data: bytes) -> int:
    hasher = Hasher(KEY)
    hasher.room(len(data))[:] = data
    return hasher.hash(0, len(data))


def number(value: int) -> bytes:
    head, value = [], value
    while value > 0x7F:
        head.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*head, value])


def packed(kind: bytes, data: bytes, says: int | None = None) -> bytes:
    if kind == PLAIN:
        return data
    size = number(len(data) if says is None else says)
    return size + pa.compress(data, codec=NAMES[kind], asbytes=True)


def content(kind: bytes, sizes: bytes, values: bytes) -> bytes:
    return kind + number(len(sizes)) + sizes + values


def file(data: bytes, records: int = 1, unpacked: int = len(TEXT), kind: bytes = b"r") -> bytes:
    """One chunk at the beginning of a block, behind the 24 bytes of that block's header."""
    rest = HEADER.pack(0, len(data), hashed(data), kind[0] | records << 8, unpacked)[8:]
    return bytes(24) + hashed(rest).to_bytes(8, "little") + rest + data


def read(data: bytes) -> list[bytes]:
    def fill(at, into):
        opened = io.BytesIO(data)
        opened.seek(at)
        return opened.readinto(into)

    reader = ChunkReader(fill)
    return reader.records(reader.header(0))


@pytest.mark.parametrize("kind", [PLAIN, BROTLI, SNAPPY, ZSTD])
def test_a_chunk_of_each_compression_is_read(kind):
    one = content(kind, packed(kind, number(len(TEXT))), packed(kind, TEXT))
    assert read(file(one)) == [TEXT]
    three = content(kind, packed(kind, number(3) + number(0) + number(len(TEXT) - 3)), packed(kind, TEXT))
    assert read(file(three, records=3)) == [TEXT[:3], b"", TEXT[3:]]
    assert read(file(content(kind, packed(kind, b""), packed(kind, b"")), 0, 0)) == []


@pytest.mark.parametrize("kind", [BROTLI, SNAPPY, ZSTD])
@pytest.mark.parametrize("more", [-1, 1, 1000, 1 << 40, 1 << 62, (1 << 64) - 1 - len(TEXT)])
def test_a_length_that_compressed_data_has_not_is_a_fault(kind, more):
    """pyarrow alone would give what happened to be in memory for the bytes that are not there."""
    size = len(TEXT) + more
    data = content(kind, packed(kind, number(size)), packed(kind, TEXT, says=size))
    with pytest.raises(CorruptRecord, match="a chunk of records cannot be unpacked"):
        read(file(data, unpacked=size))


@pytest.mark.parametrize("kind", [BROTLI, SNAPPY, ZSTD])
def test_compressed_data_that_is_cut_or_other_data_is_a_fault(kind):
    whole = packed(kind, TEXT)
    for values in (
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:2],
        b"",
        b"\xff" * 40,
        number(len(TEXT)) + b"\0" * 40,
    ):
        with pytest.raises(CorruptRecord, match="cannot be unpacked"):
            read(file(content(kind, packed(kind, number(len(TEXT))), values)))


@pytest.mark.parametrize(
    ("data", "records", "unpacked"),
    [
        (b"", 1, 5),  # not even a compression
        (content(PLAIN, number(5), b"abcde"), 2, 5),  # too few sizes
        (content(PLAIN, number(5) * 2, b"abcde"), 1, 5),  # too many
        (content(PLAIN, number(4), b"abcde"), 1, 5),  # sizes that do not add up
        (content(PLAIN, number(5), b"abcd"), 1, 5),  # fewer values
        (content(PLAIN, number(5), b"abcdef"), 1, 5),  # more
        (content(PLAIN, b"\xff" * 11, b"abcde"), 1, 5),  # a size that does not end
        (content(b"\x01", number(5), b"abcde"), 1, 5),  # no compression that there is
        (PLAIN + number(1 << 40) + b"abcde", 1, 5),
    ],
)
def test_a_chunk_that_contradicts_itself_is_a_fault(data, records, unpacked):
    with pytest.raises(CorruptRecord, match="byte 0: a chunk of records cannot be unpacked"):
        read(file(data, records, unpacked))


def test_other_chunks_are_no_records():
    with pytest.raises(CorruptRecord, match="this is not a chunk of records; got 'kind 0x70'"):
        read(file(b"", 0, 0, b"p"))


@pytest.mark.parametrize("size", [1 << 20, 1 << 33, (1 << 64) - 1])
def test_a_chunk_that_is_larger_than_the_file_or_than_memory_is_a_fault(size):
    rest = HEADER.pack(0, size, 0, ord("r") | 1 << 8, 5)[8:]
    with pytest.raises(
        (TruncatedRecord, CorruptRecord), match=r"the file ends inside a chunk|too large to be checked"
    ):
        read(bytes(24) + hashed(rest).to_bytes(8, "little") + rest)


def test_numbers():
    for value in (0, 1, 127, 128, 300, 1 << 35, (1 << 64) - 1):
        assert varint(b"\x80" + number(value) + b"\1", 1) == (value, 1 + len(number(value)))
    for data in (b"", b"\x80", b"\xff" * 12):
        with pytest.raises(ValueError, match="a number is cut"):
            varint(data, 0)


def test_where_a_chunk_may_begin():
    assert [p for p in (0, 1, 23, 24, 25, 65535, 65536, 65537, 65560, 65561) if is_boundary(p)] == [
        *(0, 25, 65535, 65536, 65561)
    ]
