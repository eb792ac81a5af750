"""Where the values of a JSON file lie: bytes in, extents out, no value made.

    {"info": {...}, "data": [{...}, {...}]}
                             -----  -----      what span() gives, with the comma or bracket behind it still to take

Rule: a value goes up to the next comma or closing bracket that is in no string and no inner bracket. So any value whose
brackets balance is passed over, whatever is wrong within it, and the next one is found. Memory holds a piece of the file and,
of a value that is kept, no more than the caller allows. Brackets and quotes are ASCII, and no byte of a longer UTF-8
character is: characters need not be known.

Each pattern is unrolled: at any byte there is one way to go on, so that a match that fails takes linear time. One match passes
what nests up to LEVELS deep, which records of published corpora do; what is deeper, or spans pieces of the file, goes on
bracket by bracket. (Only sets are possessive: of groups, Python before 3.11.5 gets that wrong.)
"""

import re
import sys
from typing import BinaryIO, NamedTuple

PIECE = 1 << 16
LEVELS = 4
_BOM = b"\xef\xbb\xbf"
_QUOTE, _ENDS = b'"'[0], frozenset(b",]}:")


def _beside(stops: str) -> str:
    """Return a pattern for bytes other than `stops`, and strings of any bytes among them."""
    return rf'[^"{stops}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*"[^"{stops}]*+)*'


def _compiled(stops: str) -> re.Pattern[bytes]:
    """Return a pattern for all up to `stops` or a bracket that is not closed within LEVELS or in the bytes at hand."""
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


class Span(NamedTuple):
    """One value.

    data: its bytes and the space around them; None if they are more than were to be kept.
    size: how many these are.
    """

    data: bytes | None
    size: int


class Scan:
    """A place in a file, which goes forward only."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._data, self._at = b"", 0
        while len(self._data) < len(_BOM) and self._fill():
            pass
        if self._data.startswith(_BOM):
            self._at = len(_BOM)

    def peek(self) -> bytes:
        """Return the next byte that is no space; b"" at the end of the file."""
        byte = self._data[self._at : self._at + 1]
        while not byte.strip(_SPACE):
            self._at = _end(_SPACES, self._data, self._at)
            if self._at == len(self._data) and not self._fill():
                return b""
            byte = self._data[self._at : self._at + 1]
        return byte

    def take(self) -> bytes:
        """The same, and goes past it."""
        byte = self.peek()
        self._at += len(byte)
        return byte

    def span(self, keep: int) -> Span:
        """Return the value that begins here, kept if it has up to `keep` bytes."""
        return self._spanned(_VALUE, keep)

    def key_span(self, keep: int) -> Span:
        """The same of a key, which goes up to a colon."""
        return self._spanned(_KEY, keep)

    def _spanned(self, pattern: re.Pattern[bytes], keep: int) -> Span:
        data, at = self._data, self._at
        end = _end(pattern, data, at)
        if end == len(data) or data[end] not in _ENDS:
            return self._pieced(pattern, keep)
        self._at = end
        return Span(data[at:end] if end - at <= keep else None, end - at)

    def _pieced(self, pattern: re.Pattern[bytes], keep: int) -> Span:
        """What one match does not reach the end of."""
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
                    self._at = len(self._data)  # half an escape, with which the file ends
                return Span(bytes(kept) if size <= keep else None, size)

    def _fill(self) -> bool:
        """Reads on; False at the end of the file."""
        piece = self._file.read(PIECE)
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int, stop: int = sys.maxsize) -> int:
    found = pattern.match(data, at, stop)
    assert found is not None, "every pattern matches nothing, too"
    return found.end()


def _passed(
    pattern: re.Pattern[bytes], data: bytes, at: int, depth: int, quoted: bool
) -> tuple[int, int, bool]:
    """How far `data` goes on with a value: to what ends it, or to the end of `data`; there, how many brackets are open, and
    whether a string is. All of `data` is passed but a backslash at its end, of which the other half is still to come."""
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
