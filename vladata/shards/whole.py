"""Whole files: written under another name, renamed, and described by their length and checksum.

Rule: until it has its name, a file is locked (holding.py), so that the remains of a dead process differ from a file that is still
being written. With `durable`, the bytes are on the disk before the name is visible.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import xxhash

from vladata.shards.holding import hold

BUFFERS_A_CALL = 512  # Linux takes at most 1,024 (IOV_MAX) in one writev
READ_SIZE = 1 << 20
Buffer = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written. bytes: its length. checksum: "xxh3:" and 16 hexadecimal digits."""

    bytes: int
    checksum: str


def write_whole(temporary: Path, target: Path, buffers: Iterable[Buffer], durable: bool) -> Written:
    """Write `temporary` and rename it to `target`; a failure leaves neither."""
    handle = hold(temporary, wait=True, flags=os.O_TRUNC)
    try:
        written = _write(handle, buffers)
        os.close(os.dup(handle))  # a network file system says at close that its disk is full
        if durable:
            os.fsync(handle)
        os.rename(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        os.close(handle)
    return written


def _write(handle: int, buffers: Iterable[Buffer]) -> Written:
    state, length = xxhash.xxh3_64(), 0
    for batch in batches(buffers):
        size = 0
        for buffer in batch:
            state.update(buffer)
            size += len(buffer)
        written = os.writev(handle, batch)
        if written < size:
            _write_rest(handle, b"".join(batch)[written:])
        length += size
    return Written(length, f"xxh3:{state.hexdigest()}")


def _write_rest(handle: int, rest: bytes) -> None:
    # A signal or a full disk can cut a writev short; the next call shows which it was.
    while rest:
        rest = rest[os.write(handle, rest) :]


def batches(buffers: Iterable[Buffer]) -> Iterator[list[Buffer]]:
    """Yield the buffers, as many at a time as one call takes."""
    iterator = iter(buffers)
    while batch := list(islice(iterator, BUFFERS_A_CALL)):
        yield batch


def measured(file: BinaryIO) -> Written:
    """Return length and checksum of an opened file."""
    state, length = xxhash.xxh3_64(), 0
    while data := file.read(READ_SIZE):
        state.update(data)
        length += len(data)
    return Written(length, f"xxh3:{state.hexdigest()}")
