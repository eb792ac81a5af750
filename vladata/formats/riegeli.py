"""Riegeli files: chunks of records, divided by block headers. Only bytes whose hash is correct are returned.

    chunk   hash(the rest of the header) u64 | size of data u64 | hash(data) u64 | kind u8 | records u56 | size of the records u64
            | data | padding
    block   every 65,536 bytes, also inside a chunk: 24 bytes by which a reader finds the next chunk after a damaged one

A chunk of kind "r" holds records: kind of compression u8 | size of sizes varint | sizes, varints | records. A compressed part has
its uncompressed size in front, a varint. A chunk of kind "t", which splits messages into columns, is refused by name. Block
headers are skipped: they are not needed to find a chunk whose place is known.

Format: github.com/google/riegeli, doc/riegeli_records_file_format.md.
"""

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from vladata.errors import CorruptRecord, SourceError, TruncatedRecord
from vladata.formats.highway_hash import Hasher

Fill = Callable[[int, memoryview], int]
"""A function that reads bytes from a position of the file into memory, and returns their number: less than the length of the
memory if the file ends."""

BLOCK = 1 << 16
BLOCK_HEADER = 24
HEADER = struct.Struct("<5Q")
KEY = (0x2F696C6567656952, 0x0A7364726F636572) * 2  # "Riegeli/records\n", twice
RECORDS, TRANSPOSED = ord("r"), ord("t")
CUT = "Probably a download that was cut: compare its size with the source's, and fetch it again."
DAMAGED = "The file was damaged after it was written: fetch it again."
_PLAIN, _BROTLI, _SNAPPY, _ZSTD = 0, ord("b"), ord("s"), ord("z")


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a chunk, after checking its hash.

    begin:    the position of the chunk.
    data:     the position of the first byte after the header.
    size:     the number of bytes of the data.
    hash:     the hash of the data.
    kind:     RECORDS, or another kind.
    records:  the number of records.
    unpacked: the number of bytes of all records together.
    """

    begin: int
    data: int
    size: int
    hash: int
    kind: int
    records: int
    unpacked: int

    @property
    def end(self) -> int:
        """The position of the next chunk."""
        content = HEADER.size + self.size
        usable = BLOCK - BLOCK_HEADER
        blocks = (content + (self.begin + usable - 1) % BLOCK) // usable
        last = self.begin + self.records  # record numbers are used as positions within the chunk
        return max(self.begin + content + blocks * BLOCK_HEADER, last + max(0, -last % BLOCK - (usable - 1)))


class ChunkReader:
    """Reads chunks by their positions. fill: reads bytes of the file.

    Each chunk is read in one call, so that several readers of a thread share the memory of one hasher. The hasher is kept:
    otherwise the system would clear its memory again for every record.
    """

    _kept = threading.local()

    def __init__(self, fill: Fill) -> None:
        self._fill = fill

    @property
    def _hasher(self) -> Hasher:
        """The hasher of the calling thread, even if another thread made the reader."""
        if not hasattr(self._kept, "hasher"):
            self._kept.hasher = Hasher(KEY)
        found: Hasher = self._kept.hasher
        return found

    def header(self, begin: int) -> Header:
        """Return the header of the chunk at `begin`. Raises CorruptRecord if there is none."""
        room = self._hasher.room(HEADER.size)
        data = self._gather(begin, begin, room)
        stored, size, data_hash, kind, unpacked = HEADER.unpack(room)
        if self._hasher.hash(8, HEADER.size) != stored:
            raise CorruptRecord("the hash of a chunk's header does not match", where=_at(begin), hint=DAMAGED)
        return Header(begin, data, size, data_hash, kind & 0xFF, kind >> 8, unpacked)

    def records(self, header: Header) -> list[bytes]:
        """Return the records of a chunk. Raises SourceError if they are stored in a way that vladata cannot read."""
        if header.kind == TRANSPOSED:
            raise SourceError(
                "the file's records are split into columns (transposed chunks), which vladata does not read",
                where=_at(header.begin),
                hint="The package array_record reads them: write the records again with its ArrayRecordWriter(FILE, "
                '"group_size:1"), as TFDS does.',
            )
        if header.kind != RECORDS:
            raise CorruptRecord(
                "this is not a chunk of records", where=_at(header.begin), got=f"kind {header.kind:#04x}"
            )
        room = self._hasher.room(header.size)
        self._gather(header.begin, header.data, room)
        if self._hasher.hash(0, header.size) != header.hash:
            what = "the hash of a chunk's data does not match"
            raise CorruptRecord(what, where=_at(header.begin), hint=DAMAGED)
        try:
            return _records(room, header)
        except (
            ValueError,
            OSError,
            MemoryError,
            OverflowError,
            IndexError,
        ) as error:  # errors of pyarrow, and ours
            what = f"a chunk of records cannot be unpacked: {error or type(error).__name__}"
            raise CorruptRecord(what, where=_at(header.begin)) from None

    def _gather(self, begin: int, at: int, into: memoryview) -> int:
        """Fill `into` with bytes from position `at` on, without block headers. Return the position after them. begin: of the
        chunk."""
        done = 0
        while done < len(into):
            at += max(0, BLOCK_HEADER - at % BLOCK)
            piece = into[done : done + BLOCK - at % BLOCK]
            got = self._fill(at, piece)
            at, done = at + got, done + got
            if got < len(piece):
                what = f"the file ends inside a chunk, {len(into) - done:,} bytes are missing"
                raise TruncatedRecord(what, where=_at(begin), hint=CUT)
        return at


def is_boundary(position: int) -> bool:
    """Return True if a chunk may begin at `position`: not within a block header, nor right after one."""
    return -position % BLOCK < BLOCK - BLOCK_HEADER


def varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at byte `at`, and the position after it. Raises ValueError if its end is missing."""
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        value |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return value, place + 1
        shift += 7
    raise ValueError("a number is cut")


