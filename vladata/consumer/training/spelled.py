"""The tokens of a target that spell its action, and those of them that spell terminate.

target   Plan: reach. Action: 1 128 91          tokens   Plan ##: reach ##. Action ##: 1 128 91 <end>
                                                places                                 6..9, terminate at 6
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.consumer.models.backbone import Tokens
from vladata.errors import LoadError
from vladata.loaders.collators.target_spans import ActionSpan, span_of
from vladata.loaders.collators.terms import Terms
from vladata.vocabularies.vocabulary import Vocabulary

TERMINATE = "terminate"


class Spelling:
    """A finder of actions among the tokens of targets.

    terms:      the action contracts of the samples.
    vocabulary: the ids that stand for bins; None if actions are written as text."""

    def __init__(self, tokens: Tokens, terms: Terms, vocabulary: Vocabulary | None = None) -> None:
        self.tokens, self.terms, self.vocabulary = tokens, terms, vocabulary

    def places(self, batch: Mapping[str, Any], i: int, ids: Sequence[int]) -> tuple[ActionSpan, range] | None:
        """Return the span of sample i, and the places of its action in the ids of its target; None if it has no action.

        batch: columns of vladata.load.
        ids:   the ids of the target, with its end token. Raises LoadError if the action is not found.
        """
        span = span_of(self.terms, batch, i)
        if span is None:
            return None
        if self.vocabulary is not None:
            return span, _within(list(ids), self.vocabulary.ids(span.bins).tolist(), batch["key"][i])
        return span, self._by_text(batch["target"][i], span, ids, batch["key"][i])

    def terminates(self, batch: Mapping[str, Any], i: int, ids: Sequence[int], numbers: range) -> list[int]:
        """Return the places in a target's ids that spell terminate; [] without terminate. numbers: the ids of the numbers."""
        digest = batch["contract"][i]
        if not digest:
            return []
        codec = self.terms.codecs[digest]
        if codec.width is None or codec.spelled_names[0] != TERMINATE:
            return []
        found = self.places(batch, i, ids)
        if found is None:
            return []
        spelled = [place for place in found[1] if ids[place] in numbers]
        if len(spelled) % codec.width:
            what = f"expected {codec.width} number tokens for each action of the target, got {len(spelled)} in all"
            raise LoadError(what, where=batch["key"][i], got=batch["target"][i])
        return spelled[:: codec.width]

    def _by_text(self, target: str, span: ActionSpan, ids: Sequence[int], where: str) -> range:
        """Return the range of tokens whose characters are in the action's text.

        Spaces are not counted, because tokens may place them differently."""
        start, stop = (len("".join(target[:end].split())) for end in (span.start, span.stop))
        inside, said = list[int](), 0
        for place, id in enumerate(ids):
            piece = "".join(self.tokens.piece(int(id), first=place == 0).split())
            if start < said + len(piece) and said < stop and piece:
                inside.append(place)
            said += len(piece)
        if not inside or said < stop:
            raise LoadError(
                "the tokens of the target do not spell the target's action", where=where, got=target
            )
        return range(inside[0], inside[-1] + 1)


def _within(ids: list[int], wanted: list[int], where: str) -> range:
    """Return the range in `ids` that equals `wanted`. Raises LoadError if there is none."""
    for start in range(len(ids) - len(wanted) + 1):
        if ids[start : start + len(wanted)] == wanted:
            return range(start, start + len(wanted))
    what = "the target's tokens do not hold the vocabulary's ids of its action"
    raise LoadError(what, where=where, got=str(ids))


def target_of(labels: np.ndarray) -> slice:
    """Return the place of a row's target, from its first label to its last. Tokens between these may have no label."""
    there = np.flatnonzero(labels != -100)
    return slice(int(there[0]), int(there[-1]) + 1)
