"""Images that are separate files, below a folder that the user names, with the names that the corpus gives.

Rule: a corpus may come from anybody, so a name is never trusted. UnsafeName is raised for a name that is absolute, contains
`..`, or leads through a link out of the folder, except into a folder that the user allowed for links. Below a URL it is also
raised for a name that fsspec would take for a chain of URLs, whose parts may be anything (`a.jpg::file:///etc/passwd`). A device,
a pipe or a folder is NotAFile, and opening it never waits. Links that stay within the folder are followed. At most LARGEST_IMAGE
bytes of a file are read.
"""

import errno
import os
import re
import stat
from collections.abc import Sequence

from vladata.corpora.examine import LARGEST_IMAGE, Examiner, Image, too_large
from vladata.errors import DataError, MissingFile, SourceError, UnfitRecord
from vladata.near_path import way_to
from vladata.sources.folder import Folder, explained

REMEMBERED = 1 << 17
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_NO_FILE = (errno.EACCES, errno.EPERM, errno.ENXIO)  # ENXIO: a socket
_LINK = (errno.ELOOP, errno.EMLINK)
_ABSOLUTE = re.compile(r"[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*://")
_CHAIN = "::"
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def check_folder(folder: Folder) -> None:
    """Raise an error if the folder of images is missing or empty, so that not every single record is rejected for it."""
    hint = "Name the folder that holds the image files named by the records."
    if not folder.is_local:
        if _is_unknown(folder):
            raise MissingFile("nothing lies in the images folder", where=folder.url, hint=hint)
        return
    if not os.path.isdir(folder.url):
        is_there = os.path.exists(folder.url)
        what = "the images folder is a file" if is_there else "the images folder does not exist"
        near = "" if is_there else f" {way_to(folder.url)}"
        raise MissingFile(what, where=folder.url, hint=f"{hint}{near}")
    if os.access(folder.url, os.R_OK):  # a folder that cannot be listed may still have readable files
        with explained(folder.url), os.scandir(folder.url) as entries:
            if next(entries, None) is None:
                raise SourceError("the images folder is empty", where=folder.url, hint=hint)


def _is_unknown(folder: Folder) -> bool:
    """Return True if a store says, when asked once, that nothing exists below a URL.

    Return False if the store cannot tell: HTTP has no folders, and a user may be allowed to read files but not to list them.
    """
    try:
        return not folder.url.startswith(("http://", "https://")) and not folder.exists("")
    except SourceError:
        return False


class ImageFolder:
    """The folder of a corpus's images: an absolute path or a URL. links: other folders that links in it may point into."""

    def __init__(self, url: str, links: Sequence[str] = ()) -> None:
        self._folder = Folder(url)
        self._root = os.path.realpath(url) if self._folder.is_local else url
        self._roots = (self._root, *(os.path.realpath(folder) for folder in links))
        self._inside: dict[str, str] = {}  # a folder below this one -> its real path

    def read(self, name: str) -> bytes | None:
        """Return the bytes of the file `name`, or None if there is none."""
        if leads_elsewhere(name) or (not self._folder.is_local and _CHAIN in name):
            raise UnfitRecord("unsafe_name", "the name leads out of the images folder", got=name)
        if not self._folder.is_local:
            return self._fetched(name)
        try:
            handle = self._opened(name)
        except OSError as fault:
            if fault.errno in _NOT_THERE:
                return None
            if fault.errno in (*_NO_FILE, *_LINK):
                raise UnfitRecord("not_a_file", "the image cannot be opened", got=name) from None
            raise SourceError(f"it cannot be read: {fault.strerror}", where=self._folder.path(name)) from None
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise UnfitRecord("not_a_file", "the image is not a plain file", got=name)
            if found.st_size > LARGEST_IMAGE:
                raise too_large(found.st_size)
            with explained(self._folder.path(name)), open(handle, "rb", buffering=0, closefd=False) as file:
                return file.read()
        finally:
            os.close(handle)

    def _opened(self, name: str) -> int:
        folder, _, base = name.rpartition("/")
        real = self._inside.get(folder)
        if real is None:
            if len(self._inside) >= REMEMBERED:
                self._inside.clear()
            real = self._inside[folder] = self._within(os.path.join(self._root, folder), name)
        try:
            return os.open(f"{real}/{base}", _FLAGS)
        except OSError as fault:
            if fault.errno not in _LINK:
                raise
        return os.open(self._within(f"{real}/{base}", name), _FLAGS)

    def _within(self, path: str, name: str) -> str:
        """Return the real path of a file. Raises UnsafeName if it is not in the folder, or in one that links may point into."""
        real = os.path.realpath(path)
        if not any(real == root or real.startswith(root.rstrip("/") + "/") for root in self._roots):
            lies_in = real if os.path.isdir(real) else os.path.dirname(real)
            raise UnfitRecord(
                "unsafe_name",
                "a link leads out of the images folder",
                got=name,
                hint=f"If the link is your own, allow the folder that it leads into: --links-into {lies_in}",
            )
        return real

    def _fetched(self, name: str) -> bytes | None:
        try:
            data = self._folder.read_range(name, 0, LARGEST_IMAGE + 1)
        except MissingFile:
            return None
        if len(data) > LARGEST_IMAGE:
            raise too_large(len(data))
        return data


class ImageFiles:
    """The index entries of the images in a folder. Entries are remembered, since many records share an image."""

    def __init__(self, url: str, links: Sequence[str], examine: Examiner) -> None:
        self._folder = ImageFolder(url, links) if url else None
        self._examine = examine
        self._known: dict[str, Image | DataError | None] = {}

    def find(self, names: Sequence[str]) -> Image:
        """Return the entry of the first of `names` that exists."""
        for name in names:
            if name not in self._known:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[name] = self._looked_at(name)
            found = self._known[name]
            if isinstance(found, DataError):
                raise found
            if found is not None:
                return found
        raise UnfitRecord(
            "missing_image",
            "there is no such image file",
            got=names[0] if len(names) == 1 else ", ".join(names),
        )

    def _looked_at(self, name: str) -> Image | DataError | None:
        if self._folder is None:
            return UnfitRecord(
                "missing_image", "the record names a file, and no images folder is given", got=name
            )
        try:
            data = self._folder.read(name)
            return None if data is None else self._examine(data, name, 0)
        except DataError as fault:
            fault.where = name[:256]
            return fault


def leads_elsewhere(name: str) -> bool:
    """Return True if a name would leave its folder: it is absolute, contains `..`, has a drive or is a URL.

    A colon may be part of a name: 12:30.jpg.
    """
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or "\0" in name or _ABSOLUTE.match(name) is not None
