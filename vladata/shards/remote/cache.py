"""Whole files of remote outputs, kept in a folder of this machine that many processes and threads share.

    FOLDER/vladata-remote/NAME-DIGEST/SHARD     a file of a dataset, under the digest of its manifest
    FOLDER/vladata-remote/tmp/...               files that are being fetched
    FOLDER/vladata-remote/lock                  locked by a process that makes room

Rules:
- A file gets its name when its length and checksum are those of the manifest and its bytes are on the disk. Until then it is
  locked (holding.py): a file that a dead process left has no lock, is never read, and is removed when room is next made.
- With its name it gets its seal: a modification time that is computed from its checksum. A file with another time was changed by
  another program, and is read from end to end and compared with its checksum before a byte of it is used.
- A reader holds a shared lock on a file, so that it is not removed. To make room, only files that were not used since this
  dataset was opened are removed, the least recently used first; a new file for which there is no room is not kept. So a dataset
  larger than the cache keeps its first shards; removing the oldest would remove each shard before it is used again.
- If the disk is full or the folder cannot be written, there is one warning, and loading continues without the cache.
"""

import fcntl
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import xxhash

from vladata.shards.holding import hold, sweep
from vladata.shards.manifest import FileEntry, Manifest, ShardEntry
from vladata.shards.remote.cache_rule import CacheRule
from vladata.shards.whole import READ_SIZE, Buffer, Written, measured

ROOT, TEMPORARY, LOCK = "vladata-remote", "tmp", "lock"
SEALED = 1_000_000_000
"""Seconds: a seal is a time from 2001 to 2035, from 30 bits of the checksum. Every file system keeps whole seconds."""
AGAIN = 30.0
"""Seconds after which a cache that had no room is tried again."""
LOCK_TRIES, LOCK_PAUSE = 100, 0.05


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A file of an output in the cache. name: FOLDER/FILE, below the cache's root."""

    name: str
    bytes: int
    checksum: str

    @property
    def seal(self) -> int:
        """The modification time, in nanoseconds, of a file that was found whole."""
        return (SEALED + (int(self.checksum[-16:], 16) & (1 << 30) - 1)) * 10**9


def kept(manifest: Manifest, entry: ShardEntry | FileEntry) -> CachedFile:
    """Return the cache's entry for a shard or another file of an output."""
    folder = f"{manifest.name}-{manifest.digest[:16]}".replace("/", "+")
    return CachedFile(f"{folder}/{entry.path.replace('/', '+')}", entry.bytes, entry.checksum)


