"""The place of an output: a local folder, or an object store behind fsspec. One interface, two classes.

Rule: every visible name belongs to a whole file. Locally a file is written under WORK/tmp and renamed; object stores have
no rename and show an upload only when it is complete, so there it is written whole. `sync` makes local files survive a
power cut; it is called once, at commit, because a receipt is trusted only if the file's checksum matches.
"""

import errno
import os
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import xxhash

from vladata.errors import MissingExtra, OutputBusy, OutputError
from vladata.shards.holding import hold, sweep
from vladata.shards.naming import WORK
from vladata.shards.remote.cache_rule import CacheRule
from vladata.shards.whole import Buffer, Written, batches, measured, write_whole

LOCK = f"{WORK}/lock"
TEMPORARY = f"{WORK}/tmp"
EXTRAS = {"gs": "gcp", "gcs": "gcp", "s3": "s3", "http": "http", "https": "http"}


def open_output(url: str, cache: CacheRule | None = None) -> "LocalOutput | RemoteOutput":
    """Return the output at a local path or an fsspec URL; nothing is created yet.

    cache: rule for keeping shards of a remote output, and of remote sources of a mixture, on this machine; None for no shards.
    """
    if "://" not in url or url.startswith("file://"):
        return LocalOutput(url.removeprefix("file://"), cache)
    return RemoteOutput(url, cache)


