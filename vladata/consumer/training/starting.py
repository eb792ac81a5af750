"""The model that a run starts or continues with."""

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
    """Return the vocabulary that a config names; None if it names no vocabulary."""
    return None if spec.vocabulary is None else vladata.vocabulary(spec.vocabulary)


def model_of(
    spec: TrainingSpec, vocabulary: Vocabulary | None, kept: Checkpoint | None, device: torch.device
) -> Backbone:
    """Return the model of the checkpoint that a run continues from, else the model of `start`, else a new one from the seed.

    Raises UsageError if `start` was trained with another kind of model, other settings of the model, or another vocabulary.
    """
    if kept is not None:
        return _loaded(kept, device)
    if spec.start is not None:
        return started(spec, vocabulary, read_checkpoint(spec.start), device)
    made = make_backbone(spec.model, asked_texts(spec), vocabulary, spec.seed, str(device))
    if (
        isinstance(made, TinyBackbone)
        and isinstance(spec.model, TinyModel)
        and spec.model.vision_from is not None
    ):
        made.see_as(read_checkpoint(spec.model.vision_from).model_folder)
    made.module.to(device)
    return made


def started(
    spec: TrainingSpec, vocabulary: Vocabulary | None, first: Checkpoint, device: torch.device
) -> Backbone:
    """Return the model of another training's checkpoint, with the config's settings. Raises UsageError as model_of does."""
    before = first.config.model
    if before.kind != spec.model.kind:
        raise UsageError(
            "`start` is a checkpoint of another kind of model",
            where=str(spec.start),
            got=before.kind,
            allowed=spec.model.kind,
        )
    digests = [None if each is None else each.digest for each in (first.vocabulary, vocabulary)]
    if digests[0] != digests[1]:
        held = Path(first.folder) / "vocabulary.json"
        hint = "Leave `vocabulary` out." if digests[0] is None else f"Write `vocabulary: {held}`."
        raise UsageError(
            "`start` was trained with another vocabulary",
            where=str(spec.start),
            got=digests[1] or "none",
            allowed=digests[0] or "none",
            hint=hint,
        )
    if isinstance(spec.model, TinyModel):  # the config may change what is frozen, but no shape of a weight
        made = TinyBackbone.load(first.model_folder, **spec.model.changed())
        made.module.to(device)
        return made
    from vladata.consumer.models.fine_tuned import from_checkpoint

    return from_checkpoint(first.model_folder, spec.model, vocabulary, spec.seed, str(device))


def _loaded(kept: Checkpoint, device: torch.device) -> Backbone:
    """Load the model of a checkpoint on the CPU, so that its numbers are exactly those saved, and move it to the device."""
    made = load_backbone(kept.model_folder)
    made.module.to(device)
    return made
