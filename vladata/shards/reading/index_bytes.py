"""Values at scattered places of a file: a small file is held in memory, a larger one is read at these places.

A large file is not mapped into memory: each page that is read, with the pages around it, would count as memory of the process,
releasing pages costs more than reading, and a file that is shortened while it is mapped kills the process.
"""

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vladata.errors import FormatError
from vladata.shards.reading.open_files import OpenFile

HELD = 32 << 20
"""Bytes of the largest file that is read whole and held."""


class IndexBytes(Protocol):
    """The bytes of an index. size: their number."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes of one range. Raises FormatError if they are not all there."""

    def values(self, at: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
        """Return the values at bytes `at`, int64 [n], which are multiples of the size of a value."""

    def pieces(self, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
        """Return the bytes of several ranges."""


class HeldBytes:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)
        self._views: dict[np.dtype[Any], np.ndarray] = {}

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes of one range."""
        return _whole(self._data[max(0, offset) : max(0, offset) + length], length)

    def values(self, at: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
        """Return the values at bytes `at`."""
        if dtype not in self._views:
            self._views[dtype] = np.frombuffer(self._data, dtype, self.size // dtype.itemsize)
        return np.asarray(self._views[dtype][at // dtype.itemsize])

    def pieces(self, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
        """Return the bytes of several ranges."""
        data = self._data
        return [data[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


class FileBytes:
    """A file that is read at single places; values that follow one another are read together."""

    def __init__(self, path: Path) -> None:
        self._file = OpenFile(str(path))
        self.size = self._file.size

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes of one range."""
        return _whole(os.pread(self._file.handle, length, max(0, offset)), length)

    def values(self, at: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
        """Return the values at bytes `at`."""
        return np.frombuffer(b"".join(self._runs(at, at + dtype.itemsize)), dtype)

    def pieces(self, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
        """Return the bytes of several ranges."""
        data = b"".join(self._runs(starts, stops))
        ends = np.cumsum(stops - starts)
        both = zip((ends - stops + starts).tolist(), ends.tolist(), strict=True)
        return [data[start:stop] for start, stop in both]

    def _runs(self, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
        if not len(starts):
            return []
        heads = np.append(0, np.flatnonzero(starts[1:] != stops[:-1]) + 1)
        tails = np.append(heads[1:], len(starts)) - 1
        read, handle = os.pread, self._file.handle
        both = zip(starts[heads].tolist(), (stops[tails] - starts[heads]).tolist(), strict=True)
        return [_whole(read(handle, size, start), size) for start, size in both]


def index_bytes(path: Path) -> IndexBytes:
    """Return the bytes of a local file. Raises OSError."""
    if path.stat().st_size > HELD:
        return FileBytes(path)
    return HeldBytes(path.read_bytes())


def _whole(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise FormatError("the file ends too early", got=f"{len(data):,} of {length:,} bytes")
    return data