class LocalOutput:
    """A folder on this machine. Paths are relative to it, with slashes."""

    remote = False

    def __init__(self, url: str, cache: CacheRule | None = None) -> None:
        self.cache = cache
        self.url = os.path.abspath(os.path.expanduser(url))
        self.root = Path(self.url)
        self._made: list[Path] = []  # the folders that the lock made, inner ones first

    def write(self, path: str, buffers: Iterable[Buffer], durable: bool = False) -> Written:
        """Write `path` from `buffers` under a temporary name, and rename it into place.

        durable: True to have the bytes on the disk before the name is visible, and the name before this call returns.
        """
        temporary = self.root / TEMPORARY / f"{path.replace('/', '+')}.{threading.get_native_id()}"
        target = self.root / path
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            written = write_whole(temporary, target, buffers, durable)
            if durable:
                sync(target.parent)
        except OSError as fault:
            raise self._explained(fault, path) from fault
        return written

    def _explained(self, fault: OSError, path: str, verb: str = "write") -> OutputError:
        what, where = str(fault.strerror or fault), str(self.root / path)
        hint = "Make room or choose another folder; the same command goes on from here."
        files = [str(place) for place in (self.root, *self.root.parents) if place.is_file()]
        if files and isinstance(fault, NotADirectoryError | FileExistsError):
            what, where, hint = "a file has the name of this folder", files[0], "Name a new or empty folder."
        return OutputError(f"cannot {verb}: {what}", where=where, hint=hint)

    def tidy(self) -> None:
        """Remove the temporary files of processes that have ended."""
        try:
            sweep(self.root / TEMPORARY)
        except OSError as fault:
            raise self._explained(fault, TEMPORARY, "remove") from fault

    def measure(self, path: str) -> Written | None:
        """Return length and checksum of the file, read from the disk; None if it is not there."""
        try:
            with open(self.root / path, "rb") as file:
                return measured(file)
        except FileNotFoundError:
            return None

    def read(self, path: str) -> bytes | None:
        """Return a whole small file; None if it is not there."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, path: str) -> BinaryIO:
        return open(self.root / path, "rb")

    def names(self, folder: str = "") -> list[str]:
        """Return the files below `folder`, relative to the output, sorted; those of the work folder only if `folder` is in it."""
        base = self.root / folder
        found = [
            Path(where, file).relative_to(self.root).as_posix()
            for where, _, files in os.walk(base)
            for file in files
        ]
        return sorted(n for n in found if folder.startswith(WORK) or not n.startswith(f"{WORK}/"))

    def sizes(self) -> dict[str, int]:
        """Return file -> its size in bytes, for all files except those of the work folder."""
        return {name: (self.root / name).stat().st_size for name in self.names()}

    def remove(self, path: str) -> None:
        """Remove a file, and its folder if that is then empty, or a whole folder; do nothing if there is none."""
        target = self.root / path
        try:
            if target.is_dir():
                shutil.rmtree(target)
                return
            target.unlink(missing_ok=True)
            if target.parent != self.root:
                with suppress(OSError):  # not empty, or not there
                    target.parent.rmdir()
        except OSError as fault:
            raise self._explained(fault, path, "remove") from fault

    def move(self, path: str, to: str) -> None:
        """Rename a file, and remove its old folder if that is then empty."""
        source, target = self.root / path, self.root / to
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)
            if source.parent != self.root:
                with suppress(OSError):  # not empty
                    source.parent.rmdir()
        except OSError as fault:
            raise self._explained(fault, path, "rename") from fault

    def sync(self, paths: Iterable[str]) -> None:
        """Wait until the files, and the folders that name them, are on the disk."""
        folders = {self.root, self.root.parent}
        try:
            for path in paths:
                folders.add((self.root / path).parent)
                sync(self.root / path)
            for folder in sorted(folders):
                sync(folder)
        except OSError as fault:
            raise self._explained(fault, "") from fault

    def lock(self) -> int:
        """Lock the output for this process, and return the descriptor that holds the lock. Raises OutputBusy if it is locked.
        The kernel releases the lock when the process ends, however it ends, so there are no stale locks."""
        path = self.root / LOCK
        try:
            self._made = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            return hold(path)
        except BlockingIOError:
            raise OutputBusy(
                "another process is writing this output",
                where=self.url,
                hint="Wait for it, or stop it first.",
            ) from None
        except OSError as fault:
            raise self._explained(fault, LOCK) from fault

    def unlock(self, handle: int) -> None:
        """Release the output, and remove empty folders that only the lock had made."""
        folder = self.root / WORK
        try:
            if os.listdir(folder) == ["lock"]:
                os.unlink(self.root / LOCK)
                for made in (folder, *self._made):
                    made.rmdir()
        except FileNotFoundError:  # another process removed the output
            pass
        except OSError as fault:
            if fault.errno != errno.ENOTEMPTY:  # folders that are not empty are kept, with their parents
                raise self._explained(fault, WORK, "remove") from fault
        finally:
            os.close(handle)


class RemoteOutput:
    """A folder of an object store. It has no lock: two writers of one plan write the same bytes."""

    remote = True

    def __init__(self, url: str, cache: CacheRule | None = None) -> None:
        self._given, self.cache = url, cache
        self._open()
        self.url = url.rstrip("/")

    def _open(self) -> None:
        import fsspec

        url = self._given
        scheme = url.split("://", 1)[0]
        try:
            self._fs, self.root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as fault:
            extra = EXTRAS.get(scheme)
            hint = f'pip install "vladata[{extra}]"' if extra else ""
            raise MissingExtra(f"no file system for {scheme}://", where=url, hint=hint) from fault
        self._process = os.getpid()

    @property
    def fs(self) -> Any:
        """The fsspec file system of this process: its event loop does not survive a fork."""
        if self._process != os.getpid():
            self._open()
        return self._fs

    def __reduce__(self) -> tuple[Any, ...]:
        return RemoteOutput, (self._given, self.cache)

    def path(self, name: str) -> str:
        """Return the path of the file `name` for the file system."""
        return f"{self.root.rstrip('/')}/{name}"

    def write(self, path: str, buffers: Iterable[Buffer], durable: bool = False) -> Written:
        state, length = xxhash.xxh3_64(), 0
        with self.fs.open(self.path(path), "wb") as file:
            for batch in batches(buffers):
                data = b"".join(batch)
                state.update(data)
                length += len(data)
                file.write(data)
        return Written(length, f"xxh3:{state.hexdigest()}")

    def measure(self, path: str) -> Written | None:
        try:
            with self.open(path) as file:
                return measured(file)
        except FileNotFoundError:
            return None

    def read(self, path: str) -> bytes | None:
        from vladata.shards.remote.asking import ask_whole  # here, since local outputs do not need it

        return ask_whole(self, path)

    def open(self, path: str) -> Any:
        return self.fs.open(self.path(path), "rb")

    def names(self, folder: str = "") -> list[str]:
        base = self.root.rstrip("/") + "/"
        self.fs.invalidate_cache()
        try:
            found = self.fs.find(base + folder)
        except FileNotFoundError:
            return []
        relative = [name.removeprefix(base) for name in found]
        return sorted(n for n in relative if folder.startswith(WORK) or not n.startswith(f"{WORK}/"))

    def sizes(self) -> dict[str, int]:
        base = self.root.rstrip("/") + "/"
        self.fs.invalidate_cache()
        found = {
            name.removeprefix(base): entry["size"] for name, entry in self.fs.find(base, detail=True).items()
        }
        return {name: size for name, size in found.items() if not name.startswith(f"{WORK}/")}

    def remove(self, path: str) -> None:
        target = self.path(path)
        if self.fs.exists(target):
            self.fs.rm(target, recursive=True)

    def move(self, path: str, to: str) -> None:
        self.fs.mv(self.path(path), self.path(to))

    def tidy(self) -> None:
        """Do nothing: an upload that was cut short leaves no file."""

    def sync(self, paths: Iterable[str]) -> None:
        """Do nothing: an object store answers only when the bytes are safe."""

    def lock(self) -> int:
        return -1

    def unlock(self, handle: int) -> None:
        """Do nothing, since nothing was locked."""


Output = LocalOutput | RemoteOutput


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, from memory to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
