"""What the loader gives the trainer: the samples of a step that are this process's, in parts that are learnt one after another.

A part keeps, beside the tensors of the model, which samples it holds: their key, dataset and task, and what their actions are.
The order of the samples does not depend on the number of parts.
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
"""Columns that stay beside the tensors."""


@dataclass(frozen=True, eq=False)
class Part:
    """Samples that are learnt at once.

    arrays: what the model takes, with labels and loss_weights, weighted by task.
    spread: float32 [B, L], by which numbers are spread; None where none is.   said: columns of TOLD.
    asked:  prompts alone, as at inference; None where no answers are wanted.
    """

    arrays: Mapping[str, np.ndarray]
    spread: np.ndarray | None
    said: Mapping[str, Any]
    asked: Mapping[str, np.ndarray] | None = None


class Parts:
    """The collator of the trainer: the model's own, part by part, its weights multiplied by the config's."""

    def __init__(
        self,
        backbone: Backbone,
        spec: TrainingSpec,
        vocabulary: Vocabulary | None,
        parts: int,
        ask: bool = False,
    ) -> None:
        """parts: how many at most; a batch of fewer samples has fewer.   ask: whether parts hold prompts alone, too."""
        self.collator: Collator = backbone.collator(getattr(spec.model, "max_length", None))
        self.tokens, self.numbers = backbone.tokens, numbers_of(backbone)
        self.spec, self.vocabulary, self.parts, self.ask = spec, vocabulary, parts, ask
        self.spelling: Spelling | None = None
        if self.numbers is None and (spec.loss.smooth or spec.loss.terminate != 1):
            name = "smooth" if spec.loss.smooth else "terminate"
            raise UsageError(
                f"loss.{name} is not used: the model has no token for each of the numbers 0..255",
                where=spec.name,
                got=getattr(spec.loss, name),
                hint="Leave it out; models of kind tiny have such tokens.",
            )

    def bound(self, terms: Terms) -> Self:
        """The collator for samples of these contracts; a loader asks for it."""
        made = copy.copy(self)
        made.collator = self.collator.bound(terms)
        made.spelling = Spelling(self.tokens, terms, self.vocabulary)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> list[Part]:
        """The parts of a batch. Raises LoadError for a sample of which nothing is learnt."""
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
        """How far each number is spread; tokens of terminate get their own weight, and are never spread."""
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
    """The ids of the numbers 0..255, in order, of a model that has them; None of another."""
    return getattr(backbone, "number_ids", None)


def _arrays(made: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The columns of a collator that become tensors."""
    return {
        name: column
        for name, column in made.items()
        if isinstance(column, np.ndarray) and column.dtype.kind in "biuf" and name not in TOLD
    }


def rows(column: Any, first: int, stop: int) -> Any:
    """Return rows first..stop of a column; what is one for the whole batch stays."""
    return column[first:stop] if isinstance(column, np.ndarray | list | tuple) else column


def _check(labels: np.ndarray, keys: list[str]) -> None:
    """Raise LoadError for a row without a label, or whose first token has one: no logits are those of the first token."""
    learnt = labels != IGNORED
    for i in np.flatnonzero(~learnt.any(1) | learnt[:, 0]).tolist():
        first = bool(learnt[i, 0])
        what = (
            "its first token would be learnt, before which there is nothing"
            if first
            else "nothing of it is learnt"
        )
        raise LoadError(f"the sample cannot be learnt: {what}", where=keys[i])
