"""The places of the values in an Arrow IPC file, batch by batch, so that single rows can be read without making batches.

    "ARROW1\\0\\0" | messages and their bodies | footer | length of the footer, int32 | "ARROW1"
    footer   a flatbuffer: schema, blocks of dictionaries, blocks of record batches
    block    offset int64 | bytes of the message int32 | padding 4 | bytes of the body int64
    message  0xFFFFFFFF | length int32 | flatbuffer: for a record batch its rows, and the place of each buffer in the body

A flatbuffer's table begins with the distance to its vtable, which holds the position of each field in the table, 0 for a missing
field. The messages of batches of one schema differ only in a few numbers, so all of them are parsed at once. Format:
arrow.apache.org/docs/format/Columnar.html, google.github.io/flatbuffers.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.errors import FormatError

MAGIC = b"ARROW1"
TAIL = 4 + len(MAGIC)
_BLOCK = np.dtype([("offset", "<i8"), ("message", "<i4"), ("pad", "<i4"), ("body", "<i8")])
_RECORD_BATCH = 3  # the number of record batches in the union of message headers
DICTIONARIES, BATCHES = 2, 3  # fields of a footer
SCHEMA = 8  # the byte at which the message of the schema begins
_HEADER_TYPE, _HEADER = 1, 2  # fields of a message
_LENGTH, _NODES, _BUFFERS, _COMPRESSION = range(4)  # fields of a record batch
_PREFIX = 8  # the continuation mark and the length in front of a message
_PAIR = 16  # the bytes of a node, (rows, nulls), and of a buffer, (offset, length)


@dataclass(frozen=True, eq=False)
class Batches:
    """The record batches of a file.

    rows:    the number of rows of each batch, int64 [N].
    starts:  the byte of the file at which each buffer begins, int64 [N, buffers].
    lengths: the bytes of each buffer, int64 [N, buffers].
    nulls:   the number of missing values in each column, int64 [columns]; nested columns are columns of their own.
    """

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    nulls: np.ndarray


def footer_length(tail: bytes) -> int:
    """Return the length of the footer, from the last TAIL bytes of a file. Raises FormatError if it is not an Arrow file."""
    if len(tail) < TAIL or tail[-len(MAGIC) :] != MAGIC:
        raise FormatError("this is not an Arrow file, by its last bytes", got=tail)
    return int.from_bytes(tail[:4], "little", signed=True)


def blocks(footer: bytes, field: int) -> np.ndarray:
    """Return the blocks that a footer lists, [N], each with offset, message and body. field: DICTIONARIES or BATCHES."""
    try:
        at = _field(footer, _root(footer, 0), field)
        if at == 0:
            return np.empty(0, _BLOCK)
        at += _u32(footer, at)
        return np.frombuffer(footer, _BLOCK, _u32(footer, at), at + 4)
    except (struct.error, ValueError) as fault:
        raise FormatError(f"the footer of the Arrow file is damaged: {fault}") from None


def message_length(head: bytes) -> int:
    """Return the length of a message, from its first eight bytes."""
    return _PREFIX + _u32(head, 4)


def batches(found: np.ndarray, messages: Sequence[bytes], size: int) -> Batches:
    """Return the record batches of a file of `size` bytes. found: its blocks. messages: the bytes of the message of each block.

    Raises FormatError for a batch that is compressed or extends beyond the end of the file.
    """
    groups: dict[int, list[int]] = {}
    for i, message in enumerate(messages):
        groups.setdefault(len(message), []).append(i)
    rows = np.zeros(len(messages), np.int64)
    starts = lengths = np.zeros((len(messages), 0), np.int64)
    nulls = np.zeros(0, np.int64)
    for of_length in groups.values():
        try:
            here = _taken_apart([messages[i] for i in of_length])
        except (struct.error, ValueError, IndexError) as fault:
            raise FormatError(f"a batch of the Arrow file is damaged: {fault}") from None
        if not starts.shape[1]:
            starts, lengths = (np.zeros((len(messages), here.starts.shape[1]), np.int64) for _ in range(2))
            nulls = np.zeros_like(here.nulls)
        if starts.shape[1:] != here.starts.shape[1:] or nulls.shape != here.nulls.shape:
            raise FormatError("the batches of the Arrow file have different columns")
        rows[of_length], lengths[of_length] = here.rows, here.lengths
        starts[of_length], nulls = here.starts, nulls + here.nulls
    bodies = (found["offset"] + found["message"])[:, None]
    ends = starts + lengths
    if (rows < 0).any() or (starts < 0).any() or (lengths < 0).any() or (ends > found["body"][:, None]).any():
        raise FormatError("a batch of the Arrow file lies beyond its own body")
    if len(found) and int((found["offset"] + found["message"] + found["body"]).max()) > size:
        raise FormatError("the Arrow file ends inside a batch")
    return Batches(rows, starts + bodies, lengths, nulls)


def _taken_apart(messages: list[bytes]) -> Batches:
    """Return the batches of messages of equal length; `starts` are positions in each batch's body."""
    first = messages[0]
    table = _root(first, _PREFIX)
    header = _field(first, table, _HEADER)
    kind = first[_field(first, table, _HEADER_TYPE)]
    if kind != _RECORD_BATCH or not header:
        raise FormatError("a block of the Arrow file is not a record batch", got=kind)
    batch = header + _u32(first, header)
    if _field(first, batch, _COMPRESSION):
        raise FormatError("the batches of the Arrow file are compressed")
    at = [_field(first, batch, field) for field in (_LENGTH, _NODES, _BUFFERS)]
    if 0 in at[1:]:
        raise FormatError("a batch of the Arrow file has no columns")
    pairs = [place + _u32(first, place) for place in at[1:]]
    counts = [_u32(first, place) for place in pairs]
    data = np.frombuffer(b"".join(messages), np.uint8).reshape(len(messages), -1)
    nodes, buffers = (
        _numbers(data, place + 4, count * _PAIR).reshape(len(messages), count, 2)
        for place, count in zip(pairs, counts, strict=True)
    )
    rows = _numbers(data, at[0], 8)[:, 0] if at[0] else np.zeros(len(messages), np.int64)
    _check_alike(data, first, [(at[0], 8), *((p + 4, c * _PAIR) for p, c in zip(pairs, counts, strict=True))])
    return Batches(rows, buffers[:, :, 0], buffers[:, :, 1], np.abs(nodes[:, :, 1]).sum(axis=0))


