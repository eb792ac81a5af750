"""The folder for indexes and fetched files on this machine, and the most bytes of remote shards in it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vladata.errors import UsageError
from vladata.sizes import bytes_in

FOLDER = "VLADATA_CACHE"
FORMS = '"20GB", a number of bytes, or {"folder": PATH, "size": "20GB"}'

Given = int | str | Mapping[str, int | str | os.PathLike[str]]
"""A cache as users write it."""


def cache_url() -> str:
    """Return the folder (or URL) of all indexes: $VLADATA_CACHE, else ~/.cache/vladata."""
    return os.environ.get(FOLDER) or _at_home()


def _at_home() -> str:
    return str(Path.home() / ".cache" / "vladata")


@dataclass(frozen=True, slots=True)
class CacheRule:
    """The rule for keeping files of remote outputs on this machine.

    folder: the folder for these files.
    size:   bytes that whole shards may take; 0 to keep no shards. An index.arrow is always kept, and counts.
    """

    folder: str
    size: int


def cache_rule(given: "Given | CacheRule | None") -> CacheRule:
    """Return the rule for a user's setting; None keeps no shards. Raises UsageError for a wrong setting."""
    if isinstance(given, CacheRule):
        return given
    folder, size = None, given
    if isinstance(given, Mapping):
        if unknown := sorted(set(given) - {"folder", "size"}):
            raise UsageError("unknown setting of a cache", got=unknown[0], allowed="folder, size")
        if "size" not in given:
            raise UsageError("a cache needs a size", got=dict(given), allowed=FORMS)
        folder, size = given.get("folder"), given["size"]  # type: ignore[assignment]
    return CacheRule(_folder(folder), 0 if size is None else _size(size))


def _folder(given: object) -> str:
    """Return an absolute path, which is valid in workers that were started in other folders."""
    if given is None:
        url = cache_url()
        given = (
            _at_home() if "://" in url else url
        )  # shards are mapped into memory, which no object store offers
    if not isinstance(given, str | os.PathLike) or "://" in os.fspath(given):
        raise UsageError("the cache must be a folder on this machine", got=given, allowed="a local path")
    return os.path.abspath(os.path.expanduser(given))


def _size(given: object) -> int:
    try:
        if isinstance(given, str):
            return bytes_in(given)
    except ValueError as fault:
        raise UsageError(str(fault), where="cache", allowed=FORMS) from None
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise UsageError("unknown size of a cache", got=given, allowed=FORMS)
    return given
