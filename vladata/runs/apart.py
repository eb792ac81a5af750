"""Keep an output and its sources apart, so that a run does not read its own shards or remove files of its sources."""

import os
from collections.abc import Callable, Iterable
from functools import lru_cache

from vladata.errors import UsageError
from vladata.sources.folder import Folder


def refuse_overlap(out: str, sources: Iterable[str]) -> None:
    """Raise UsageError if `out` is one of the sources, lies inside a source folder, or contains a source."""
    real_folder = lru_cache(os.path.realpath)  # a corpus has many files, in few folders
    here = _real(out, real_folder)
    for source in sources:
        there = _real(source, real_folder)
        if found := _overlap(here, there):
            raise UsageError(
                found,
                where=out,
                allowed="a folder that is not a source, does not contain one and does not lie in one",
                hint=f"Name a new folder as OUT. The source is {source}",
            )


def _overlap(out: str, source: str) -> str:
    if out == source:
        return "the output is the source itself"
    if out.startswith(f"{source}/"):
        return "the output lies in a source"
    return "a source lies in the output" if source.startswith(f"{out}/") else ""


def _real(url: str, real_folder: Callable[[str], str]) -> str:
    found = Folder.at(url)
    if not found.is_local:
        return found.url
    if os.path.islink(found.url):
        return os.path.realpath(found.url)
    folder, name = os.path.split(found.url)
    return os.path.join(real_folder(folder), name)
