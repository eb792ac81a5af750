"""Where an output lies: a local folder, or an object store behind fsspec. One interface, two classes.

Rule: a name that can be seen holds a whole file. Locally a file is written under WORK/tmp and renamed; object stores have
no rename and show an upload only when it is complete, so there it is written whole. `sync` makes local files survive a
power cut; it is called once, at commit, because a receipt is believed only with the checksum of what is really there.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import xxhash

from vladata.errors import MissingExtra, OutputBusy, OutputError
from vladata.shards.naming import WORK

BUFFERS_A_CALL = 512  # Linux takes at most 1,024 (IOV_MAX) in one writev
READ_SIZE = 1 << 20
EXTRAS = {"gs": "gcp", "gcs": "gcp", "s3": "s3"}
Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written. bytes: its length. checksum: "xxh3:" and 16 hexadecimal digits."""

    bytes: int
    checksum: str


def batches(buffers: Iterable[Buffer]) -> Iterator[list[Buffer]]:
    iterator = iter(buffers)
    while batch := list(islice(iterator, BUFFERS_A_CALL)):
        yield batch


def open_output(url: str) -> "LocalOutput | RemoteOutput":
    """The output at a local path or an fsspec URL; nothing is created yet."""
    if "://" not in url or url.startswith("file://"):
        return LocalOutput(url.removeprefix("file://"))
    return RemoteOutput(url)


