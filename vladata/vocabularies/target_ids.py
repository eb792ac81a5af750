"""The token ids of one sample: its prompt and its target, the action in the vocabulary's ids.

    Q: what action should the robot take to pick apple? A:| 1 128 91 ...       one space between prompt and target

Numbers (kind integers), and a target without a vocabulary, are tokenized as they stand, behind the prompt. Every other vocabulary
puts its ids in the place of the action's text; what stands before and after it in the target is tokenized on its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.vocabularies.integers import KIND as INTEGERS
from vladata.vocabularies.vocabulary import Vocabulary


class Encodes(Protocol):
    """What a tokenizer has to know here."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without special tokens."""


@dataclass(frozen=True, slots=True)
class SampleIds:
    """prompt, target: ids of each, without special tokens."""

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
    """The ids of a sample.

    action:  where the action's text stands in the target; None where it spells none.   bins: what that text spells.
    between: what stands between the prompt and a target that is text.

    Where the ids of the prompt change with what follows, the target is tokenized on its own.
    """
    lead = tokenizer.encode(prompt)
    if vocabulary is None or action is None or vocabulary.kind == INTEGERS:
        whole = tokenizer.encode(f"{prompt}{between}{target}")
        behind = whole[len(lead) :] if whole[: len(lead)] == lead else tokenizer.encode(target)
        return SampleIds(tuple(lead), tuple(behind))
    start, stop = action
    parts = (tokenizer.encode(target[:start]), vocabulary.ids(bins).tolist(), tokenizer.encode(target[stop:]))
    return SampleIds(tuple(lead), tuple(id for part in parts for id in part))
