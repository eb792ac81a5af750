"""CheckedLabels: a collator of a processor whose label mask is held against what it says, batch by batch.

Of every row: a label is the id of its own place; none stands on a token that stands for a picture, or on padding; the last
one is the end of the target. A mask that is wrong is otherwise not noticed before the model acts.
"""

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from vladata.errors import LoadError
from vladata.loaders.collate import ForProcessor
from vladata.loaders.collators.processor import IGNORED
from vladata.loaders.collators.terms import Terms


class CheckedLabels:
    """A collator, checked. end: the id that ends a target.   pictures: ids that stand for pictures."""

    def __init__(self, collate: ForProcessor, end: int, pictures: frozenset[int]) -> None:
        self._collate, self._end, self._pictures = collate, end, sorted(pictures)

    def bound(self, terms: Terms) -> Self:
        """The collator for samples of these contracts."""
        made = copy.copy(self)
        made._collate = self._collate.bound(terms)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """What a model is trained on. Raises LoadError, which names the sample, where a label is wrong."""
        made = self._collate(batch)
        labels, ids, there = made["labels"], made["input_ids"], made["attention_mask"] == 1
        counted = labels != IGNORED
        wrong = {
            "a label is not the id of its place": (counted & (labels != ids)).any(1),
            "padding has a label": (counted & ~there).any(1),
            "a token that stands for a picture has a label": (counted & np.isin(ids, self._pictures)).any(1),
            "the end of the target has no label": ~_ends(labels, there, self._end),
        }
        for what, rows in wrong.items():
            for i in np.flatnonzero(rows):
                raise LoadError(f"the sample cannot be learnt: {what}", where=batch["key"][i])
        return made

    def for_inference(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Prompts alone, filled up on the left."""
        return self._collate.for_inference(batch)

    def prompt_ids(self, batch: Mapping[str, Any]) -> list[list[int]]:
        """The ids of each prompt, in training and at inference."""
        return self._collate.prompt_ids(batch)


def _ends(labels: np.ndarray, there: np.ndarray, end: int) -> np.ndarray:
    """bool [B]: whether a row's last token has the end as its label."""
    if not labels.size:
        return np.ones(len(labels), bool)
    last = there.shape[1] - 1 - there[:, ::-1].argmax(1)
    found: np.ndarray = labels[np.arange(len(labels)), last] == end
    return found
