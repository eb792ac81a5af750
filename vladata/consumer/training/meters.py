"""Sums of losses and correct tokens, by dataset and task, and of distances of decoded actions from the actions of the data.

Sums are stored, not means, so that the sums of several processes, or of two halves of a period, add up to the sums of the whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Self

import torch

from vladata.consumer.training.loss import Surprise

LOSS, WEIGHT, RIGHT, TOKENS, SAMPLES = range(5)


class Meters:
    """The sums of one process. A name is "DATASET/TASK/loss" or "DATASET/action_error/DIMENSION".

    tokens: (dataset, task) -> sums of weighted loss, weight, right tokens, tokens, samples.
    means:  name -> (sum, count), for all other means.
    """

    def __init__(self) -> None:
        self.tokens: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * 5)
        self.means: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def count(self, said: Mapping[str, Any], found: Surprise) -> None:
        """Count a part's labelled tokens. said: the part's columns."""
        many = len(said["key"])
        sums = torch.zeros(5, many, dtype=torch.float64, device=found.rows.device)
        ones = torch.ones_like(found.weights)
        rows = (found.losses.detach() * found.weights, found.weights, found.right, ones)
        for n, row in enumerate(rows):
            sums[n].index_add_(0, found.rows, row.double())
        sums[SAMPLES] = 1
        for dataset, task, column in zip(said["dataset"], said["task"], sums.T.tolist(), strict=True):
            known = self.tokens[dataset, task]
            for n, value in enumerate(column):
                known[n] += value

    def mean(self, name: str, total: float, count: float) -> None:
        """Add the sum `total` of `count` values to the mean called `name`."""
        known = self.means[name]
        known[0] += total
        known[1] += count

    def add(self, other: "Meters") -> Self:
        """Add the sums of another Meters to these."""
        for whose, sums in other.tokens.items():
            self.tokens[whose] = [a + b for a, b in zip(self.tokens[whose], sums, strict=True)]
        for name, (total, count) in other.means.items():
            self.mean(name, total, count)
        return self

    @classmethod
    def of(cls, several: Iterable["Meters"]) -> "Meters":
        """Return the sums of several Meters together."""
        made = cls()
        for each in several:
            made.add(each)
        return made

    def said(self) -> dict[str, float]:
        """Return name -> number, sorted: weighted loss, token accuracy and samples by dataset and task, and the other means."""
        found = {name: total / count for name, (total, count) in self.means.items() if count}
        for (dataset, task), sums in self.tokens.items():
            if sums[WEIGHT]:
                found[f"{dataset}/{task}/loss"] = sums[LOSS] / sums[WEIGHT]
            found[f"{dataset}/{task}/token_accuracy"] = sums[RIGHT] / sums[TOKENS]
            found[f"{dataset}/{task}/samples"] = sums[SAMPLES]
        return dict(sorted(found.items()))

    def to_json(self) -> dict[str, Any]:
        """Return the sums as a checkpoint stores them."""
        tokens = [[*whose, *sums] for whose, sums in self.tokens.items()]
        return {"tokens": tokens, "means": dict(self.means)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Meters":
        """Return the sums from the result of to_json."""
        made = cls()
        for dataset, task, *sums in said["tokens"]:
            made.tokens[dataset, task] = list(sums)
        for name, (total, count) in said["means"].items():
            made.mean(name, total, count)
        return made
