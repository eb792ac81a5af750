"""Errata: corrections of single episodes, as a JSON file.

    {"train-00000-000003": {"instruction": "pick up the red mug"},
     "train-00000-000009": {"exclude": "the camera had fallen"}}

A corrected instruction replaces all instructions of the episode, also missing ones, so that its steps can be used. An empty text
changes nothing: a person can fill it in later. Episodes are named as in keep_ranges.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from vladata.errors import MalformedJson, nearest
from vladata.selection.json_file import ByEpisode, read_object


@dataclass(frozen=True, slots=True)
class Erratum:
    """The correction of one episode: an instruction that replaces its own, or the reason to leave the episode out; "" for
    neither."""

    instruction: str = ""
    exclude: str = ""


Errata = ByEpisode[Erratum]


def read_errata(url: str) -> Errata:
    """Read the errata file at a path or URL. Raises MissingFile, or MalformedJson, which names the wrong episode."""
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
        "expected one correction of this episode",
        where=f"{url}, {name}",
        got=orjson.dumps(value).decode(),
        allowed='{"instruction": "..."} or {"exclude": "why"}',
        hint=_way_on(value),
    )


def _way_on(value: object) -> str:
    """Return what to do about a value that is not an erratum."""
    if isinstance(value, str):
        return 'A new instruction is written {"instruction": "..."}, a reason to leave the episode out {"exclude": "..."}.'
    if not isinstance(value, dict):
        return ""
    if "exclude" in value and not isinstance(value["exclude"], str):
        return 'exclude is the reason in words, such as "the camera had fallen"; it goes into the output\'s rejected.jsonl.'
    if len(value) > 1:
        return "Give one of the two: an episode that is left out needs no instruction."
    return (
        ""
        if value.keys() & {"instruction", "exclude"}
        else nearest(next(iter(value), ""), ["instruction", "exclude"])
    )


def unfilled(errata: Errata | None) -> Iterator[str]:
    """Yield a remark if instructions of the file are empty, and so change nothing."""
    if errata is None:
        return
    if empty := [name for name, erratum in errata.episodes.items() if erratum == Erratum()]:
        what = f"{len(empty):,} instructions are" if len(empty) > 1 else "1 instruction is"
        yield f"{errata.url}: {what} empty, and changes nothing; the first is of {empty[0]}."


def said(erratum: Erratum) -> dict[str, str]:
    """Return the value that an errata file has for this correction."""
    return {"exclude": erratum.exclude} if erratum.exclude else {"instruction": erratum.instruction}
