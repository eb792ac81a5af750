"""ArrayRecord files: Riegeli chunks of records, a footer chunk with their places, and a last block with the footer's place.

    signature | chunks of records | footer: a message for the file, and one per chunk (its place, its records) | postscript, 64
    KiB

A record's `offset` is Riegeli's: the position of its chunk plus its number in the chunk. If each chunk has one record (as TFDS
writes them), it is the position of the chunk. `crc` is the checksum that TFRecord would have stored.

Records are found by the footer: if the footer or the postscript is damaged, or the file was cut off, no record can be found, and
the whole file is one fault. If a chunk is damaged, only the records in it are lost.

Format: github.com/google/array_record, cpp/layout.proto.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from vladata.errors import CorruptRecord, FormatError, TruncatedRecord
from vladata.formats.checksum import masked_crc
from vladata.formats.kinds import HEAD, RIEGELI, kind_of
from vladata.formats.riegeli import BLOCK, CUT, DAMAGED, ChunkReader, Fill, Header, is_boundary, varint
from vladata.formats.tfrecord import FramedRecord

MAGIC = 0x71930E704FDAE05E
VERSION = 1
_WIDTHS = {1: 8, 5: 4}  # wire type -> bytes of a field; type 0 is a varint, type 2 has its length in front


@dataclass(frozen=True, slots=True)
class FooterLayout:
    """The content of the footer.

    begins:  the position of each chunk.
    records: the number of records in each chunk.
    sizes:   the bytes of each chunk.
    end:     the position after the last chunk.
    """

    begins: list[int]
    records: list[int]
    sizes: list[int]
    end: int


def scan_records(fill: Fill, size: int) -> Iterator[FramedRecord]:
    """Yield all records of a file of `size` bytes, in order, with their faults. Raises SourceError if they are stored in a way
    that vladata cannot read."""
    reader = ChunkReader(fill)
    try:
        layout = _layout(reader, fill, size)
    except FormatError as fault:
        yield FramedRecord(0, 0, 0, 0, b"", fault)
        return
    number = 0
    for place, (begin, count) in enumerate(zip(layout.begins, layout.records, strict=True)):
        try:
            found = reader.records(_promised(reader, layout, place))
        except FormatError as fault:
            yield from (FramedRecord(number + n, begin + n, 0, 0, b"", fault) for n in range(count))
        else:
            for n, data in enumerate(found):
                yield FramedRecord(number + n, begin + n, len(data), masked_crc(data), data)
        number += count


def read_at(fill: Fill, size: Callable[[], int], offset: int) -> FramedRecord:
    """Return the record at `offset`; if it is missing, a record with a fault.

    size: returns the size of the file. It is called only for a record that is not the first of its chunk, since only the footer
          has the place of that chunk.
    """
    reader = ChunkReader(fill)
    try:
        header = _beginning(reader, offset) or _around(reader, fill, size(), offset)
        data = reader.records(header)[offset - header.begin]
    except FormatError as fault:
        return FramedRecord(-1, offset, 0, 0, b"", fault)
    return FramedRecord(-1, offset, len(data), masked_crc(data), data)


def _beginning(reader: ChunkReader, offset: int) -> Header | None:
    """Return the header of the chunk of records that begins at `offset`; None if there is none."""
    if not is_boundary(offset):
        return None
    try:
        header = reader.header(offset)
    except FormatError:  # no chunk begins here, or it is damaged: look in the footer
        return None
    return header if header.records else None


def _around(reader: ChunkReader, fill: Fill, size: int, offset: int) -> Header:
    """Return the header of the chunk that holds the record at `offset`, found by the footer."""
    layout = _layout(reader, fill, size)
    place = bisect_right(layout.begins, offset) - 1
    if place < 0 or offset - layout.begins[place] >= layout.records[place]:
        raise TruncatedRecord("the file does not have this record", where=f"byte {offset:,}")
    return _promised(reader, layout, place)


def _promised(reader: ChunkReader, layout: FooterLayout, place: int) -> Header:
    """Return the header of a chunk, after comparing it with the footer."""
    header = reader.header(layout.begins[place])
    promised = layout.records[place], layout.sizes[place]
    if (header.records, header.unpacked) != promised or header.end > layout.end:
        raise CorruptRecord(
            "a chunk differs from the footer's description",
            where=f"byte {header.begin:,}",
            got=f"{header.records:,} records of {header.unpacked:,} bytes",
            allowed="{:,} records of {:,} bytes".format(*promised),
        )
    return header


def _layout(reader: ChunkReader, fill: Fill, size: int) -> FooterLayout:
    """Return the layout in the postscript and the footer. Raises FormatError if they are missing or damaged."""
    try:
        if size < BLOCK or size % BLOCK:
            raise TruncatedRecord("its length is not a multiple of 64 KiB", got=size)
        postscript = _fields(_messages(reader, size - BLOCK)[0])
        if postscript.get(2) != MAGIC:
            raise CorruptRecord("its last block is not a postscript")
    except FormatError as fault:
        raise _other_kind(fill, size) or TruncatedRecord(
            f"this is not a whole ArrayRecord file: {fault.what}", where=fault.where, got=fault.got, hint=CUT
        ) from None
    end = postscript.get(1, -1)
    if not isinstance(end, int) or not is_boundary(end) or not 0 <= end < size:
        raise CorruptRecord("the postscript does not say where the footer is", got=end)
    return _chunks(_messages(reader, end), end)


def _messages(reader: ChunkReader, begin: int) -> list[bytes]:
    """Return the records of the chunk at `begin`, at least one."""
    found = reader.records(reader.header(begin))
    if not found:
        raise CorruptRecord("a chunk is empty", where=f"byte {begin:,}")
    return found


def _chunks(footer: list[bytes], end: int) -> FooterLayout:
    """Return the layout that the messages of a footer at `end` describe. Raises FormatError if they contradict each other."""
    where, about = f"byte {end:,}", _fields(footer[0]).get(1, b"")
    told = _fields(about) if isinstance(about, bytes) else {}
    if told.get(1) != VERSION:
        allowed = f"version {VERSION}"
        raise CorruptRecord("unknown version of ArrayRecord", where=where, got=told.get(1), allowed=allowed)
    rows = [_fields(message) for message in footer[1:]]
    begins, sizes, records = ([_number(row.get(field, 0)) for row in rows] for field in (1, 2, 3))
    follows = all(0 <= one < other for one, other in pairwise([*begins, end]))
    counted = (_number(told.get(2, 0)), _number(told.get(3, 0))) == (len(rows), sum(records))
    if not follows or not counted or not all(map(is_boundary, begins)):
        raise CorruptRecord("the footer contradicts itself", where=where, hint=DAMAGED)
    return FooterLayout(begins, records, sizes, end)


def _number(value: int | bytes) -> int:
    return value if isinstance(value, int) else -1


def _fields(message: bytes) -> dict[int, int | bytes]:
    """Return the fields of a protobuf message by their numbers: varints as numbers, everything else as bytes."""
    found: dict[int, int | bytes] = {}
    at = 0
    try:
        while at < len(message):
            tag, at = varint(message, at)
            if tag & 7 == 0:
                found[tag >> 3], at = varint(message, at)
                continue
            width, at = varint(message, at) if tag & 7 == 2 else (_WIDTHS[tag & 7], at)
            found[tag >> 3] = message[at : at + width]
            at += width
    except (ValueError, KeyError):
        raise CorruptRecord("a message of the footer cannot be read", hint=DAMAGED) from None
    return found


def _other_kind(fill: Fill, size: int) -> CorruptRecord | None:
    """Return the fault of a file of another kind, by its first bytes; None if it may be ArrayRecord."""
    head = memoryview(bytearray(min(HEAD, size)))
    kind = kind_of(bytes(head[: fill(0, head)]))
    if kind is None or kind is RIEGELI:
        return None
    return CorruptRecord(f"this is {kind.is_a}, not an ArrayRecord file", where="byte 0", hint=kind.hint)
