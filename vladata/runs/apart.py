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
        if here == there or here.startswith(f"{there}/") or there.startswith(f"{here}/"):
            raise UsageError(
                "the output and its source lie in each other",
                where=out,
                got=source,
                allowed="a folder that is not a source, does not contain one and does not lie in one",
            )


def _real(url: str, real_folder: Callable[[str], str]) -> str:
    found = Folder.at(url)
    if not found.is_local:
        return found.url
    if os.path.islink(found.url):
        return os.path.realpath(found.url)
    folder, name = os.path.split(found.url)
    return os.path.join(real_folder(folder), name)
