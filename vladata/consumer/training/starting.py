"""The model that a run begins or goes on with."""

from pathlib import Path

import torch

import vladata
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.load import load_backbone, make_backbone
from vladata.consumer.models.tiny.backbone import TinyBackbone
from vladata.consumer.training.checkpoint import Checkpoint, read_checkpoint
from vladata.consumer.training.data import asked_texts
from vladata.errors import UsageError
from vladata.spec.training import TrainingSpec
from vladata.spec.training_model import TinyModel
from vladata.vocabularies.vocabulary import Vocabulary


def vocabulary_of(spec: TrainingSpec) -> Vocabulary | None:
    """The vocabulary that a config names; None for none."""
    return None if spec.vocabulary is None else vladata.vocabulary(spec.vocabulary)


def model_of(
    spec: TrainingSpec, vocabulary: Vocabulary | None, kept: Checkpoint | None, device: torch.device
) -> Backbone:
    """The model of the checkpoint that a run goes on from; else that of `start`; else a new one of the config's seed.

    Raises UsageError where `start` was trained with another kind of model or another vocabulary.
    """
    if kept is not None:
        return load_backbone(kept.model_folder, str(device))
    if spec.start is not None:
        return _started(spec, vocabulary, read_checkpoint(spec.start), device)
    made = make_backbone(spec.model, asked_texts(spec), vocabulary, spec.seed, str(device))
    if (
        isinstance(made, TinyBackbone)
        and isinstance(spec.model, TinyModel)
        and spec.model.vision_from is not None
    ):
        made.see_as(read_checkpoint(spec.model.vision_from).model_folder)
    made.module.to(device)
    return made


def _started(
    spec: TrainingSpec, vocabulary: Vocabulary | None, first: Checkpoint, device: torch.device
) -> Backbone:
    before = first.config.model
    if before.kind != spec.model.kind:
        raise UsageError(
            "the weights to begin with are those of another kind of model",
            where=str(spec.start),
            got=before.kind,
            allowed=spec.model.kind,
        )
    digests = [None if each is None else each.digest for each in (first.vocabulary, vocabulary)]
    if digests[0] is not None and digests[0] != digests[1]:
        hint = f"Say vocabulary: {Path(first.folder) / 'vocabulary.json'}"
        raise UsageError(
            "the weights to begin with know another vocabulary",
            where=str(spec.start),
            got=digests[1],
            hint=hint,
        )
    if isinstance(spec.model, TinyModel):  # as the config wants it: frozen or not; other shapes are refused
        made = TinyBackbone.load(first.model_folder, **spec.model.settings())
        made.module.to(device)
        return made
    from vladata.consumer.models.fine_tuned import from_checkpoint

    return from_checkpoint(first.model_folder, spec.model, vocabulary, spec.seed, str(device))
