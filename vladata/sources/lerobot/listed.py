"""The catalogue of a dataset, read once in a process, and again after its files have changed."""

from functools import lru_cache

from vladata import keys
from vladata.sources.folder import Folder
from vladata.sources.lerobot import lines, tables
from vladata.sources.lerobot.catalogue import Catalogue
from vladata.sources.lerobot.meta import Meta


def stamp_of(folder: Folder, meta: Meta) -> str:
    """Return a text that changes when the metadata changes, without reading it."""
    names = tables.files(folder) if meta.several_a_file else lines.FILES
    return keys.digest([meta.text.decode("utf-8", "replace"), *(f"{n} {folder.version(n)}" for n in names)])


@lru_cache(maxsize=4)
def catalogue_of(folder: Folder, meta: Meta, stamp: str) -> Catalogue:
    """Return the episodes of the dataset at `folder`. Raises SourceError and MalformedJson for metadata with mistakes.

    stamp: the stamp of the metadata; the result is cached by it.
    """
    return (tables.of_tables if meta.several_a_file else lines.of_lines)(folder)
