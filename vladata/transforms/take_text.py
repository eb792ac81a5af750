"""The choice of one text where the value of a step holds several: an array of texts, a list, or nested lists.

    first     the first text that has words
    drawn     a text that has words, all equally likely; the choice follows from the episode's id, so steps with the same
              texts get the same text, in every run
    a number  the text at this place, from 0, among all texts of the value in order

A value without such a text gives "", which `faults` reports as a step without words. The schema must choose by `language.take`,
since the texts may be steps of a plan, questions, or other languages.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vladata import keys
from vladata.errors import SourceError
from vladata.records import Column
from vladata.spec.language import Take
from vladata.transforms.decode_text import decode_utf8

Several = (np.ndarray, list, tuple)


def take_texts(column: Column, take: Take | None, episode: str, where: str) -> Column:
    """Return T texts from `column`, whose T values are texts or hold several texts. where: the place, for the error."""
    if not any(isinstance(value, Several) for value in column):
        return column
    if take is None:
        got = max(len(list(_flat(value))) for value in column)
        raise SourceError(
            "expected one text for each step, and a value here holds several",
            where=where,
            got=f"up to {got} texts a step",
            hint="Choose one in the schema: language.take: first, drawn or a number from 0.",
        )
    taken: dict[tuple[Any, ...], Any] = {}  # nearly always all steps of an episode have the same texts
    found = []
    for value in column:
        texts = tuple(_flat(value))
        if texts not in taken:
            taken[texts] = _taken(texts, take, episode, where)
        found.append(taken[texts])
    return found


def _taken(texts: tuple[Any, ...], take: Take, episode: str, where: str) -> Any:
    if isinstance(take, int):
        return texts[take] if take < len(texts) else b""
    spoken = [text for text in texts if decode_utf8([text], where)[0].strip()]
    if not spoken:
        return b""
    return spoken[0 if take == "first" else keys.seed_of(0, "take", episode) % len(spoken)]


def _flat(value: Any) -> Iterator[Any]:
    """Yield the texts of a value, in order."""
    if isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _flat(child)
    else:
        yield value
