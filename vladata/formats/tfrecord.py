"""TFRecord: records with checksums, all of which are checked. The content of records is not parsed.

    length u64 | crc(length) u32 | data | crc(data) u32        little-endian, record after record, no header, no index

checksum.py computes crc(x). The length has its own checksum, which is checked before the length is used, so that a record with
damaged data can be skipped. If the length is wrong, the next record cannot be found, and reading ends.

Each record is read into its own bytes object and not copied again (image slices are views of it). Format: TensorFlow's
core/lib/io/record_writer.h.
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
class FramedRecord:
    """One framed record.

    number: its number, counted from the start of the scan; -1 if it was read by offset.
    offset: the byte at which its frame begins.
    length: the bytes of data that the frame announces; 0 if it is not known.
    crc:    the masked CRC-32C of the data, from the file; 0 if there is none.
    data:   the data; empty if it is not complete. If the checksum is wrong, the bytes in the file.
    fault:  the reason why the data cannot be trusted; None if there is none.
    """

    number: int
    offset: int
    length: int
    crc: int
    data: bytes | memoryview
    fault: FormatError | None = None


def frame_parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return head, data and tail of a framed record, not joined, so that large records are not copied."""
    length = len(data).to_bytes(8, "little")
    head = length + masked_crc(length).to_bytes(4, "little")
    return head, data, masked_crc(data).to_bytes(4, "little")


def frame(data: bytes) -> bytes:
    """Return `data` as one framed record."""
    return b"".join(frame_parts(data))


def scan_records(file: BinaryIO, start: int = 0) -> Iterator[FramedRecord]:
    """Yield all records of a seekable file, from the frame that begins at byte `start`.

    A record with damaged data comes with its fault, and the scan continues. If the file ends inside a record, or a length has a
    wrong checksum, the last record has a fault and no data.
    """
    end = file.seek(0, os.SEEK_END)
    offset = file.seek(start)
    number = 0
    head = _read(file, min(HEAD, end - offset))
    while head:
        length, fault = _length(head, offset, end)
        if fault is not None:
            yield FramedRecord(
                number, offset, length, 0, b"", fault if offset else _other_kind(file) or fault
            )
            return
        data = _read(file, length)
        rest = _read(file, TAIL + HEAD)  # reading the next head with this tail saves a system call
        if len(data) < length or len(rest) < TAIL:
            yield FramedRecord(
                number, offset, length, 0, b"", _truncated(offset, length, len(data) + len(rest))
            )
            return
        crc = int.from_bytes(rest[:TAIL], "little")
        yield FramedRecord(number, offset, length, crc, data, _payload_fault(data, crc, offset))
        offset += HEAD + length + TAIL
        number += 1
        head = rest[TAIL:]


def read_at(file: BinaryIO, offset: int, length: int) -> FramedRecord:
    """Return the record of `length` bytes whose frame begins at byte `offset`; if it is missing, a record with a fault."""
    file.seek(offset)
    return _record(_read(file, HEAD), _read(file, length), _read(file, TAIL), offset, length)


def parse_frame(framed: bytes, offset: int, length: int) -> FramedRecord:
    """Return the record of `length` bytes in `framed`, which was read at byte `offset` and may be too short."""
    end = HEAD + length
    return _record(framed[:HEAD], framed[HEAD:end], framed[end : end + TAIL], offset, length)


def _record(head: bytes, data: bytes, tail: bytes, offset: int, length: int) -> FramedRecord:
    announced, fault = _length(head, offset, offset + HEAD + length + TAIL)
    if fault is None and announced != length:
        fault = CorruptRecord(
            "a different record begins here",
            where=f"byte {offset:,}",
            got=announced,
            allowed=f"{length:,} bytes",
        )
    if fault is None and (len(data) < length or len(tail) < TAIL):
        fault = _truncated(offset, length, len(data) + len(tail))
    if fault is not None:
        return FramedRecord(-1, offset, announced, 0, b"", fault)
    crc = int.from_bytes(tail, "little")
    return FramedRecord(-1, offset, length, crc, data, _payload_fault(data, crc, offset))


def _read(file: BinaryIO, size: int) -> bytes:
    """Return `size` bytes, or fewer at the end of the file. An unbuffered file may need several calls for them."""
    data = file.read(size)
    if len(data) == size or not data:
        return data
    parts, missing = [data], size - len(data)
    while missing > 0 and (more := file.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)


def _length(head: bytes, offset: int, end: int) -> tuple[int, FormatError | None]:
    """Return the length that a frame's head announces, and the fault of this length or None."""
    where = f"byte {offset:,}"
    if len(head) < HEAD:
        what = f"the file ends inside a record's head, of which {len(head)} of {HEAD} bytes are there"
        return 0, TruncatedRecord(what, where=where, hint=_CUT)
    if masked_crc(head[:8]) != int.from_bytes(head[8:], "little"):
        hint = "The records after this one cannot be found: fetch the file again."
        return 0, CorruptRecord("the checksum of a record's length does not match", where=where, hint=hint)
    length = int.from_bytes(head[:8], "little")
    if length > end - offset - HEAD - TAIL:
        return length, _truncated(offset, length, max(0, end - offset - HEAD))
    return length, None


def _other_kind(file: BinaryIO) -> CorruptRecord | None:
    """Return the fault of a file of another kind than TFRecord; None if it may be a damaged TFRecord."""
    file.seek(0)
    kind = kind_of(_read(file, WHOLE_HEAD))
    if kind is None or kind is TFRECORD:
        return None
    return CorruptRecord(f"this is {kind.is_a}, not a TFRecord file", where="byte 0", hint=kind.hint)


def _truncated(offset: int, length: int, remain: int) -> TruncatedRecord:
    what = f"the record has {length:,} bytes and {TAIL} of checksum, but only {remain:,} remain"
    return TruncatedRecord(what, where=f"byte {offset:,}", hint=_CUT)


def _payload_fault(data: bytes, crc: int, offset: int) -> CorruptRecord | None:
    computed = masked_crc(data)
    if computed == crc:
        return None
    return CorruptRecord(
        "the checksum of a record's data does not match",
        where=f"byte {offset:,}",
        got=f"{computed:08x}",
        allowed=f"{crc:08x}, as in the file",
        hint="The file was damaged after it was written: fetch it again.",
    )
