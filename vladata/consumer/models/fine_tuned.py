"""The Hugging Face model of a training's config: with its own weights, or with those of a checkpoint (`start`).

checkpoint   config      trained weights
whole        whole       all weights
whole        LoRA        a new adapter; the checkpoint's weights are frozen, and read from there again when the new one is loaded
adapter      equal LoRA  the adapter of the checkpoint
adapter      whole       all weights, with the adapter merged into them
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vladata.consumer.models.hugging_face import WEIGHTS, HuggingFaceBackbone, HuggingFaceSettings, weights_in
from vladata.consumer.models.lora import enlarge, merged, with_lora
from vladata.consumer.models.pretrained import model_of, processor_of, whole_path
from vladata.errors import UsageError
from vladata.spec.training_model import HuggingFaceModel
from vladata.vocabularies.vocabulary import Vocabulary


def from_pretrained(
    spec: HuggingFaceModel, vocabulary: Vocabulary | None = None, seed: int = 0, device: str = "cpu"
) -> HuggingFaceBackbone:
    """Return the model that a config names, with adapters if the config has them. seed: the seed of new weights.

    Raises UsageError if there is no such model, CodecError if the vocabulary has ids that the model lacks."""
    asked = _asked(spec)
    processor, model = processor_of(spec.path), model_of(spec.path, weights_in(torch.device(device), asked))
    return _adapted(model, processor, asked, spec, vocabulary, seed, device)


def from_checkpoint(
    folder: Path, spec: HuggingFaceModel, vocabulary: Vocabulary | None, seed: int = 0, device: str = "cpu"
) -> HuggingFaceBackbone:
    """Return the model of a checkpoint, to be trained by a config.

    folder:     a folder that Backbone.save wrote.
    spec:       the model settings of the config.
    vocabulary: the vocabulary of the config.

    Raises UsageError if the checkpoint was trained with other settings of adapters, or with another template."""
    held = HuggingFaceBackbone.load(folder, device)
    wanted, before = _asked(spec), held.asked
    for name in ("template", "between"):
        if getattr(wanted, name) != getattr(before, name):
            raise UsageError(
                f"the checkpoint to start from was trained with another model.{name}",
                where=str(folder),
                got=getattr(wanted, name),
                allowed=repr(getattr(before, name)),
            )
    if before.lora and wanted.lora:
        if before.lora != wanted.lora:
            what, allowed = "the checkpoint to start from has another adapter", str(before.lora)
            hint = "Give the same model.lora; or leave it out: the adapter is then merged, and all weights are trained."
            raise UsageError(what, where=str(folder), got=str(wanted.lora), allowed=allowed, hint=hint)
        if vocabulary is not None and held.vocabulary is None:
            what = "the adapter of the checkpoint to start from was trained without a vocabulary"
            hint = "Start from the base model, or from a checkpoint with this vocabulary."
            raise UsageError(what, where=str(folder), got=vocabulary.kind, hint=hint)
        asked = replace(wanted, path=before.path)
        return HuggingFaceBackbone(held.module, held.processor, asked, vocabulary)
    if before.lora:
        asked = replace(wanted, path=before.path)
        return HuggingFaceBackbone(merged(held.module).float(), held.processor, asked, vocabulary)
    weights = str(folder.resolve() / WEIGHTS)
    asked = replace(wanted, path=weights if wanted.lora else before.path)
    model = model_of(weights, weights_in(torch.device(device), asked)) if wanted.lora else held.module
    return _adapted(model, held.processor, asked, spec, vocabulary, seed, device)


def _asked(spec: HuggingFaceModel) -> HuggingFaceSettings:
    lora = None if spec.lora is None else spec.lora.model_dump(mode="json")
    return HuggingFaceSettings(
        whole_path(spec.path), spec.template, spec.between, spec.dtype, spec.max_length, lora
    )


def _adapted(
    model: Any,
    processor: Any,
    asked: HuggingFaceSettings,
    spec: HuggingFaceModel,
    vocabulary: Vocabulary | None,
    seed: int,
    device: str,
) -> HuggingFaceBackbone:
    """Return a model as a backbone, with rows for new tokens and with adapters if the config has them.

    seed: the seed of new weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = enlarge(model, len(processor.tokenizer))
        if spec.lora is not None:
            rows = () if vocabulary is None else vocabulary.all_ids
            model = with_lora(model, spec.lora, {*new, *rows})
    return HuggingFaceBackbone(model.to(device), processor, asked, vocabulary)
