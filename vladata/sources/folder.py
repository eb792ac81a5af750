"""A folder of files, on the local disk or behind a URL: their names and bytes.

Every error of a disk or server becomes MissingFile or SourceError with the file's full name, and is never an exception of a
library. Local paths do not need fsspec; a URL (a text with "://") does, see remote.py.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from vladata.errors import MissingFile, SourceError, UsageError, VladataError
from vladata.near_path import EMPTY, way_to


@dataclass(frozen=True, slots=True)
class Folder:
    """Files by their names relative to `url`, with "/" between the parts.

    url: absolute local path, or URL without a slash at its end.
    """

    url: str

    @classmethod
    def at(cls, url: str | os.PathLike[str]) -> "Folder":
        """Return the folder at the path or URL that a user gave; relative paths, "~" and file:// are resolved."""
        text = os.fspath(url)
        if text.startswith("file://"):
            text = text[len("file://") :]
        if not text:
            raise UsageError("a path is empty", hint=EMPTY)
        if "://" in text:
            return cls(text.rstrip("/"))
        return cls(os.path.abspath(os.path.expanduser(text)))

    @property
    def is_local(self) -> bool:
        return "://" not in self.url

    def path(self, name: str) -> str:
        """Return the full name of a file in this folder."""
        return f"{self.url}/{name}" if name else self.url

    def within(self, name: str) -> "Folder":
        """Return the folder `name` in this one."""
        return Folder(self.path(name))

    def names(self) -> list[str]:
        """Return the sorted names in this folder; names of folders end in "/". Not every server can list a folder."""
        with explained(self.url):
            if not self.is_local:
                from vladata.sources import remote

                return remote.names(self.url)
            with os.scandir(self.url) as entries:
                return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries)

    def open(self, name: str) -> BinaryIO:
        """Return the open file, seekable; a local file is unbuffered, since its readers read large pieces."""
        path = self.path(name)
        with explained(path):
            if not self.is_local:
                from vladata.sources import remote

                return remote.open_file(path)
            return open(path, "rb", buffering=0)

    def read(self, name: str) -> bytes:
        """Return the whole file."""
        with self.open(name) as file, explained(self.path(name)):
            return file.read()

    def read_range(self, name: str, start: int, length: int) -> bytes:
        """Return `length` bytes from byte `start`, fewer at the end of the file. A remote file takes one request."""
        path = self.path(name)
        with explained(path):
            if not self.is_local:
                from vladata.sources import remote

                return remote.read_range(path, start, length)
            with open(path, "rb", buffering=0) as file:
                file.seek(start)
                return file.read(length)

    def version(self, name: str) -> str:
        """Return a text that changes with the content of the file, without reading the file.

        For a local file it is the size and the time of change; for a remote file the size and the store's version (ETag,
        generation, checksum, time of change), or only the size if the server gives no version.
        """
        path = self.path(name)
        with explained(path):
            if not self.is_local:
                from vladata.sources import remote

                return remote.version(path)
            found = os.stat(path)
            return f"{found.st_size} {found.st_mtime_ns}"

    def versions(self) -> dict[str, str]:
        """Return name -> version of all files of a remote folder, by one listing of the store."""
        from vladata.sources import remote

        with explained(self.url):
            return remote.versions(self.url)

    def exists(self, name: str) -> bool:
        """Return True if there is a file of this name."""
        path = self.path(name)
        try:
            with explained(path):
                if self.is_local:
                    return os.path.isfile(path)
                from vladata.sources import remote

                remote.describe(path)
        except MissingFile:
            return False
        return True


def named_file(url: str) -> tuple[Folder, str]:
    """Return the folder and the name of a file that a user named. Raises MissingFile, with near names, if a local one is not
    there."""
    folder, name = os.path.split(url)
    found = Folder.at(folder or ".")
    path = found.path(name)
    if found.is_local and not os.path.lexists(path):
        raise MissingFile("the file does not exist", where=path, hint=way_to(path))
    return found, name


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Raise errors of the operating system or a backend about `path` as our errors."""
    try:
        yield
    except VladataError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        cause = (
            error.__cause__
        )  # fsspec reports every HTTP failure as "not found", and keeps the failure here
        is_gone = cause is None or isinstance(cause, LookupError)  # memory:// looks names up in a dict
        if not is_gone and getattr(cause, "status", 0) != 404:
            raise SourceError(f"it cannot be read: {cause}", where=path) from error
        raise MissingFile("the file or folder does not exist", where=path) from None
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SourceError(f"it cannot be read: {reason}", where=path) from error
    except Exception as error:  # each backend of fsspec raises other exceptions
        if "://" not in path:
            raise
        raise SourceError(f"it cannot be read: {type(error).__name__}: {error}", where=path) from error
