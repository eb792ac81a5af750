"""The lines of a file, with memory for one: a longer one is passed over to its end."""

from collections.abc import Iterator
from typing import BinaryIO

from vladata.formats.json_scan import PIECE, Span

_SPACE = b" \t\r"


def read_lines(file: BinaryIO, keep: int) -> Iterator[Span]:
    """Each line that is not blank; its bytes are kept if they are up to `keep`."""
    line, size = bytearray(), 0
    while piece := file.read(PIECE):
        first, *others = piece.split(b"\n")
        size += len(first)
        if size <= keep:
            line += first
        else:
            line = bytearray()
        for other in others:
            if size > keep or line.strip(_SPACE):
                yield Span(bytes(line) if size <= keep else None, size)
            line, size = bytearray(other), len(other)
    if size > keep or line.strip(_SPACE):
        yield Span(bytes(line) if size <= keep else None, size)
