"""Instructions from bytes or padded integers.

    utf8               bytes, one text for each step
    utf8_bytes_padded  a row of integers for each step, each a byte of UTF-8, cut at the first 0 (language_table)

Bytes that are not UTF-8 do not stop the episode: they are kept as lone surrogates (Python's surrogateescape), which no
valid text contains. `is_bad` finds them and `raw` returns the bytes, so that `faults` can report the step. An integer
outside 0..255 is not a byte, and is kept as 0xFF, which UTF-8 never contains. Octo and OpenVLA read the integers as code
points, which is the same for ASCII only. Nearly always all steps of an episode have the same text: it is decoded once.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vladata.errors import SourceError
from vladata.records import Column
from vladata.transforms.select_columns import described

NO_BYTE = 0xFF


def decode_utf8(column: Column, where: str = "") -> list[str]:
    """Return T texts. column: T bytes-like values, or T texts."""
    texts = list(column)
    if not texts:
        return []
    if not isinstance(texts[0], bytes | bytearray | memoryview | str):
        raise _not_text("utf8", column, "text", where)
    if texts.count(texts[0]) == len(texts):
        return [_text(texts[0])] * len(texts)
    return [_text(text) for text in texts]


def decode_padded(column: Column, where: str = "") -> list[str]:
    """Return T texts. column: an integer array [T, L], or T integer arrays [L] of any lengths."""
    rows = column if isinstance(column, np.ndarray) and column.ndim else list(column)
    if not all(isinstance(row, np.ndarray) and row.dtype.kind in "iu" and row.ndim == 1 for row in rows[:1]):
        raise _not_text("utf8_bytes_padded", column, "one row of integers a step", where)
    if len(rows) == 0:
        return []
    if not isinstance(rows, np.ndarray):
        return [_row(np.asarray(row)) for row in rows]
    return _rows(rows)


def _rows(column: np.ndarray) -> list[str]:
    """Return the texts of an integer array [T, L]; nearly always all rows are equal."""
    same = column[1:] == column[:-1]
    if np.count_nonzero(same) == same.size:
        return [_row(column[0])] * len(column)
    return [_row(row) for row in column]


DECODERS: Mapping[str, Callable[[Column, str], list[str]]] = {
    "utf8": decode_utf8,
    "utf8_bytes_padded": decode_padded,
}
"""Value of `language.decode` -> the function that decodes a column."""


def is_bad(text: str) -> bool:
    """Return True if `text` was made from bytes that are not UTF-8."""
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def raw(text: str) -> bytes:
    """Return the bytes from which `text` was made."""
    return text.encode("utf-8", "surrogateescape")


def _text(data: Any) -> str:
    return data if isinstance(data, str) else bytes(data).decode("utf-8", "surrogateescape")


def _row(row: np.ndarray) -> str:
    is_zero = row == 0
    end = int(is_zero.argmax()) if np.count_nonzero(is_zero) else len(row)
    values = row[:end].tolist()
    return _text(bytes(value if 0 <= value <= 255 else NO_BYTE for value in values))


def _not_text(decode: str, column: Column, allowed: str, where: str) -> SourceError:
    got = described(column)
    hint = (
        "Set language.decode of the schema to the way in which the text is stored: utf8 or utf8_bytes_padded."
    )
    return SourceError(
        f"the instruction is not stored as {decode}", where=where, got=got, allowed=allowed, hint=hint
    )
