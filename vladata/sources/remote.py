"""Files behind a URL, through fsspec: gs://, s3://, http(s)://, memory:// and fsspec's other protocols.

A range takes one request, a scan one request per 8 MiB; a folder is listed only if its names are needed. An HTTP server that
answers a range with the whole file (such as Python's http.server) works, too: the file is then fetched once into a temporary
folder, which fsspec deletes when the process ends. folder.py translates the errors of backends.
"""

from functools import lru_cache
from typing import Any, BinaryIO, cast

from vladata.errors import MissingExtra, SourceError, UsageError

BLOCK = 8 << 20
VERSION_MARKS = (  # the names that fsspec's backends give to marks of a file's version
    *("ETag", "Content-MD5", "Digest", "Last-Modified"),  # http://
    *("LastModified", "etag", "generation", "md5Hash", "last_modified"),  # s3:// has ETag too; gs://, az://
    *("blob_id", "created", "mtime"),  # hf://, memory://, sftp://
)
_EXTRAS = {"gs": "gcp", "gcs": "gcp", "s3": "s3", "s3a": "s3", "http": "http", "https": "http"}
_INSTALLED = {name: f'"vladata[{extra}]"' for name, extra in _EXTRAS.items()} | {"hf": "huggingface_hub"}


def names(url: str) -> list[str]:
    """Return the names in the folder, sorted; names of folders end in "/"."""
    system, path = _system(url)
    found = set()
    for entry in system.ls(path, detail=True):
        base = entry["name"].rstrip("/").rsplit("/", 1)[-1]
        is_folder = entry["type"] == "directory" or entry["name"].endswith("/")
        found.add(f"{base}/" if is_folder else base)
    return sorted(found)


def matching(pattern: str) -> list[str]:
    """Return the URLs of the files that match a pattern, sorted."""
    system, path = _system(pattern)
    return sorted(_url(system, found) for found in system.glob(path) if system.isfile(found))


def below(url: str) -> list[str]:
    """Return the URLs of the files in the folder and in all folders below it, sorted."""
    system, path = _system(url)
    return sorted(_url(system, found) for found in system.find(path))


def open_file(url: str) -> BinaryIO:
    """Return the file, seekable; reading it from front to back requests 8 MiB at a time."""
    if not _sends_ranges(url):
        return _fetched(url)
    system, path = _system(url)
    return cast(BinaryIO, system.open(path, "rb", block_size=BLOCK, cache_type="readahead"))


def read_range(url: str, start: int, length: int) -> bytes:
    """Return `length` bytes from byte `start`, fewer at the end of the file."""
    if not _sends_ranges(url):
        with _fetched(url) as file:
            file.seek(start)
            return file.read(length)
    system, path = _system(url)
    return bytes(system.cat_file(path, start=start, end=start + length))


def describe(url: str) -> Any:
    """Return the backend's information about the file, without its content."""
    system, path = _system(url)
    return system.info(path)


def version(url: str) -> str:
    """Return the size of the file, and every mark of the backend that changes with its content."""
    found = describe(url)
    if found["size"] is None:
        raise SourceError("the server does not say how large the file is", where=url)
    return _version(found)


def versions(url: str) -> dict[str, str]:
    """Return a map from name to version of all files in the folder and below it, by one listing of the store."""
    system, path = _system(url)
    system.invalidate_cache(path)  # otherwise fsspec may return an earlier listing of this process
    found = system.find(path, detail=True)
    return {name.removeprefix(path).lstrip("/"): _version(entry) for name, entry in found.items()}


def _version(described: Any) -> str:
    marks = [f"{name}={described[name]}" for name in VERSION_MARKS if described.get(name)]
    return " ".join([str(described["size"]), *marks])


def _system(url: str) -> tuple[Any, str]:
    """Return the fsspec file system for `url`, and the path within it. fsspec keeps one instance per process and backend."""
    import fsspec

    protocol = url.split("://", 1)[0]
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(url))
    except ImportError as error:
        wanted = _INSTALLED.get(protocol)
        hint = f"pip install {wanted}" if wanted else f"fsspec says: {error}"
        what = f"{protocol}:// needs a package that is not installed"
        raise MissingExtra(what, where=url, hint=hint) from None
    except ValueError:
        allowed = "a local path, gs://, s3://, http(s)://, or another protocol that fsspec knows"
        raise UsageError("unknown protocol", where=url, got=protocol, allowed=allowed) from None


def _url(system: Any, path: str) -> str:
    return str(system.unstrip_protocol(path))


@lru_cache(maxsize=4096)
def _sends_ranges(url: str) -> bool:
    """Return True if the server can send the middle of a file; every backend but plain HTTP can."""
    if not url.startswith(("http://", "https://")):
        return True
    system, path = _system(url)
    try:
        with system.open(path, "rb", block_size=1, cache_type="none") as file:
            file.seek(1)
            file.read(1)
    except ValueError:  # fsspec raises it if it asked for a range and got the whole file, or got no size
        return False
    return True


def _fetched(url: str) -> BinaryIO:
    import fsspec

    system, path = fsspec.core.url_to_fs(f"simplecache::{url}")
    return cast(BinaryIO, system.open(path, "rb"))
