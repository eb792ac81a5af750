"""Backbones by what a config or a folder says."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.tiny.backbone import TinyBackbone
from vladata.consumer.models.tiny.settings import settings_of
from vladata.consumer.models.tiny.words import words_of


def load_backbone(folder: Path | str, device: str = "cpu") -> Backbone:
    """The backbone in a folder."""
    made = TinyBackbone.load(Path(folder))
    made.module.to(device)
    return made


def make_backbone(spec: Any, words: Iterable[str], vocabulary: Any = None, seed: int = 0) -> Backbone:
    """A new backbone of a config."""
    settings = spec.model_dump(exclude={"kind", "words_from"})
    made = TinyBackbone(settings_of(settings), words_of(words), seed)
    made.module.to(device)
    return made