def _check_alike(data: np.ndarray, first: bytes, numbers: list[tuple[int, int]]) -> None:
    """Raise FormatError unless all messages have the layout of the first: the same bytes except in their numbers.

    The length of the body is one of these numbers.
    """
    table = _root(first, _PREFIX)
    fixed = np.ones(len(first), bool)
    for start, size in [*numbers, (_field(first, table, 3), 8)]:
        if start:
            fixed[start : start + size] = False
    if (data[:, fixed] != data[0, fixed]).any():
        raise FormatError("the batches of the Arrow file have different layouts")


def _numbers(data: np.ndarray, start: int, size: int) -> np.ndarray:
    """Return int64 [N, size / 8] from bytes [N, length]."""
    if start + size > data.shape[1]:
        raise ValueError("it ends inside a number")
    return np.ascontiguousarray(data[:, start : start + size]).view("<i8")


def _root(data: bytes, at: int) -> int:
    return at + _u32(data, at)


def _field(data: bytes, table: int, number: int) -> int:
    """Return the position of a field of a table; 0 if the field is missing."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if vtable < 0:
        raise ValueError("a table lies before its beginning")
    place = 4 + 2 * number
    if place + 2 > struct.unpack_from("<H", data, vtable)[0]:
        return 0
    offset: int = struct.unpack_from("<H", data, vtable + place)[0]
    return table + offset if offset else 0


def _u32(data: bytes, at: int) -> int:
    found: int = struct.unpack_from("<I", data, at)[0]
    return found
