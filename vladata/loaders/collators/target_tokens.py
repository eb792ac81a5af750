"""The token ids of a target after its prompt, and the ids among them that a loss counts.

The ids of a sample begin with the ids of its prompt, the same as at inference; the target's ids are appended. If the prompt ends
with its text, prompt and target are tokenized as one text ("A:" and " 1 128"). If that would change the ids of the prompt, or a
processor puts something after the prompt, the target is tokenized separately.
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
    """The ids of a target. counted: True for ids that a loss counts; the repeated actions of a chunk are left out."""

    ids: list[int]
    counted: list[bool]

    def ended(self, ids: list[int]) -> "TargetTokens":
        """Return the target with these ids at its end, all of them counted."""
        return TargetTokens([*self.ids, *ids], [*self.counted, *[True] * len(ids)])

    def labels(self, ignored: int) -> list[int]:
        """Return the counted ids, with `ignored` in place of the others."""
        return [id if counts else ignored for id, counts in zip(self.ids, self.counted, strict=True)]


def target_tokens(
    texts: Encoded,
    vocabulary: Vocabulary | None,
    prompt: str | None,
    target: str,
    span: ActionSpan | None,
    between: str,
) -> TargetTokens:
    """Return the tokens of a target. prompt: the text before it, if nothing else follows that text in the prompt; else None.

    between: the text between prompt and target.   vocabulary: the ids that stand for bins; None to tokenize the target as text.
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
    """Return the number of ids at the beginning of a target that hold only its first `cut` characters."""
    part = sample_ids(texts, None, lead, target[:cut], between=gap).target
    same = np.array([a == b for a, b in zip(part, ids, strict=False)], bool)
    return int(np.argmin(same)) if not same.all() else len(same)
