"""Measuring on data that is not learnt from: loss and accuracy of tokens, and actions.

The same samples each time, whatever the number of processes: the first of the order of seed 0, pictures without random changes.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Self

import torch

import vladata
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.training.action_error import count_actions
from vladata.consumer.training.data import pictures_of
from vladata.consumer.training.meters import Meters
from vladata.consumer.training.parts import Part, Parts, rows
from vladata.consumer.training.ranks import Ranks
from vladata.consumer.training.step import predicted
from vladata.loaders.collators.terms import Terms
from vladata.loaders.loader import Loader
from vladata.shards.sequence import Samples
from vladata.spec.training import HeldOut, TrainingSpec
from vladata.vocabularies.vocabulary import Vocabulary


class First:
    """A collator that gives the part of a batch's samples that are among the first of the order; None where none is."""

    def __init__(self, parts: Parts, most: int) -> None:
        self.parts, self.most = parts, most

    def bound(self, terms: Terms) -> Self:
        """The collator for samples of these contracts; a loader asks for it."""
        made = copy.copy(self)
        made.parts = self.parts.bound(terms)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> Part | None:
        """The part of those samples."""
        count = int((batch["position"] < self.most).sum())  # positions rise within a batch
        return (
            self.parts({name: rows(column, 0, count) for name, column in batch.items()})[0] if count else None
        )


class Measure:
    """One set of held-out data, opened: what cannot be loaded is said before anything is learnt."""

    def __init__(
        self,
        held: HeldOut,
        spec: TrainingSpec,
        backbone: Backbone,
        vocabulary: Vocabulary | None,
        ranks: Ranks,
    ) -> None:
        self.held, self.spec, self.backbone, self.ranks = held, spec, backbone, ranks
        self.samples: Samples = vladata.open(held.path)
        self.collate = First(Parts(backbone, spec, vocabulary, 1), held.samples)
        self._loader()

    def __call__(self) -> dict[str, float]:
        """Name -> number: "held_out/NAME/DATASET/TASK/loss" and its neighbours; the same on every process."""
        own, module, loader = Meters(), self.backbone.module, self._loader()
        spelling = loader.making.collate.parts.spelling  # type: ignore[union-attr]
        was_training = module.training
        module.eval()
        try:
            with torch.no_grad():
                for part in _until_none(loader):
                    logits, found = predicted(self.backbone, part, self.ranks)
                    own.count(part.said, found)
                    count_actions(spelling, part, logits, own)
        finally:
            module.train(was_training)
            loader.close()
        said = Meters.of(map(Meters.from_json, self.ranks.gathered(own.to_json()))).said()
        return {f"held_out/{self.held.name}/{name}": value for name, value in said.items()}

    def _loader(self) -> Loader:
        share = max(1, self.spec.data.batch_size // (self.ranks.world * self.spec.accumulate))
        return vladata.load(
            self.samples,
            share,
            split=self.held.split,
            rank=self.ranks.rank,
            world=self.ranks.world,
            workers=self.spec.data.workers,
            collate=self.collate,
            **pictures_of(self.spec, self.backbone),
        )


def _until_none(loader: Loader) -> Iterator[Part]:
    for part in loader:
        if part is None:
            return
        yield part
