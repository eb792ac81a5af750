"""Ranges of the shards of an output, as bytes: those of a local one here, of an object store in ranges.py."""

import os
from collections.abc import Sequence
from typing import Protocol

from vladata.errors import TruncatedRecord
from vladata.shards.manifest import Manifest
from vladata.shards.open_files import FILES
from vladata.shards.storage import LocalOutput, Output

Range = tuple[int, int]
"""Offset and length."""


class ShardBytes(Protocol):
    """The shards of an output, by their position in the manifest; many threads may fetch at once."""

    def fetch(self, shard: int, ranges: Sequence[Range]) -> Sequence[bytes | memoryview]:
        """The bytes of each range, all of them.

        Raises OSError where the shard cannot be read, FormatError where it ends before a range does.
        """


class LocalBytes:
    """The shards of a local output, read at their offsets; files stay open under a bound (open_files.py)."""

    def __init__(self, output: LocalOutput, manifest: Manifest) -> None:
        self._root, self._shards, self._owner = output.url, manifest.shards, FILES.owner()

    def __del__(self) -> None:
        FILES.forget(self._owner)

    def fetch(self, shard: int, ranges: Sequence[Range]) -> list[bytes | memoryview]:
        """The bytes of each range."""
        file = FILES.get(self._owner, shard, f"{self._root}/{self._shards[shard].path}")
        return [_whole(file.handle, offset, length) for offset, length in ranges]


class OutputBytes:
    """The shards of any output, a file opened for each call."""

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self._output, self._shards = output, manifest.shards

    def fetch(self, shard: int, ranges: Sequence[Range]) -> list[bytes | memoryview]:
        """The bytes of each range."""
        found: list[bytes | memoryview] = []
        with self._output.open(self._shards[shard].path) as file:
            for offset, length in ranges:
                file.seek(offset)
                found.append(_checked(file.read(length), offset, length))
        return found


def bytes_of(output: Output, manifest: Manifest) -> ShardBytes:
    """What reads the shards of an output."""
    return LocalBytes(output, manifest) if isinstance(output, LocalOutput) else OutputBytes(output, manifest)


def _whole(handle: int, offset: int, length: int) -> bytes:
    data = os.pread(handle, length, offset)
    while len(data) < length and (more := os.pread(handle, length - len(data), offset + len(data))):
        data += more  # a signal, or more than 2 GiB
    return _checked(data, offset, length)


def _checked(data: bytes, offset: int, length: int) -> bytes:
    if len(data) < length:
        says = f"the shard ends after {len(data):,} of the {length:,} bytes of the sample"
        raise TruncatedRecord(says, where=f"byte {offset:,}")
    return data
