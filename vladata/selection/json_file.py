"""JSON objects with one value for each episode: read from a path or URL, each name once; written with one episode on each
line."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson

from vladata.errors import MalformedJson
from vladata.sources.folder import named_file

FORM = '{"EPISODE": ..., "EPISODE": ...}'
Value = TypeVar("Value")


@dataclass(frozen=True)
class ByEpisode(Generic[Value]):
    """The content of one file. url: its path or URL. episodes: name -> value, in the order of the file. digest: SHA-256 of the
    file."""

    url: str
    episodes: Mapping[str, Value]
    digest: str = field(default="")

    def name_of(self, episode: str, key: str) -> str | None:
        """Return the name that the file has for an episode: its id, or else its key; None if the file has neither."""
        if episode in self.episodes:
            return episode
        return key if key and key in self.episodes else None


def read_object(url: str) -> tuple[Mapping[str, Any], str]:
    """Return the object in a file, and the SHA-256 of the file. Raises MissingFile, SourceError, MalformedJson."""
    folder, name = named_file(url)
    data = folder.read(name)
    # This is the standard library's reader, since orjson does not report names that appear twice.
    if not data.strip():
        raise MalformedJson("the file is empty", where=url, allowed=FORM)
    try:
        content = json.loads(data, object_pairs_hook=lambda pairs: _object(pairs, url))
    except (ValueError, RecursionError) as error:
        raise MalformedJson(
            "this is not JSON", where=url, hint=f"The parser says: {error}. A YAML file is not read here."
        ) from None
    if not isinstance(content, dict):
        got = {list: "a list"}.get(type(content), type(content).__name__)
        raise MalformedJson(
            f"expected an object with episodes as its keys, got {got}", where=url, allowed=FORM
        )
    return content, hashlib.sha256(data).hexdigest()


def _object(pairs: list[tuple[str, Any]], url: str) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedJson("a name appears twice", where=url, got=twice, allowed="each once")
    return content


def entry(name: str, value: object) -> bytes:
    """Return one episode as a line of the file."""
    return orjson.dumps(name) + b": " + orjson.dumps(value)


def text_of(episodes: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """Yield the bytes of a file of (name, value) pairs, piece by piece; the file is never in memory as a whole."""
    lead = b"{\n"
    for name, value in episodes:
        yield lead + entry(name, value)
        lead = b",\n"
    yield b"\n}\n" if lead == b",\n" else b"{}\n"
