"""Small web corpora for the tests, written by the tools that write real ones, and what is read of them.

jpeg(n), png(n), bomb()          encoded images; equal n give equal bytes
tar(path, members)               a tar of (name, bytes) by Python's tarfile
index(spec, sources, ...)        the rows of a corpus as dicts, all files after one another
"""

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from vladata.corpora.corpus import open_corpus
from vladata.corpora.part import CorpusIndexing
from vladata.spec.corpus import CorpusSpec
from vladata.spec.find import corpus as find_corpus
from vladata.spec.read import validate


@cache
def jpeg(n: int = 0, height: int = 24, width: int = 32) -> bytes:
    pixels = np.random.default_rng(n).integers(0, 256, (height, width, 3), np.uint8)
    made: bytes = simplejpeg.encode_jpeg(pixels, quality=90)
    return made


@cache
def png(n: int = 0, height: int = 24, width: int = 32) -> bytes:
    pixels = np.random.default_rng(n).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in some hundred bytes; its end is there."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def tar(path: Path, members: Iterable[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1_700_000_000.5  # a fraction, as webdataset writes it: one PAX header a member
            archive.addfile(info, io.BytesIO(data))
    return path


def spec(text: str) -> CorpusSpec:
    """A declaration of the test's own."""
    return validate(CorpusSpec, f"name: mine\n{text}", "mine.yaml")


def index(
    named: str | CorpusSpec,
    sources: Sequence[str | Path] | str | Path,
    images: str | Path = "",
    looks: bool = False,
    split: str = "train",
) -> list[dict[str, Any]]:
    listed = [sources] if isinstance(sources, str | Path) else sources
    found = find_corpus(named) if isinstance(named, str) else named
    opened = open_corpus(found, [str(source) for source in listed], str(images), split)
    indexer = CorpusIndexing(opened, looks).indexer()
    return [row for file in opened.files for row in indexer.part(file).to_pylist()]


def kept(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["outcome"] is None]


def reasons(rows: Sequence[dict[str, Any]]) -> list[str | None]:
    return [row["reason"] for row in rows]


def texts(row: dict[str, Any]) -> list[str]:
    return [answer["text"] for answer in row["answers"]]
