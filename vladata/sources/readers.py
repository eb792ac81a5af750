"""The table of readers of sources, and the function that opens a folder with them.

An entry is (file format, reader) -> "module:function". The function takes the folder that the user gave and returns the source,
or None if there is no data of its format; damaged data of its format is an error. Entries are tried in the table's order, and
imported only when they are tried, so that the command line can take names of readers from the table at no cost.

To add a format, add a file with such a function and a class that is a `Source` (source.py), and a line here.
"""

import os
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from vladata.errors import SourceError, UnknownName
from vladata.sources.folder import Folder

if TYPE_CHECKING:
    from vladata.sources.source import Source

SOURCES: dict[tuple[str, str], str] = {
    ("tfrecord", "native"): "vladata.sources.tfrecord:native",
    ("array_record", "native"): "vladata.sources.array_record:native",
    ("lerobot", "native"): "vladata.sources.lerobot.dataset:native",
    ("tfrecord", "tfds"): "vladata.sources.tfrecord:tfds",
    ("array_record", "tfds"): "vladata.sources.array_record:tfds",
    ("hdf5", "native"): "vladata.sources.hdf5.source:open_at",
}
NATIVE = "native"
READERS = tuple(dict.fromkeys(reader for _, reader in SOURCES))


def open_source(src: str | os.PathLike[str], reader: str = NATIVE) -> "Source":
    """Return the dataset at `src`, a local path or a URL: for TFDS a version folder or the folder above it, for HDF5 also a file.

    Raises SourceError if the reader cannot read the dataset, MissingFile if there is none.
    """
    readers = dict.fromkeys(name for _, name in SOURCES)
    if reader not in readers:
        raise UnknownName("reader", reader, list(readers))
    folder = Folder.at(src)
    if found := _opened(folder, reader):
        return found
    for other in readers:
        if other != reader and (found := _opened(folder, other)):
            raise SourceError(
                f"the reader {reader} does not read {found.info.file_format}",
                where=folder.url,
                allowed=", ".join(name for kind, name in SOURCES if kind == found.info.file_format),
                hint=f"Known readers: {_known()}.",
            )
    from vladata.sources.version_folder import no_version_folder

    error = no_version_folder(folder)
    if error.allowed:  # there is data, but of another kind
        error.hint = error.hint or f"Known formats: {_known()}."
    raise error


def _opened(folder: Folder, reader: str) -> "Source | None":
    """Return the source from the first function of this reader that returns one; None if none does."""
    for (_, name), function in SOURCES.items():
        if name == reader:
            found: Source | None = resolve_name(function)(folder)
            if found is not None:
                return found
    return None


def _known() -> str:
    formats: dict[str, list[str]] = {}
    for file_format, reader in SOURCES:
        formats.setdefault(reader, []).append(file_format)
    return "; ".join(f"{', '.join(known)} (--reader {reader})" for reader, known in formats.items())
