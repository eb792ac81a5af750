"""The place of the action in a target, and of the repeated actions in it, which a loss leaves out.

    Plan: pick apple. Action: 1 128 91 ... 1 128 91 ... 1 128 91
                              start        tail: from here on the last action is repeated   stop

A chunk with a repeated tail has a mask (docs/windows.md). Its text can be cut at the tail only with codecs whose text of the
first n actions is the beginning of the text of all (`maskable`); chunks of other codecs have no such tails.
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
    """The characters of an action in a target.

    start, stop: of the action's text in the target, stop not included.
    tail:        the character from which the text is left out of the loss; `stop` if nothing is left out.
    bins:        int32 [n, W] or [1, M], the bins that the text spells.
    own:         the number of rows of bins that are not left out.
    """

    start: int
    stop: int
    tail: int
    bins: np.ndarray
    own: int


def span_of(terms: Terms | None, batch: Mapping[str, Any], i: int) -> ActionSpan | None:
    """Return the span of sample i of a batch; None if its target spells no action.

    Raises LoadError if the target does not fit its recipe, UsageError if its contract is not known.
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
    """Return the place of the action, found by the templates of its task; None if they spell no action."""
    found = set[tuple[int, int] | None]()
    for reader in terms.readers.get((digest, task), ()):
        try:
            parts = reader.parse(target)
        except ParseError:
            continue
        found.add((parts[ACTION].start, parts[ACTION].stop) if ACTION in parts else None)
    if len(found) != 1:
        how = "no template of its task fits" if not found else "the templates of its task disagree"
        raise LoadError(f"the place of the action in the target is unclear: {how}", where=where, got=target)
    return found.pop()


def _own_text(codec: Any, rows: np.ndarray, own: int, text: str) -> int | None:
    """Return the number of characters that spell the first `own` rows; None if the text does not spell the rows."""
    whole = codec.text(rows)
    if whole != text:
        return None
    words = text.split(" ")
    if len(words) == rows.size:  # one word per bin, one space between words
        return len(" ".join(words[: own * rows.shape[1]]))
    first: str = codec.text(rows[:own])
    return len(first) if text.startswith(first) else None
