"""Backbones from a config or a folder.

FOLDER/backbone.json holds {"kind": "tiny" | "hugging_face", ...}; Backbone.save writes it. A folder without this file is a plain
model of transformers, and so is a name on the hub.
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
    """Return the model in a folder.

    Raises MalformedJson if its description cannot be read, MissingFile if a file is missing, UsageError if there is no
    model."""
    described = Path(folder) / DESCRIPTION
    if not described.exists():
        from vladata.consumer.models.fine_tuned import from_pretrained

        return from_pretrained(HuggingFaceModel(kind="hugging_face", path=str(folder)), device=device)
    try:
        kind = json.loads(described.read_text(encoding="utf-8"))["kind"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as fault:
        what = "the file does not describe a model: expected a JSON object with the key kind"
        raise MalformedJson(what, where=str(described), got=str(fault)) from None
    if kind == "tiny":
        made = TinyBackbone.load(Path(folder))
        made.module.to(device)
        return made
    if kind == "hugging_face":
        from vladata.consumer.models.hugging_face import HuggingFaceBackbone

        return HuggingFaceBackbone.load(Path(folder), device)
    raise MalformedJson("unknown kind of model", where=str(described), got=kind, allowed="tiny, hugging_face")


def make_backbone(
    spec: TinyModel | HuggingFaceModel,
    words: Iterable[str],
    vocabulary: Vocabulary | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> Backbone:
    """Return the model of a config: a small one with new weights and the words in `words`, or one of Hugging Face's."""
    if isinstance(spec, HuggingFaceModel):
        from vladata.consumer.models.fine_tuned import from_pretrained

        return from_pretrained(spec, vocabulary, seed, device)
    made = TinyBackbone(settings_of(spec.settings()), words_of(words), seed)
    made.module.to(device)
    return made
