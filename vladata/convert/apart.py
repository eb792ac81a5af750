"""An output and what it is made from lie apart: else a run would read its own shards, or remove what it reads."""

import os
from collections.abc import Iterable
from functools import lru_cache

from vladata.errors import UsageError
from vladata.sources.folder import Folder


def refuse_overlap(out: str, sources: Iterable[str]) -> None:
    """Raises UsageError where `out` is one of the sources, lies in one that is a folder, or holds one."""
    here = _real(out)
    for source in sources:
        there = _real(source)
        if here == there or here.startswith(f"{there}/") or there.startswith(f"{here}/"):
            raise UsageError(
                "the output and what it is made from lie in each other",
                where=out,
                got=source,
                allowed="a folder that is no source, holds none and lies in none",
            )


def _real(url: str) -> str:
    found = Folder.at(url)
    if not found.is_local:
        return found.url
    if os.path.islink(found.url):
        return os.path.realpath(found.url)
    folder, _, name = found.url.rpartition("/")
    return f"{_real_folder(folder)}/{name}"


@lru_cache(maxsize=1024)  # a corpus has many files, in few folders
def _real_folder(path: str) -> str:
    return os.path.realpath(path).rstrip("/")
