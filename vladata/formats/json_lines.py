"""Read the lines of a file, with memory for one line; the bytes of a line over a limit are skipped."""

from collections.abc import Iterator
from typing import BinaryIO

from vladata.formats.json_scan import PIECE, JsonSpan

_SPACE = b" \t\r"


def read_lines(file: BinaryIO, keep: int) -> Iterator[JsonSpan]:
    """Yield each line that is not blank, with its bytes if there are at most `keep`."""
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
                yield JsonSpan(bytes(line) if size <= keep else None, size)
            line, size = bytearray(other), len(other)
    if size > keep or line.strip(_SPACE):
        yield JsonSpan(bytes(line) if size <= keep else None, size)