def _records(data: memoryview, header: Header) -> list[bytes]:
    compression = data[0]
    size, start = varint(data, 1)
    sizes = _unpacked(compression, data[start : start + size], None)
    lengths, at = [], 0
    for _ in range(header.records):
        length, at = varint(sizes, at)
        lengths.append(length)
    if at != len(sizes) or sum(lengths) != header.unpacked:
        raise ValueError("the sizes of the records do not add up")
    values = _unpacked(compression, data[start + size :], header.unpacked)
    if len(lengths) == 1:
        return [values]
    found, first = [], 0
    for length in lengths:
        found.append(values[first : first + length])
        first += length
    return found


def _unpacked(compression: int, data: memoryview, size: int | None) -> bytes:
    """Return the uncompressed bytes of `data`. size: their number if it is known. Raises ValueError if it differs."""
    if compression == _PLAIN:
        found = bytes(data)
    elif compression not in _DECOMPRESS:
        raise ValueError(f"unknown compression {compression:#04x}")
    else:
        said, at = varint(data, 0)
        if size not in (None, said):
            raise ValueError(f"{said:,} bytes are announced, but {size:,} expected")
        found = _DECOMPRESS[compression](data[at:], said)
    if size not in (None, len(found)):
        raise ValueError(f"{len(found):,} bytes are there, but {size:,} expected")
    return found


def _zstd(data: memoryview, size: int) -> bytes:
    found: bytes = pa.decompress(data, decompressed_size=size, codec="zstd", asbytes=True)
    return found


def _snappy(data: memoryview, size: int) -> bytes:
    """Return the bytes of Snappy data. Its length is compared first: pyarrow returns `size` bytes even if there are fewer."""
    if varint(data, 0)[0] != size:
        raise ValueError("the length in Snappy's data differs")
    found: bytes = pa.decompress(data, decompressed_size=size, codec="snappy", asbytes=True)
    return found


def _brotli(data: memoryview, size: int) -> bytes:
    """Return the bytes of Brotli data. They are read as a stream, since Brotli has no length and pyarrow returns `size` bytes
    even if there are fewer."""
    with pa.CompressedInputStream(pa.BufferReader(data), "brotli") as stream:
        found: bytes = stream.read(size + 1)
    if len(found) != size:
        raise ValueError("the length of Brotli's data differs")
    return found


_DECOMPRESS: dict[int, Callable[[memoryview, int], bytes]] = {
    _BROTLI: _brotli,
    _SNAPPY: _snappy,
    _ZSTD: _zstd,
}


def _at(position: int) -> str:
    return f"byte {position:,}"
