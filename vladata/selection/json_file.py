"""JSON objects of one value an episode: read from a path or URL, no name twice; written a line an episode."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from vladata.errors import MalformedJson
from vladata.sources.folder import Folder


def read_object(url: str) -> tuple[Mapping[str, Any], str]:
    """The object, and the SHA-256 of the file. MissingFile, SourceError, MalformedJson."""
    folder, name = os.path.split(url)
    data = Folder.at(folder or ".").read(name)
    # The standard library's reader, since it is the one that tells of names that stand twice.
    try:
        content = json.loads(data, object_pairs_hook=lambda pairs: _object(pairs, url))
    except (ValueError, RecursionError) as error:
        raise MalformedJson("this is no JSON", where=url, hint=f"The parser says: {error}.") from None
    if not isinstance(content, dict):
        raise MalformedJson(
            "a value of the wrong type", where=url, got=type(content).__name__, allowed="an object"
        )
    return content, hashlib.sha256(data).hexdigest()


def _object(pairs: list[tuple[str, Any]], url: str) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise MalformedJson("a name stands twice", where=url, got=twice, allowed="each once")
    return content


def entry(name: str, value: object) -> bytes:
    """One of them, as it stands in a file."""
    return orjson.dumps(name) + b": " + orjson.dumps(value)


def text_of(episodes: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """The bytes of a file of these names and values; nothing is held."""
    lead = b"{\n"
    for name, value in episodes:
        yield lead + entry(name, value)
        lead = b",\n"
    yield b"\n}\n" if lead == b",\n" else b"{}\n"
