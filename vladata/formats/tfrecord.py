"""TFRecord framing: bytes only. Opens no file, knows no protobuf, and reads nothing that its checksum does not vouch for.

    length u64 | crc(length) u32 | data | crc(data) u32        little-endian, one after another, no header, no index

crc(x) is in checksum.py. The length comes first, under a checksum of its own: a reader checks it before it believes it, and
can step over a record whose data is damaged. When the length itself is wrong the next record cannot be found: the file ends
there.

Each record is read into a bytes object of its own: nothing is copied again (image slices are views of it). Format:
TensorFlow's core/lib/io/record_writer.h.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from vladata.errors import CorruptRecord, FormatError, TruncatedRecord
from vladata.formats.checksum import masked_crc
from vladata.formats.kinds import HEAD as WHOLE_HEAD
from vladata.formats.kinds import TFRECORD, kind_of

HEAD = 12
TAIL = 4
_CUT = "Probably a download that was cut: compare its size with the source's, and fetch it again."


@dataclass(frozen=True, slots=True)
class Record:
    """One framed record.

    number: its position, counted from where the scan began; -1 when it was read by offset.
    offset: byte at which its frame begins.
    length: bytes of data that the frame announces; 0 when that cannot be known.
    crc:    masked CRC-32C of the data as the file has it; 0 when there is none.
    data:   the payload; empty when it is not all there. With a wrong checksum, what the file has.
    fault:  None, or why the data cannot be trusted.
    """

    number: int
    offset: int
    length: int
    crc: int
    data: bytes | memoryview
    fault: FormatError | None = None


def frame_parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, data and tail of a framed record, not joined: a writer of large records copies nothing."""
    length = len(data).to_bytes(8, "little")
    head = length + masked_crc(length).to_bytes(4, "little")
    return head, data, masked_crc(data).to_bytes(4, "little")


def frame(data: bytes) -> bytes:
    """`data` as one framed record."""
    return b"".join(frame_parts(data))


def scan_records(file: BinaryIO, start: int = 0) -> Iterator[Record]:
    """All records of a seekable file, from the frame that begins at byte `start`.

    A record with wrong data comes with its fault, and the scan goes on. A file that ends inside a record, or a length
    that its checksum denies, gives one last record with a fault and no data.
    """
    end = file.seek(0, os.SEEK_END)
    offset = file.seek(start)
    number = 0
    head = _read(file, min(HEAD, end - offset))
    while head:
        length, fault = _length(head, offset, end)
        if fault is not None:
            yield Record(number, offset, length, 0, b"", fault if offset else _other_kind(file) or fault)
            return
        data = _read(file, length)
        rest = _read(file, TAIL + HEAD)  # the next frame's head with this one's tail: one system call less
        if len(data) < length or len(rest) < TAIL:
            yield Record(number, offset, length, 0, b"", _truncated(offset, length, len(data) + len(rest)))
            return
        crc = int.from_bytes(rest[:TAIL], "little")
        yield Record(number, offset, length, crc, data, _payload_fault(data, crc, offset))
        offset += HEAD + length + TAIL
        number += 1
        head = rest[TAIL:]


def read_at(file: BinaryIO, offset: int, length: int) -> Record:
    """Return the record of `length` bytes whose frame begins at byte `offset`. Not there is a fault, as in a scan."""
    file.seek(offset)
    return _record(_read(file, HEAD), _read(file, length), _read(file, TAIL), offset, length)


def parse_frame(framed: bytes, offset: int, length: int) -> Record:
    """The same for bytes that were read elsewhere at byte `offset`; they may be too few."""
    end = HEAD + length
    return _record(framed[:HEAD], framed[HEAD:end], framed[end : end + TAIL], offset, length)


def _record(head: bytes, data: bytes, tail: bytes, offset: int, length: int) -> Record:
    announced, fault = _length(head, offset, offset + HEAD + length + TAIL)
    if fault is None and announced != length:
        fault = CorruptRecord(
            "another record begins here", where=f"byte {offset:,}", got=announced, allowed=f"{length:,} bytes"
        )
    if fault is None and (len(data) < length or len(tail) < TAIL):
        fault = _truncated(offset, length, len(data) + len(tail))
    if fault is not None:
        return Record(-1, offset, announced, 0, b"", fault)
    crc = int.from_bytes(tail, "little")
    return Record(-1, offset, length, crc, data, _payload_fault(data, crc, offset))


def _read(file: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer where the file ends; unbuffered files may give less than asked in one call."""
    data = file.read(size)
    if len(data) == size or not data:
        return data
    parts, missing = [data], size - len(data)
    while missing > 0 and (more := file.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)


def _length(head: bytes, offset: int, end: int) -> tuple[int, FormatError | None]:
    """Return the length that a frame's head announces, and what is wrong with it."""
    where = f"byte {offset:,}"
    if len(head) < HEAD:
        what = f"the file ends inside a record's head, {len(head)} of {HEAD} bytes are there"
        return 0, TruncatedRecord(what, where=where, hint=_CUT)
    if masked_crc(head[:8]) != int.from_bytes(head[8:], "little"):
        hint = "No record can be found after this one: fetch the file again."
        return 0, CorruptRecord("the checksum of a record's length does not match", where=where, hint=hint)
    length = int.from_bytes(head[:8], "little")
    if length > end - offset - HEAD - TAIL:
        return length, _truncated(offset, length, max(0, end - offset - HEAD))
    return length, None


def _other_kind(file: BinaryIO) -> CorruptRecord | None:
    """What a file is that does not begin as TFRecord; None if it may be that all the same, damaged."""
    file.seek(0)
    kind = kind_of(_read(file, WHOLE_HEAD))
    if kind is None or kind is TFRECORD:
        return None
    return CorruptRecord(f"this is {kind.is_a}, and no TFRecord", where="byte 0", hint=kind.hint)


def _truncated(offset: int, length: int, remain: int) -> TruncatedRecord:
    what = f"the record says {length:,} bytes and {TAIL} of checksum, {remain:,} remain"
    return TruncatedRecord(what, where=f"byte {offset:,}", hint=_CUT)


def _payload_fault(data: bytes, crc: int, offset: int) -> CorruptRecord | None:
    computed = masked_crc(data)
    if computed == crc:
        return None
    return CorruptRecord(
        "the checksum of a record's data does not match",
        where=f"byte {offset:,}",
        got=f"{computed:08x}",
        allowed=f"{crc:08x}, as the file says",
        hint="The file was damaged after it was written: fetch it again.",
    )
