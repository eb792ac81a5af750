"""The unfit steps of a standardised episode, each with its fault.

Only the first fault of a step is reported, in this order: action or state not finite, instruction not UTF-8, instruction without
words. The schema decides whether a step without words is rejected or filtered (`language.empty`).
"""

from collections.abc import Sequence

import numpy as np

from vladata.errors import BadText, DataError, EmptyInstruction, NotFinite
from vladata.records import Episode
from vladata.spec.dataset import DatasetSpec
from vladata.transforms.decode_text import is_bad, raw


def step_faults(
    episode: Episode, spec: DatasetSpec | None = None, chain: str | None = None
) -> list[tuple[int, DataError]]:
    """Return (position in `episode`, fault) of every unfit step, in order. spec: gives the names of dimensions for messages."""
    found: dict[int, DataError] = {}
    for index, text in _bad_texts(episode):
        where = _where(episode, index)
        if is_bad(text):
            found[index] = BadText("the instruction is not UTF-8", where=where, got=raw(text))
        else:
            found[index] = EmptyInstruction("the instruction has no words", where=where, got=text)
    state_names = spec.state.names if spec and spec.state else ()
    action_names = spec.chain(chain).names if spec else ()
    for column, names in (("state", state_names), ("action", action_names)):
        found |= _not_finite(episode, column, names)
    return sorted(found.items(), key=lambda fault: fault[0])


def _bad_texts(episode: Episode) -> list[tuple[int, str]]:
    texts = episode.steps["instruction"]
    bad = {text for text in set(texts) if is_bad(text) or not text.strip()}
    return [(i, text) for i, text in enumerate(texts) if text in bad] if bad else []


def _not_finite(episode: Episode, column: str, names: Sequence[str]) -> dict[int, DataError]:
    values = episode.steps[column]
    finite = np.isfinite(values)
    if finite.all():
        return {}
    found: dict[int, DataError] = {}
    for index in np.flatnonzero(~finite.all(axis=1)).tolist():
        bad = np.flatnonzero(~finite[index]).tolist()
        named = ", ".join(names[i] if names else str(i) for i in bad)
        what = f"the {column} is not finite in {named}"
        found[index] = NotFinite(what, where=_where(episode, index), got=float(values[index][bad[0]]))
    return found


def _where(episode: Episode, index: int) -> str:
    return f"{episode.where}, step {episode.numbers[index]}"
