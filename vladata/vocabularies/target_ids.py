"""The token ids of one sample: prompt and target, with the ids of a vocabulary for the action.

    Q: what action should the robot take to pick apple? A:| 1 128 91 ...       one space between prompt and target

With kind `integers`, and without a vocabulary, the target is tokenized as text after the prompt. Every other vocabulary puts
its ids in the place of the action's text; the text before and after the action is tokenized separately.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.vocabularies.integers import KIND as INTEGERS
from vladata.vocabularies.vocabulary import Vocabulary


class Encodes(Protocol):
    """The method of a tokenizer that is needed here."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without special tokens."""


@dataclass(frozen=True, slots=True)
class SampleIds:
    """The ids of a sample's prompt and of its target, without special tokens."""

    prompt: tuple[int, ...]
    target: tuple[int, ...]


def sample_ids(
    tokenizer: Encodes,
    vocabulary: Vocabulary | None,
    prompt: str,
    target: str,
    action: tuple[int, int] | None = None,
    bins: np.ndarray | Sequence[int] = (),
    between: str = " ",
) -> SampleIds:
    """Return the ids of a sample.

    action:  start and stop of the action's text in the target; None if the target has no action.
    bins:    the bins of the action.
    between: the text between the prompt and a target that is tokenized as text.

    If the target changes the ids of the prompt before it, the target is tokenized separately.
    """
    lead = tokenizer.encode(prompt)
    if vocabulary is None or action is None or vocabulary.kind == INTEGERS:
        whole = tokenizer.encode(f"{prompt}{between}{target}")
        behind = whole[len(lead) :] if whole[: len(lead)] == lead else tokenizer.encode(target)
        return SampleIds(tuple(lead), tuple(behind))
    start, stop = action
    parts = (tokenizer.encode(target[:start]), vocabulary.ids(bins).tolist(), tokenizer.encode(target[stop:]))
    return SampleIds(tuple(lead), tuple(id for part in parts for id in part))
