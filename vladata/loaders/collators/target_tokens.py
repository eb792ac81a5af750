"""The token ids of a target behind its prompt, and which of them a loss counts.

The ids of a prompt are a prefix of those of a sample by construction: they are what inference gives, and the target's are put
behind. Where the prompt's text is the last that the model reads, the target's ids are those that its text has there ("A:" and
" 1 128"); where they would change the ids of the prompt, or a processor puts something behind it, the target is on its own.
"""

from dataclasses import dataclass

import numpy as np

from vladata.loaders.collators.encoder import Encoded
from vladata.loaders.collators.target_spans import ActionSpan
from vladata.vocabularies.integers import KIND as INTEGERS
from vladata.vocabularies.target_ids import sample_ids
from vladata.vocabularies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class TargetTokens:
    """ids: of the target.   counted: which of them a loss counts; the repeated actions of a chunk are left out."""

    ids: list[int]
    counted: list[bool]

    def ended(self, ids: list[int]) -> "TargetTokens":
        """The same with ids at its end, which count."""
        return TargetTokens([*self.ids, *ids], [*self.counted, *[True] * len(ids)])

    def labels(self, ignored: int) -> list[int]:
        """The ids that count, and `ignored` in place of the others."""
        return [id if counts else ignored for id, counts in zip(self.ids, self.counted, strict=True)]


def target_tokens(
    texts: Encoded,
    vocabulary: Vocabulary | None,
    prompt: str | None,
    target: str,
    span: ActionSpan | None,
    between: str,
) -> TargetTokens:
    """The tokens of a target. prompt: the text before it, where that is the last that the model reads; else None.

    between: what stands between the two.   vocabulary: whose ids stand for bins; None where the text is tokenized as it is.
    """
    lead, gap = ("", "") if prompt is None else (prompt, between)
    action = None if span is None else (span.start, span.stop)
    bins = () if span is None else span.bins.reshape(-1)
    ids = list(sample_ids(texts, vocabulary, lead, target, action, bins, gap).target)
    counted = [True] * len(ids)
    if span is not None and span.tail < span.stop:
        if vocabulary is None or vocabulary.kind == INTEGERS:
            first, last = (_shared(texts, lead, target, cut, gap, ids) for cut in (span.tail, span.stop))
        else:
            before = len(texts.encode(target[: span.start]))
            own = vocabulary.ids(span.bins[: span.own].reshape(-1))
            first = before + len(own) - len(vocabulary.end)
            last = before + len(vocabulary.ids(span.bins.reshape(-1))) - len(vocabulary.end)
        counted[first:last] = [False] * (last - first)
    return TargetTokens(ids, counted)


def _shared(texts: Encoded, lead: str, target: str, cut: int, gap: str, ids: list[int]) -> int:
    """How many ids at the beginning of a target are those of its first `cut` characters; one that holds more is none of them."""
    part = sample_ids(texts, None, lead, target[:cut], between=gap).target
    same = np.array([a == b for a, b in zip(part, ids, strict=False)], bool)
    return int(np.argmin(same)) if not same.all() else len(same)