class FileCache:
    """The cache of files. Its only state is the time when it was made, and errors of the folder."""

    def __init__(self, rule: CacheRule) -> None:
        self.rule = rule
        self.root = Path(rule.folder, ROOT)
        self._since = time.time_ns()
        self._full_until, self.closed = 0.0, False

    def read(self, file: CachedFile, ranges: Sequence[tuple[int, int]]) -> list[Buffer] | None:
        """Return the bytes of each range (offset, length); None if the file is not kept, or was changed."""
        handle = self.open(file)
        if handle is None:
            return None
        try:
            found = [os.pread(handle, length, offset) for offset, length in ranges]
        except OSError:
            return None
        finally:
            os.close(handle)
        whole = all(len(data) == length for data, (_, length) in zip(found, ranges, strict=True))
        return list(found) if whole else None

    def open(self, file: CachedFile) -> int | None:
        """Return a descriptor of the whole file, which is not removed while it is open; None if it is not kept."""
        path = self.root / file.name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        with suppress(
            OSError
        ):  # another process is about to remove it: an open file can still be read to its end
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        try:
            if _is_whole(handle, file):
                with suppress(OSError):  # another user's file: its last use cannot be recorded
                    os.utime(handle, ns=(time.time_ns(), file.seal))
                return handle
            os.unlink(path)
        except OSError:
            pass
        os.close(handle)
        return None

    def begin(self, file: CachedFile, must: bool = False) -> "Filling | None":
        """Return room for a file, to be filled by the caller; None if another process fetches or has it, or there is no room.

        must: True to keep it even if it takes more room than the cache's size.
        """
        if not must and (file.bytes > self.rule.size or time.monotonic() < self._full_until):
            return None
        temporary = self.root / TEMPORARY / file.name.replace("/", "+")
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            handle = hold(temporary)
        except BlockingIOError:
            return None
        except OSError as fault:
            self.close(fault)
            return None
        filling = Filling(self.root / file.name, temporary, handle, file)
        try:
            if (done := self.open(file)) is not None:
                os.close(done)
                filling.drop()
                return None
            with self._alone():
                sweep(temporary.parent)
                if not os.path.samestat(os.fstat(handle), os.stat(temporary)):
                    raise BlockingIOError("the file was finished by another process, and removed since")
                if not self._room(file.bytes) and not must:
                    raise BlockingIOError("there is no room")
                os.ftruncate(handle, 0)
                os.ftruncate(handle, file.bytes)  # its size counts from now on
        except BlockingIOError:
            filling.drop()
            self._full_until = time.monotonic() + AGAIN
            return None
        except OSError as fault:
            filling.drop()
            self.close(fault)
            return None
        return filling

    def close(self, fault: OSError) -> None:
        """Keep no more files in this process, and warn once with the reason."""
        self._full_until = float("inf")
        if not self.closed:
            self.closed = True
            warnings.warn(
                f"vladata goes on without its cache of remote shards in {self.rule.folder}: {fault.strerror or fault}. "
                "Make room there, or choose another folder.",
                stacklevel=2,
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the folder. Raises BlockingIOError if other processes hold it for long."""
        for _ in range(LOCK_TRIES):
            with suppress(BlockingIOError):
                handle = hold(self.root / LOCK)
                break
            time.sleep(LOCK_PAUSE)
        else:
            raise BlockingIOError(f"{self.root / LOCK} is held by another process")
        try:
            yield
        finally:
            release(handle)

    def _room(self, wanted: int) -> bool:
        """Remove unused files if necessary, and return True if there is room for `wanted` more bytes."""
        files = [(entry, entry.stat()) for folder in _folders(self.root) for entry in os.scandir(folder)]
        free = self.rule.size - sum(state.st_size for _, state in files) - wanted
        for entry, state in sorted(files, key=lambda file: file[1].st_atime_ns):
            if free >= 0 or state.st_atime_ns >= self._since:
                break
            if Path(entry.path).parent.name != TEMPORARY and _removed(entry.path):
                free += state.st_size
        return free >= 0


class Filling:
    """A file that is being fetched into the cache, under a temporary name and locked by this process."""

    def __init__(self, target: Path, temporary: Path, handle: int, file: CachedFile) -> None:
        self._target, self._temporary, self._handle, self.file = target, temporary, handle, file
        self._state, self._at = xxhash.xxh3_64(), 0

    def write(self, data: Buffer) -> None:
        """Write the next bytes. Raises OSError if the disk is full."""
        self._state.update(data)
        view = memoryview(data)
        while view:
            written = os.pwrite(self._handle, view, self._at)
            view, self._at = view[written:], self._at + written

    def finish(self) -> Written | None:
        """Give the file its name. If it does not match the manifest, return the length and checksum that came, and begin again.

        Raises OSError if the disk is full.
        """
        came = Written(self._at, f"xxh3:{self._state.hexdigest()}")
        if came != Written(self.file.bytes, self.file.checksum):
            self._state, self._at = xxhash.xxh3_64(), 0
            return came
        os.close(os.dup(self._handle))  # a network file system says at close that its disk is full
        os.fsync(self._handle)
        os.utime(self._handle, ns=(time.time_ns(), self.file.seal))
        self._target.parent.mkdir(exist_ok=True)
        os.rename(self._temporary, self._target)
        self._release()
        return None

    def drop(self) -> None:
        """Remove the unfinished file."""
        if self._handle >= 0:
            with suppress(OSError):
                self._temporary.unlink()
            self._release()

    def _release(self) -> None:
        release(self._handle)
        self._handle = -1


def release(handle: int) -> None:
    """Release the lock of a file, then close its descriptor: a copy in a forked child process would keep the lock."""
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _is_whole(handle: int, file: CachedFile) -> bool:
    state = os.fstat(handle)
    if state.st_size != file.bytes:
        return False
    if state.st_mtime_ns == file.seal:
        return True
    with os.fdopen(os.dup(handle), "rb", buffering=READ_SIZE) as opened:
        return measured(opened) == Written(file.bytes, file.checksum)


def _folders(root: Path) -> list[str]:
    return [entry.path for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]


def _removed(path: str) -> bool:
    """Remove a file if no process reads it; return True if it was removed."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
            return True
        finally:
            release(handle)
    return False