class LocalOutput:
    """A folder on this machine. Paths are relative to it, with slashes."""

    remote = False

    def __init__(self, url: str) -> None:
        self.url = os.path.abspath(url)
        self.root = Path(self.url)

    def write(self, path: str, buffers: Iterable[Buffer], durable: bool = False) -> Written:
        """Writes `path` from `buffers` under a temporary name and renames it into place.

        durable: the bytes are on the disk before the name is seen, and the name before this returns.
        """
        temporary = self.root / WORK / "tmp" / f"{path.replace('/', '+')}.{os.getpid()}"
        target = self.root / path
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            written = self._fill(temporary, buffers)
            if durable:
                _sync(temporary)
            os.rename(temporary, target)
            if durable:
                _sync(target.parent)
        except OSError as fault:
            temporary.unlink(missing_ok=True)
            raise self._explained(fault, path) from fault
        return written

    def _fill(self, temporary: Path, buffers: Iterable[Buffer]) -> Written:
        state, length = xxhash.xxh3_64(), 0
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            for batch in batches(buffers):
                size = 0
                for buffer in batch:
                    state.update(buffer)
                    size += len(buffer)
                written = os.writev(handle, batch)
                if written < size:
                    _write_rest(handle, b"".join(batch)[written:])
                length += size
        finally:
            os.close(handle)
        return Written(length, f"xxh3:{state.hexdigest()}")

    def _explained(self, fault: OSError, path: str) -> OutputError:
        hint = "Make room or choose another folder; the same command goes on from here."
        return OutputError(f"cannot write: {fault.strerror or fault}", where=str(self.root / path), hint=hint)

    def measure(self, path: str) -> Written | None:
        """Length and checksum of what is really there; None when nothing is."""
        try:
            with open(self.root / path, "rb") as file:
                return _measured(file)
        except FileNotFoundError:
            return None

    def read(self, path: str) -> bytes | None:
        """A whole small file; None when it is not there."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, path: str) -> BinaryIO:
        return open(self.root / path, "rb")

    def names(self, folder: str = "") -> list[str]:
        """Files below `folder`, relative to the output, sorted; the work folder only when it is asked for."""
        base = self.root / folder
        found = [
            Path(where, file).relative_to(self.root).as_posix()
            for where, _, files in os.walk(base)
            for file in files
        ]
        return sorted(n for n in found if folder.startswith(WORK) or not n.startswith(f"{WORK}/"))

    def remove(self, path: str) -> None:
        """A file or a whole folder; nothing happens where there is none."""
        target = self.root / path
        try:
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
        except OSError as fault:
            raise self._explained(fault, path) from fault

    def sync(self, paths: Iterable[str]) -> None:
        """Returns when the files, and the folders that name them, are on the disk."""
        folders = {self.root, self.root.parent}
        try:
            for path in paths:
                folders.add((self.root / path).parent)
                _sync(self.root / path)
            for folder in sorted(folders):
                _sync(folder)
        except OSError as fault:
            raise self._explained(fault, "") from fault

    def lock(self) -> int:
        """Takes the output for this process, or raises OutputBusy. The kernel gives it back when the process ends,
        however it ends, so that no stale lock is ever in the way. Returns the descriptor that holds it."""
        import fcntl

        path = self.root / WORK / "lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as fault:
            raise self._explained(fault, "") from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise OutputBusy(
                "another process is writing this output",
                where=self.url,
                hint="Wait for it, or stop it first.",
            ) from None
        return handle

    def unlock(self, handle: int) -> None:
        """Gives the output back; an empty folder that only the lock had made goes again."""
        folder = self.root / WORK
        if sorted(os.listdir(folder)) == ["lock"] if folder.is_dir() else False:
            self.remove(WORK)
        os.close(handle)


class RemoteOutput:
    """A folder of an object store. No lock is offered there: two writers of one plan write the same bytes."""

    remote = True

    def __init__(self, url: str) -> None:
        import fsspec

        scheme = url.split("://", 1)[0]
        try:
            self.fs, self.root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as fault:
            extra = EXTRAS.get(scheme)
            hint = f'pip install "vladata[{extra}]"' if extra else ""
            raise MissingExtra(f"no file system for {scheme}://", where=url, hint=hint) from fault
        self.url = url.rstrip("/")

    def _path(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}"

    def write(self, path: str, buffers: Iterable[Buffer], durable: bool = False) -> Written:
        state, length = xxhash.xxh3_64(), 0
        with self.fs.open(self._path(path), "wb") as file:
            for batch in batches(buffers):
                data = b"".join(batch)
                state.update(data)
                length += len(data)
                file.write(data)
        return Written(length, f"xxh3:{state.hexdigest()}")

    def measure(self, path: str) -> Written | None:
        try:
            with self.open(path) as file:
                return _measured(file)
        except FileNotFoundError:
            return None

    def read(self, path: str) -> bytes | None:
        try:
            data: bytes = self.fs.cat_file(self._path(path))
        except FileNotFoundError:
            return None
        return data

    def open(self, path: str) -> Any:
        return self.fs.open(self._path(path), "rb")

    def names(self, folder: str = "") -> list[str]:
        base = self.root.rstrip("/") + "/"
        self.fs.invalidate_cache()
        try:
            found = self.fs.find(base + folder)
        except FileNotFoundError:
            return []
        relative = [name.removeprefix(base) for name in found]
        return sorted(n for n in relative if folder.startswith(WORK) or not n.startswith(f"{WORK}/"))

    def remove(self, path: str) -> None:
        target = self._path(path)
        if self.fs.exists(target):
            self.fs.rm(target, recursive=True)

    def sync(self, paths: Iterable[str]) -> None:
        """An object store has answered only when the bytes were safe."""

    def lock(self) -> int:
        return -1

    def unlock(self, handle: int) -> None:
        """Nothing was locked."""


Output = LocalOutput | RemoteOutput


def _write_rest(handle: int, rest: bytes) -> None:
    # A signal or a full disk can cut a writev short; the next call says which it was.
    while rest:
        rest = rest[os.write(handle, rest) :]


def _measured(file: BinaryIO) -> Written:
    state, length = xxhash.xxh3_64(), 0
    while data := file.read(READ_SIZE):
        state.update(data)
        length += len(data)
    return Written(length, f"xxh3:{state.hexdigest()}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
