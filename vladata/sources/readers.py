"""Who reads what: the table of sources, and the way from a folder to an opened one.

An entry is (file format, reader) -> "module:function". The function takes the folder that the user named and gives the source,
or None if nothing of its format lies there; what is its format and is broken is an error. Entries are tried in the table's
order, and imported when they are tried: the table costs nothing, so the command line takes its names from here.

To add a format: one file with such a function and a class that is a `Source` (source.py), and one line here.
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
    """Return the dataset at `src`, local or by URL: of TFDS a version folder or the folder above it, of HDF5 a folder or a file.

    SourceError if the reader does not read what lies there, MissingFile if no dataset does.
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
                hint=f"What there is: {_known()}.",
            )
    from vladata.sources.version_folder import no_version_folder

    error = no_version_folder(folder)
    if error.allowed:  # something is there
        error.hint = error.hint or f"Formats that are read: {_known()}."
    raise error


def _opened(folder: Folder, reader: str) -> "Source | None":
    """Return the source that the first of the reader's functions gives."""
    for (_, name), function in SOURCES.items():
        if name == reader:
            found: Source | None = resolve_name(function)(folder)
            if found is not None:
                return found
    return None


def _known() -> str:
    return ", ".join(f"{file_format} (--reader {reader})" for file_format, reader in SOURCES)
