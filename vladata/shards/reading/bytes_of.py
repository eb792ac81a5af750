"""Ranges of the shards of an output, as bytes: of a local output here, of a remote output in remote_bytes.py."""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vladata.errors import ChecksumMismatch, TruncatedRecord
from vladata.shards.manifest import Manifest
from vladata.shards.reading.open_files import FILES
from vladata.shards.remote.cache_rule import cache_rule
from vladata.shards.storage import LocalOutput, Output, RemoteOutput

if TYPE_CHECKING:
    from vladata.shards.remote.remote_bytes import RemoteBytes

Range = tuple[int, int]
"""Offset and length."""


class ShardBytes(Protocol):
    """The shards of an output, by their position in the manifest; many threads may fetch at once."""

    def fetch(self, shard: int, ranges: Sequence[Range]) -> Sequence[bytes | memoryview]:
        """Return the bytes of each range, all of them.

        Raises OSError if the shard cannot be read, FormatError if it ends before a range does, or is damaged, and LoadError if a
        server does not answer, which is not a fault of a sample.
        """

    def fetch_many(
        self, wanted: Sequence[tuple[int, Sequence[Range]]]
    ) -> Sequence[Sequence[bytes | memoryview]]:
        """Return the bytes of ranges of many shards; slow requests all run at the same time."""


class LocalBytes:
    """The shards of a local output, read at their offsets; files stay open under a bound (open_files.py)."""

    def __init__(self, output: LocalOutput, manifest: Manifest) -> None:
        self._root, self._shards, self._owner = output.url, manifest.shards, FILES.owner()
        weakref.finalize(self, FILES.forget, self._owner).atexit = False

    def fetch(self, shard: int, ranges: Sequence[Range]) -> list[bytes | memoryview]:
        """Return the bytes of each range."""
        file = FILES.get(self._owner, shard, f"{self._root}/{self._shards[shard].path}")
        return [_whole(file.handle, offset, length) for offset, length in ranges]

    def fetch_many(self, wanted: Sequence[tuple[int, Sequence[Range]]]) -> list[list[bytes | memoryview]]:
        """Return the bytes of ranges of many shards, one after the other."""
        return [self.fetch(shard, ranges) for shard, ranges in wanted]


def bytes_of(output: Output, manifest: Manifest) -> ShardBytes:
    """Return the reader of the bytes of an output's shards."""
    return LocalBytes(output, manifest) if isinstance(output, LocalOutput) else _remote(output, manifest)


def whole_file(output: Output, manifest: Manifest, name: str) -> Path | bytes:
    """Return a file of an output other than a shard: its path on this machine, or its bytes if it cannot be kept here.

    A file of a remote output is compared with the manifest; a local one is not. Raises ChecksumMismatch, and LoadError if it
    cannot be read.
    """
    if isinstance(output, LocalOutput):
        return output.root / name
    found = [entry for entry in manifest.files if entry.path == name]
    if not found:
        raise ChecksumMismatch("the manifest does not list the file", where=f"{output.url}/{name}")
    return _remote(output, manifest).copy(found[0])


def _remote(output: RemoteOutput, manifest: Manifest) -> "RemoteBytes":
    from vladata.shards.remote.asking import RETRY_RULE  # here, since it imports asyncio and more
    from vladata.shards.remote.remote_bytes import RemoteBytes

    return RemoteBytes(output, manifest, cache_rule(output.cache), RETRY_RULE)


def _whole(handle: int, offset: int, length: int) -> bytes:
    data = os.pread(handle, length, offset)
    while len(data) < length and (more := os.pread(handle, length - len(data), offset + len(data))):
        data += more  # one call may give less: after a signal, or beyond 2 GiB
    return _checked(data, offset, length)


def _checked(data: bytes, offset: int, length: int) -> bytes:
    if len(data) < length:
        says = f"the shard ends after {len(data):,} of the {length:,} bytes of the sample"
        raise TruncatedRecord(says, where=f"byte {offset:,}")
    return data
