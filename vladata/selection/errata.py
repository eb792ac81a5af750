"""Errata: what is wrong with single episodes, as a JSON file.

    {"train-00000-000003": {"instruction": "pick up the red mug"},
     "train-00000-000009": {"exclude": "the camera had fallen"}}

A corrected instruction takes the place of all that the episode has, empty ones too, so that its steps can be used. An empty
one changes nothing: it is where a person has still to write. Episodes are named as in keep_ranges.py.
"""

from dataclasses import dataclass

import orjson

from vladata.errors import MalformedJson
from vladata.selection.json_file import ByEpisode, read_object


@dataclass(frozen=True, slots=True)
class Erratum:
    """What is said of one episode: an instruction in place of its own ("" leaves it), or why it is left out ("" keeps it)."""

    instruction: str = ""
    exclude: str = ""


Errata = ByEpisode[Erratum]


def read_errata(url: str) -> Errata:
    """The file at a path or URL. MissingFile, MalformedJson with the episode that is wrong."""
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
        "this is no erratum",
        where=f"{url}, {name}",
        got=orjson.dumps(value).decode(),
        allowed='{"instruction": "..."} or {"exclude": "why"}',
    )


def said(erratum: Erratum) -> dict[str, str]:
    """The value that stands for it in the file."""
    return {"exclude": erratum.exclude} if erratum.exclude else {"instruction": erratum.instruction}
