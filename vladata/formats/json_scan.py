"""Find the places of the values in a JSON file, without parsing the values.

    {"info": {...}, "data": [{...}, {...}]}
                             -----  -----      the results of span(); the caller then takes the comma or bracket after each

A value ends at the next comma or closing bracket that is neither in a string nor in an inner bracket. So a value with balanced
brackets is skipped, even if it has other errors, and the next one is found. Memory holds a piece of the file and, of a value that
is kept, no more than the caller allows. Brackets and quotes are ASCII, and no byte of a longer UTF-8 character is ASCII, so
characters need not be decoded.

Each pattern is unrolled: at any byte there is only one way to continue, so that a match that fails takes linear time. One match
skips values that nest up to LEVELS deep, which is enough for records of published corpora; deeper values, or values across pieces
of the file, are read bracket by bracket. (Only sets are possessive: Python before 3.11.5 has a bug with possessive groups.)
"""

import re
import sys
from typing import BinaryIO, NamedTuple

PIECE = 1 << 16
LEVELS = 4
_BOM = b"\xef\xbb\xbf"
_QUOTE, _ENDS = b'"'[0], frozenset(b",]}:")


def _beside(stops: str) -> str:
    """Return a pattern for bytes other than `stops`; strings in between may contain any bytes."""
    return rf'[^"{stops}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*"[^"{stops}]*+)*'


def _compiled(stops: str) -> re.Pattern[bytes]:
    """Return a pattern for all bytes up to `stops`, or up to a bracket that is not closed within LEVELS or within the data."""
    brackets = r"\[\]{}"
    within = _beside(brackets)
    for _ in range(LEVELS - 1):
        within = rf"{_beside(brackets)}(?:[\[{{]{within}[\]}}]{_beside(brackets)})*"
    outside = _beside(brackets + stops)
    return re.compile(rf"{outside}(?:[\[{{]{within}[\]}}]{outside})*".encode(), re.DOTALL)


_VALUE, _KEY, _INNER = _compiled(","), _compiled(",:"), _compiled("")
_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*', re.DOTALL)
_OPENING, _CLOSING = re.compile(rb"[\[{]*"), re.compile(rb"[\]}]*")
_SPACE = b" \t\n\r"
_SPACES = re.compile(rb"[ \t\n\r]*")


class JsonSpan(NamedTuple):
    """One value.

    data: its bytes and the spaces around it; None if there are more than `keep` bytes.
    size: the number of these bytes.
    """

    data: bytes | None
    size: int


class Scan:
    """A place in a file that only moves forward."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._data, self._at = b"", 0
        while len(self._data) < len(_BOM) and self._fill():
            pass
        if self._data.startswith(_BOM):
            self._at = len(_BOM)

    def peek(self) -> bytes:
        """Return the next byte that is not a space; b"" at the end of the file."""
        byte = self._data[self._at : self._at + 1]
        while not byte.strip(_SPACE):
            self._at = _end(_SPACES, self._data, self._at)
            if self._at == len(self._data) and not self._fill():
                return b""
            byte = self._data[self._at : self._at + 1]
        return byte

    def take(self) -> bytes:
        """Return the next byte that is not a space, and move past it."""
        byte = self.peek()
        self._at += len(byte)
        return byte

    def span(self, keep: int) -> JsonSpan:
        """Return the value that begins here; its bytes are kept if there are at most `keep`."""
        return self._spanned(_VALUE, keep)

    def key_span(self, keep: int) -> JsonSpan:
        """Return the key that begins here, up to a colon; its bytes are kept if there are at most `keep`."""
        return self._spanned(_KEY, keep)

    def _spanned(self, pattern: re.Pattern[bytes], keep: int) -> JsonSpan:
        data, at = self._data, self._at
        end = _end(pattern, data, at)
        if end == len(data) or data[end] not in _ENDS:
            return self._pieced(pattern, keep)
        self._at = end
        return JsonSpan(data[at:end] if end - at <= keep else None, end - at)

    def _pieced(self, pattern: re.Pattern[bytes], keep: int) -> JsonSpan:
        """Return a value whose end a single match did not reach."""
        kept, size, depth, quoted = bytearray(), 0, 0, False
        while True:
            at, depth, quoted = _passed(pattern, self._data, self._at, depth, quoted)
            size += at - self._at
            if size <= keep:
                kept += self._data[self._at : at]
            elif kept:
                kept = bytearray()
            self._at = at
            ended = at < len(self._data) and not quoted
            if ended or not self._fill():
                if quoted:
                    self._at = len(self._data)  # the file ends within an escape
                return JsonSpan(bytes(kept) if size <= keep else None, size)

    def _fill(self) -> bool:
        """Read the next piece; return False at the end of the file."""
        piece = self._file.read(PIECE)
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int, stop: int = sys.maxsize) -> int:
    found = pattern.match(data, at, stop)
    assert found is not None, "every pattern also matches the empty text"
    return found.end()


def _passed(
    pattern: re.Pattern[bytes], data: bytes, at: int, depth: int, quoted: bool
) -> tuple[int, int, bool]:
    """Return the place at which a value ends in `data`, or else the end of `data`; the number of open brackets at this place;
    and True if it is within a string. A backslash at the end of `data` is left for the next piece, which has its other half."""
    while True:
        if quoted:
            at = _end(_TEXT, data, at)
            if data[at : at + 1] != b'"':
                return at, depth, True
            at, quoted = at + 1, False
        at = _end(_INNER if depth else pattern, data, at)
        if at == len(data):
            return at, depth, False
        if data[at] == _QUOTE:
            at, quoted = at + 1, True
            continue
        opened, closed = _end(_OPENING, data, at) - at, _end(_CLOSING, data, at, at + depth) - at
        if not opened and not closed:
            return at, 0, False
        at, depth = at + opened + closed, depth + opened - closed
