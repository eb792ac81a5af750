"""The files of an output, to be compared with those of another output."""

import hashlib
from pathlib import Path

import fsspec


class Content(bytes):
    """The bytes of a file, which a failed comparison shows as their number and a digest: a shard would fill the log."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes, sha256 {hashlib.sha256(self).hexdigest()[:12]}>"


def snapshot(folder: Path) -> dict[str, Content | None]:
    """Every file below `folder`, hidden and temporary ones too; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): Content(path.read_bytes()) if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def files(folder: Path) -> dict[str, Content]:
    """Every file below `folder`, without the folders: what an object store holds."""
    return {name: content for name, content in snapshot(folder).items() if content is not None}


def stored(url: str) -> dict[str, Content]:
    """Every file below a URL, unfinished and hidden ones too."""
    fs, root = fsspec.core.url_to_fs(url)
    return {path.removeprefix(f"{root}/"): Content(fs.cat_file(path)) for path in fs.find(root)}
