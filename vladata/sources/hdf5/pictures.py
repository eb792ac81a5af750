"""Encoded pictures in rows of bytes, [T, N], without the padding after them.

ALOHA pads the JPEGs of a camera with zeros to equal lengths, and may store their lengths in `compress_len`, [cameras, T]. The
order of the cameras is not stored; so the row that belongs to a camera is the row whose lengths end its pictures at their end
markers. Without such a table, a JPEG ends at its end marker, which is found by following its segments (ITU-T T.81, annex B), and
a WebP after the length in its header. Other kinds never end in zeros, so zeros at their end are padding.

A frame stays at its step, even if it is damaged. A picture without its end marker is returned as it is; that it is cut off is
found later, as in any other format.
"""

import re
from collections.abc import Sequence

import numpy as np

from vladata.errors import BadImage, MalformedExample
from vladata.image_kinds import JPEG, WEBP, kind_of

LENGTHS = "compress_len"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # a marker, except stuffed bytes of a scan and restarts


def cut(rows: np.ndarray, table: np.ndarray | None, where: str) -> list[memoryview]:
    """Return T views of `rows`, uint8 [T, N] in C order. table: compress_len. Raises MalformedExample if no row of it fits."""
    ends = np.array([_end(row) for row in rows], np.int64)
    if table is not None and table.ndim == 2 and table.shape[1] >= len(rows):
        ends = _row_of(table[:, : len(rows)], rows, ends, where)
    return [row.data[:end] for row, end in zip(rows, ends.tolist(), strict=True)]


def _end(row: np.ndarray) -> int:
    """Return the number of bytes of the picture at the start of a row [N]."""
    data = row.data
    try:
        kind = kind_of(data)
    except BadImage:
        return _without_zeros(row)
    if kind is WEBP:
        return min(8 + int.from_bytes(data[4:8], "little"), len(data))
    return (kind is JPEG and _jpeg_end(data)) or _without_zeros(row)


def _without_zeros(row: np.ndarray) -> int:
    filled = np.flatnonzero(row)
    return int(filled[-1]) + 1 if len(filled) else 0


def _jpeg_end(data: memoryview) -> int:
    """Return the number of bytes up to the end marker of a JPEG; 0 if its segments do not lead to one."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == END_OF_IMAGE:
            return at + 2
        at += 2 + (data[at + 2] << 8 | data[at + 3])
        if marker == START_OF_SCAN:
            found = _MARKER.search(data, at)
            if found is None:
                return 0
            at = found.start()
    return at + 2 if bytes(data[at : at + 2]) == JPEG.end else 0


def _row_of(table: np.ndarray, rows: np.ndarray, ends: np.ndarray, where: str) -> np.ndarray:
    """Return the lengths of the pictures, int64 [T]: the row of `table` [cameras, T] that fits most of them."""
    lengths = [_whole_numbers(row) for row in table]
    scores = [_score(row, rows) for row in lengths]
    best, needed = max(scores, default=0), int(np.count_nonzero(ends))
    if 2 * best <= needed:
        hint = "The table and the pictures disagree, and nobody knows which is right."
        what = f"{LENGTHS} has no row that fits more than half of these pictures"
        raise MalformedExample(what, where=where, got=f"{best:,} of {needed:,}", hint=hint)
    chosen = [row for row, score in zip(lengths, scores, strict=True) if score == best]
    if all(np.array_equal(row, chosen[0]) for row in chosen):
        return chosen[0]
    same = [row for row in chosen if np.array_equal(row, ends)]
    if same:
        return same[0]
    raise MalformedExample(f"several rows of {LENGTHS} fit these pictures equally well", where=where)


def _whole_numbers(row: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        found: np.ndarray = np.nan_to_num(row, nan=0, posinf=0, neginf=0).astype(np.int64).clip(0)
    return found


def _score(lengths: Sequence[int] | np.ndarray, rows: np.ndarray) -> int:
    """Return the number of pictures that are complete with these lengths."""
    return sum(_is_whole(row.data[:n]) for n, row in zip(lengths, rows, strict=True) if 0 < n <= len(row))


def _is_whole(data: memoryview) -> bool:
    try:
        kind = kind_of(data)
    except BadImage:
        return False
    if kind is WEBP:
        return 8 + int.from_bytes(data[4:8], "little") == len(data)
    return data[-len(kind.end) :] == kind.end
