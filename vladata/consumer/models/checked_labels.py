"""CheckedLabels: a processor's collator whose labels are checked in every batch.

In every row a label must be the id at its own place, no picture token and no padding may have a label, and the last label must be
the end of the target. Without these checks a wrong mask would be noticed only when the model acts.
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
    """A collator with checked labels. end: the id that ends a target.   pictures: the ids of picture tokens."""

    def __init__(self, collate: ForProcessor, end: int, pictures: frozenset[int]) -> None:
        self._collate, self._end, self._pictures = collate, end, sorted(pictures)

    def bound(self, terms: Terms) -> Self:
        """Return this collator for samples of these contracts."""
        made = copy.copy(self)
        made._collate = self._collate.bound(terms)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch for training. Raises LoadError, which names the sample, if a label is wrong."""
        made = self._collate(batch)
        labels, ids, there = made["labels"], made["input_ids"], made["attention_mask"] == 1
        counted = labels != IGNORED
        wrong = {
            "a label is not the id at its place": (counted & (labels != ids)).any(1),
            "padding has a label": (counted & ~there).any(1),
            "a picture token has a label": (counted & np.isin(ids, self._pictures)).any(1),
            "the end of the target has no label": ~_ends(labels, there, self._end),
        }
        for what, rows in wrong.items():
            for i in np.flatnonzero(rows):
                raise LoadError(f"the sample cannot be learnt: {what}", where=batch["key"][i])
        return made

    def for_inference(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the prompts only, padded on the left."""
        return self._collate.for_inference(batch)

    def prompt_ids(self, batch: Mapping[str, Any]) -> list[list[int]]:
        """Return the ids of each prompt, equal in training and at inference."""
        return self._collate.prompt_ids(batch)


def _ends(labels: np.ndarray, there: np.ndarray, end: int) -> np.ndarray:
    """Return bool [B], True where the label of a row's last token is the end."""
    if not labels.size:
        return np.ones(len(labels), bool)
    last = there.shape[1] - 1 - there[:, ::-1].argmax(1)
    found: np.ndarray = labels[np.arange(len(labels)), last] == end
    return found
