"""Errata: corrections of single episodes, as a JSON file.

    {"train-00000-000003": {"instruction": "pick up the red mug"},
     "train-00000-000009": {"exclude": "the camera had fallen"}}

A corrected instruction replaces all instructions of the episode, also missing ones, so that its steps can be used. An empty one
changes nothing: it is a place for a person to fill in. Episodes are named as in keep_ranges.py.
"""

from dataclasses import dataclass

import orjson

from vladata.errors import MalformedJson
from vladata.selection.json_file import ByEpisode, read_object


@dataclass(frozen=True, slots=True)
class Erratum:
    """The correction of one episode: an instruction in place of its own ("" keeps it), or the reason why it is left out (""
    keeps it)."""

    instruction: str = ""
    exclude: str = ""


Errata = ByEpisode[Erratum]


def read_errata(url: str) -> Errata:
    """Read the file at a path or URL. Raises MissingFile, and MalformedJson with the wrong episode."""
    content, digest = read_object(url)
    return Errata(url, {name: _erratum(name, value, url) for name, value in content.items()}, digest)


def _erratum(name: str, value: object, url: str) -> Erratum:
    if isinstance(value, dict) and len(value) == 1:
        kind, text = next(iter(value.items()))
        if kind == "instruction" and isinstance(text, str):
            return Erratum(instruction=text if text.strip() else "")
        if kind == "exclude" and isinstance(text, str) and text:
            return Erratum(exclude=text)
    raise MalformedJson(
        "this is not an erratum",
        where=f"{url}, {name}",
        got=orjson.dumps(value).decode(),
        allowed='{"instruction": "..."} or {"exclude": "why"}',
    )


def said(erratum: Erratum) -> dict[str, str]:
    """Return the value that the file holds for it."""
    return {"exclude": erratum.exclude} if erratum.exclude else {"instruction": erratum.instruction}
