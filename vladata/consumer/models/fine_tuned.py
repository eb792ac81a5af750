"""The Hugging Face model of a training's config: from its own weights, or from those of a checkpoint (`start`).

checkpoint   config    what is trained
whole        whole     all weights
whole        LoRA      a new adapter beside the checkpoint's weights, which stay where they are
adapter      the same  the adapter goes on
adapter      whole     all weights, the adapter merged into them
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vladata.consumer.models.hugging_face import WEIGHTS, Asked, HuggingFaceBackbone, weights_in
from vladata.consumer.models.lora import enlarge, merged, with_lora
from vladata.consumer.models.pretrained import model_of, processor_of, whole_path
from vladata.errors import UsageError
from vladata.spec.training_model import HuggingFaceModel
from vladata.vocabularies.vocabulary import Vocabulary


def from_pretrained(
    spec: HuggingFaceModel, vocabulary: Vocabulary | None = None, seed: int = 0, device: str = "cpu"
) -> HuggingFaceBackbone:
    """The model that a config names, with adapters where it wants them. seed: of new weights.

    Raises UsageError where there is no such model, CodecError where the vocabulary is of a larger one."""
    asked = _asked(spec)
    processor, model = processor_of(spec.path), model_of(spec.path, weights_in(torch.device(device), asked))
    return _adapted(model, processor, asked, spec, vocabulary, seed, device)


def from_checkpoint(
    folder: Path, spec: HuggingFaceModel, vocabulary: Vocabulary | None, seed: int = 0, device: str = "cpu"
) -> HuggingFaceBackbone:
    """The model that a checkpoint holds, trained on as a config says. folder: of Backbone.save; vocabulary: of the config.

    Raises UsageError where adapters of another form, or another template, were trained."""
    held = HuggingFaceBackbone.load(folder, device)
    wanted, before = _asked(spec), held.asked
    for name in ("template", "between"):
        if getattr(wanted, name) != getattr(before, name):
            raise UsageError(
                f"the weights to begin with were trained with another model.{name}",
                where=str(folder),
                got=getattr(wanted, name),
                allowed=repr(getattr(before, name)),
            )
    if before.lora and wanted.lora:
        if before.lora != wanted.lora:
            what, allowed = "the weights to begin with have another adapter", str(before.lora)
            hint = (
                "Say the same model.lora; or leave it out, and all weights are trained, the adapter merged."
            )
            raise UsageError(what, where=str(folder), got=str(wanted.lora), allowed=allowed, hint=hint)
        if vocabulary is not None and held.vocabulary is None:
            what = "the adapter to begin with trains no rows of a vocabulary's ids"
            hint = "Begin from the base model, or from a checkpoint with this vocabulary."
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


def _asked(spec: HuggingFaceModel) -> Asked:
    lora = None if spec.lora is None else spec.lora.model_dump(mode="json")
    return Asked(whole_path(spec.path), spec.template, spec.between, spec.dtype, spec.max_length, lora)


def _adapted(
    model: Any,
    processor: Any,
    asked: Asked,
    spec: HuggingFaceModel,
    vocabulary: Vocabulary | None,
    seed: int,
    device: str,
) -> HuggingFaceBackbone:
    """The backbone of a model, enlarged and wrapped as the config wants. New weights are drawn from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = enlarge(model, len(processor.tokenizer))
        if spec.lora is not None:
            rows = () if vocabulary is None else vocabulary.all_ids
            model = with_lora(model, spec.lora, {*new, *rows})
    return HuggingFaceBackbone(model.to(device), processor, asked, vocabulary)
