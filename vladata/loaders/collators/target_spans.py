"""Where a target spells its action, and where in it the repeated actions begin that a loss leaves out.

    Plan: pick apple. Action: 1 128 91 ... 1 128 91 ... 1 128 91
                              start        tail: from here on the last action is repeated   stop

A chunk whose tail is repeated has a mask (docs/windows.md). Its text has one only for codecs of which the text of the first n
actions is the beginning of that of all (`maskable`); other codecs have no such tails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.errors import LoadError, ParseError
from vladata.language.tasks.places import ACTION
from vladata.loaders.collators.terms import Terms, known


@dataclass(frozen=True, slots=True)
class ActionSpan:
    """start, stop: of the action's text in the target, stop not included.   tail: where what is left out begins; stop where
    nothing is.   bins: int32 [n, W] or [1, M], what the text spells.   own: how many rows of them are not left out."""

    start: int
    stop: int
    tail: int
    bins: np.ndarray
    own: int


def span_of(terms: Terms | None, batch: Mapping[str, Any], i: int) -> ActionSpan | None:
    """The span of sample i of a batch; None where its target spells no action.

    Raises LoadError where the target is none of its recipe's, UsageError where its contract is not known.
    """
    digest, where = batch["contract"][i], batch["key"][i]
    if not digest:
        return None
    known(terms, digest, where)
    assert terms is not None
    target = batch["target"][i]
    part = _part(terms, digest, batch["task"][i], target, where)
    if part is None:
        return None
    start, stop = part
    codec = terms.codecs[digest]
    block: np.ndarray = batch["bins"][i]
    if codec.width is None:
        ids = block.reshape(-1)
        there = len(ids) - int(np.argmax(ids[::-1] != -1)) if (ids != -1).any() else 0
        return ActionSpan(start, stop, stop, ids[None, :there], 1)
    valid = int(batch["valid"][i])
    rows = block[: codec.chunk, : codec.width]
    repeats = codec.chunk > 1 and terms.contracts[digest]["windows"]["tail"] == "repeat"
    rows = rows if repeats else rows[:valid]
    if valid >= len(rows):
        return ActionSpan(start, stop, stop, rows, len(rows))
    own = _own_text(codec, rows, valid, target[start:stop])
    if own is None:
        raise LoadError("the target does not spell the bins of the sample", where=where, got=target)
    return ActionSpan(start, stop, start + own, rows, valid)


def _part(terms: Terms, digest: str, task: str, target: str, where: str) -> tuple[int, int] | None:
    """Where the action stands by the templates of its task; None where they hold none."""
    found = set[tuple[int, int] | None]()
    for reader in terms.readers.get((digest, task), ()):
        try:
            parts = reader.parse(target)
        except ParseError:
            continue
        found.add((parts[ACTION].start, parts[ACTION].stop) if ACTION in parts else None)
    if len(found) != 1:
        how = "no template of its task fits it" if not found else "templates of its task differ about it"
        raise LoadError(f"it is unclear where the target spells its action: {how}", where=where, got=target)
    return found.pop()


def _own_text(codec: Any, rows: np.ndarray, own: int, text: str) -> int | None:
    """How many characters of the text of all rows spell the first `own`; None where it is no text of theirs."""
    whole = codec.text(rows)
    if whole != text:
        return None
    words = text.split(" ")
    if len(words) == rows.size:  # one word a bin, one space between
        return len(" ".join(words[: own * rows.shape[1]]))
    first: str = codec.text(rows[:own])
    return len(first) if text.startswith(first) else None
