"""Backbones by what a config or a folder says.

FOLDER/backbone.json says {"kind": "tiny" | "hugging_face", ...}; Backbone.save writes it. A plain folder of transformers, or a
name of the hub, is a model of Hugging Face's as it is.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.tiny.backbone import TinyBackbone
from vladata.consumer.models.tiny.settings import settings_of
from vladata.consumer.models.tiny.words import words_of
from vladata.errors import MalformedJson
from vladata.spec.training_model import HuggingFaceModel, TinyModel
from vladata.vocabularies.vocabulary import Vocabulary

DESCRIPTION = "backbone.json"


def load_backbone(folder: Path | str, device: str = "cpu") -> Backbone:
    """The model in a folder.

    Raises MalformedJson where its description is none, MissingFile where a file is missing, UsageError for no such model."""
    described = Path(folder) / DESCRIPTION
    if not described.exists():
        from vladata.consumer.models.fine_tuned import from_pretrained

        return from_pretrained(HuggingFaceModel(kind="hugging_face", path=str(folder)), device=device)
    try:
        kind = json.loads(described.read_text(encoding="utf-8"))["kind"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as fault:
        raise MalformedJson("this describes no model", where=str(described), got=str(fault)) from None
    if kind == "tiny":
        made = TinyBackbone.load(Path(folder))
        made.module.to(device)
        return made
    if kind == "hugging_face":
        from vladata.consumer.models.hugging_face import HuggingFaceBackbone

        return HuggingFaceBackbone.load(Path(folder), device)
    raise MalformedJson(
        "there is no such kind of model", where=str(described), got=kind, allowed="tiny, hugging_face"
    )


def make_backbone(
    spec: TinyModel | HuggingFaceModel,
    words: Iterable[str],
    vocabulary: Vocabulary | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> Backbone:
    """The model of a config: a small one with new weights, of the words of some texts; or one of Hugging Face's with its own."""
    if isinstance(spec, HuggingFaceModel):
        from vladata.consumer.models.fine_tuned import from_pretrained

        return from_pretrained(spec, vocabulary, seed, device)
    made = TinyBackbone(settings_of(spec.settings()), words_of(words), seed)
    made.module.to(device)
    return made
