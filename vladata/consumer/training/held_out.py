"""Measurements on held-out data: loss and accuracy of tokens, distances of actions, and correctness of whole answers.

Each measurement uses the same samples, for any number of processes: the first ones in the order of seed 0, their pictures
without random changes. An answer is written with the likeliest token each time, without a rule for the text. It is right
(exact_match) if it equals the target: the same tokens, or the same text apart from the number of spaces.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import torch

import vladata
from vladata.consumer.decoding.generate import generate
from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.tensors import tensors
from vladata.consumer.training.action_error import count_actions
from vladata.consumer.training.data import pictures_of, words_of
from vladata.consumer.training.meters import Meters
from vladata.consumer.training.parts import Part, Parts, rows
from vladata.consumer.training.ranks import Ranks
from vladata.consumer.training.spelled import target_of
from vladata.consumer.training.step import predicted
from vladata.loaders.collators.terms import Terms
from vladata.loaders.loader import Loader
from vladata.shards.sequence import Samples
from vladata.spec.training import HeldOut, TrainingSpec
from vladata.vocabularies.vocabulary import Vocabulary


class First:
    """A collator that returns parts with only those samples of a batch whose position in the order is below `most`."""

    def __init__(self, parts: Parts, most: int) -> None:
        self.parts, self.most = parts, most

    def bound(self, terms: Terms) -> Self:
        """Return this collator for samples of these contracts; a loader calls it."""
        made = copy.copy(self)
        made.parts = self.parts.bound(terms)
        return made

    def __call__(self, batch: Mapping[str, Any]) -> list[Part]:
        """Return the parts of these samples; [] if the batch has none."""
        count = int((batch["position"] < self.most).sum())  # positions rise within a batch
        return self.parts({name: rows(column, 0, count) for name, column in batch.items()}) if count else []


class Measure:
    """A set of held-out data.

    The data is opened when the object is made, so that data that cannot be loaded is an error before the first step."""

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
        self.collate = First(Parts(backbone, spec, vocabulary, spec.accumulate, held.answers), held.samples)
        self.pieces = Pieces(backbone.tokens)
        self._loader()

    def __call__(self) -> dict[str, float]:
        """Measure, and return name -> number ("held_out/NAME/DATASET/TASK/loss" and others), the same on every process."""
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
                    if part.asked is not None:
                        self._count_answers(part, part.asked, own)
        finally:
            module.train(was_training)
            loader.close()
        said = Meters.of(map(Meters.from_json, self.ranks.gathered(own.to_json()))).said()
        return {f"held_out/{self.held.name}/{name}": value for name, value in said.items()}

    def _count_answers(self, part: Part, asked: Mapping[str, np.ndarray], meters: Meters) -> None:
        """Let the model answer the prompts of a part, and count the answers that are right."""
        tokens, labels = self.backbone.tokens, part.arrays["labels"]
        targets = [target_of(row) for row in labels]
        most = max(target.stop - target.start for target in targets)
        batch = tensors(asked, self.ranks.device)
        answers = generate(self.backbone, batch, [None] * len(targets), self.pieces, most)
        for i, (answer, target) in enumerate(zip(answers, targets, strict=True)):
            wanted = part.arrays["input_ids"][i, target][:-1].tolist()
            right = answer == wanted or tokens.text(answer).split() == tokens.text(wanted).split()
            meters.mean(f"{part.said['dataset'][i]}/{part.said['task'][i]}/exact_match", float(right), 1)

    def _loader(self) -> Loader:
        return vladata.load(
            self.samples,
            self.spec.data.batch_size // self.ranks.world,
            split=self.held.split,
            rank=self.ranks.rank,
            world=self.ranks.world,
            workers=self.spec.data.workers,
            collate=self.collate,
            **words_of(self.spec),
            **pictures_of(self.spec, self.backbone),
        )


def _until_none(loader: Loader) -> Iterator[Part]:
    for parts in loader:
        if not parts:
            return
        yield from parts
