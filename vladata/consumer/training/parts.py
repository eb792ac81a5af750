"""The trainer's collator: this process's samples of a step, in parts that are learnt one after another.

A part holds the model's inputs, and facts about its samples: their keys, datasets, tasks and actions. The order of the samples
does not depend on the number of parts.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from vladata.consumer.models.backbone import Backbone, Collator
from vladata.consumer.training.loss import IGNORED
from vladata.consumer.training.spelled import Spelling, target_of
from vladata.errors import LoadError, UsageError
from vladata.loaders.collators.terms import Terms
from vladata.spec.training import TrainingSpec
from vladata.vocabularies.vocabulary import Vocabulary

TOLD = ("key", "dataset", "task", "prompt", "target", "contract", "action", "mask", "valid", "bins", "index")
"""Columns that a part keeps in addition to the model's inputs."""


@dataclass(frozen=True, eq=False)
class Part:
    """The samples that go through the model in one call.

    arrays: the model's inputs, with labels, and with loss_weights already multiplied by the weight of the task.
    spread: float32 [B, L], standard deviations of numbers; None if no number is spread.
    said:   the columns of TOLD.
    asked:  the inputs of only the prompts, as at inference; None if no answers are wanted.
    """

    arrays: Mapping[str, np.ndarray]
    spread: np.ndarray | None
    said: Mapping[str, Any]
    asked: Mapping[str, np.ndarray] | None = None


class Parts:
    """The trainer's collator: it calls the model's collator for each part, and multiplies loss_weights by task weights."""

    def __init__(
        self,
        backbone: Backbone,
        spec: TrainingSpec,
        vocabulary: Vocabulary | None,
        parts: int,
        ask: bool = False,
    ) -> None:
        """Check the config's loss against the model.

        parts: the number of parts; a batch with fewer samples has fewer parts.   ask: True to add the prompts without targets.
        Raises UsageError if the loss spreads or weighs numbers and the model has no tokens for them."""
        self.collator: Collator = backbone.collator(getattr(spec.model, "max_length", None))
        self.tokens, self.numbers = backbone.tokens, numbers_of(backbone)
        self.spec, self.vocabulary, self.parts, self.ask = spec, vocabulary, parts, ask
        self.spelling: Spelling | None = None
        if self.numbers is None and (spec.loss.smooth or spec.loss.terminate != 1):
            name = "smooth" if spec.loss.smooth else "terminate"
            raise UsageError(
                f"loss.{name} needs a model that has a token for each of the numbers 0..255, and this model has none",
                where=spec.name,
                got=getattr(spec.loss, name),
                hint="Leave the key out, or use a model of kind tiny.",
            )

    def bound(self, terms: Terms) -> Self:
        """Return this collator for samples of these contracts; a loader calls it."""
        made = copy.copy(self)
        made.collator = self.collator.bound(terms)
        made.spelling = Spelling(self.tokens, terms, self.vocabulary)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> list[Part]:
        """Return the parts of a batch. Raises LoadError for a sample without a label."""
        count = len(batch["key"])
        edges = np.linspace(0, count, min(self.parts, count) + 1).astype(int).tolist()
        return [
            self._part({name: rows(column, a, b) for name, column in batch.items()})
            for a, b in pairwise(edges)
        ]

    def _part(self, batch: Mapping[str, Any]) -> Part:
        said = {name: batch[name] for name in TOLD if name in batch}
        arrays = _arrays(self.collator(batch))
        _check(arrays["labels"], batch["key"])
        weights = (
            arrays["loss_weights"] * np.array([self.spec.weight(task) for task in batch["task"]])[:, None]
        )
        arrays["loss_weights"] = weights.astype(np.float32)
        asked = _arrays(self.collator.for_inference(batch)) if self.ask else None
        return Part(arrays, self._spread(batch, arrays), said, asked)

    def _spread(self, batch: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> np.ndarray | None:
        """Return the standard deviation by which each number is spread, and multiply loss_weights by the weight of terminate.

        The tokens of terminate are never spread. Returns None if no number is spread."""
        numbers, own = self.numbers, self.spec.loss.terminate
        sigmas = np.array([self.spec.smoothing(task) for task in batch["task"]], np.float32)
        if numbers is None or (not sigmas.any() and own == 1):
            return None
        assert self.spelling is not None
        labels = arrays["labels"]
        spread = np.where((labels >= numbers.start) & (labels < numbers.stop), sigmas[:, None], np.float32(0))
        for i in range(len(labels)):
            target = target_of(labels[i])
            for place in self.spelling.terminates(batch, i, arrays["input_ids"][i, target].tolist(), numbers):
                spread[i, target.start + place] = 0
                arrays["loss_weights"][i, target.start + place] *= own
        return spread if spread.any() else None


def numbers_of(backbone: Backbone) -> range | None:
    """Return the ids of the numbers 0..255, in order; None if the model has no such tokens."""
    return getattr(backbone, "number_ids", None)


def _arrays(made: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of a collator's output, which become tensors."""
    return {
        name: column
        for name, column in made.items()
        if isinstance(column, np.ndarray) and column.dtype.kind in "biuf" and name not in TOLD
    }


def rows(column: Any, first: int, stop: int) -> Any:
    """Return rows first..stop of a column. A value that belongs to the whole batch is returned unchanged."""
    return column[first:stop] if isinstance(column, np.ndarray | list | tuple) else column


def _check(labels: np.ndarray, keys: list[str]) -> None:
    """Raise LoadError for a row without a label, or with a label at its first token, which no logits predict."""
    learnt = labels != IGNORED
    for i in np.flatnonzero(~learnt.any(1) | learnt[:, 0]).tolist():
        first = bool(learnt[i, 0])
        what = "its first token has a label, but nothing comes before it to predict it from"
        raise LoadError(
            f"the sample cannot be learnt: {what if first else 'none of its tokens has a label'}",
            where=keys[i],
        )
