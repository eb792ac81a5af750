"""TinyBackbone: the small model with the interface of a backbone.

FOLDER/backbone.json      {"kind": "tiny", "settings": {...}, "words": [...]}
FOLDER/model.safetensors  weights
"""

import json
from pathlib import Path
from typing import Any, Self

import torch

from vladata.consumer.models.backbone import Tensors
from vladata.consumer.models.tiny.collator import WordCollator
from vladata.consumer.models.tiny.network import DecodingState, Network
from vladata.consumer.models.tiny.settings import TinySettings, settings_of
from vladata.consumer.models.tiny.words import NUMBERS, Words
from vladata.errors import MalformedJson, MissingFile, OutputError, UsageError

KIND = "tiny"
DESCRIPTION, WEIGHTS = "backbone.json", "model.safetensors"
ENCODER = "encoder."
FIRST = "encoder.first.weight"  # the weights of the convolution that reads the picture, [C, channels, 3, 3]


class TinyBackbone:
    """The small model with its words. module, tokens, image_size: as in Backbone. number_ids: the ids of 0..255, in order."""

    number_ids = NUMBERS

    def __init__(self, settings: TinySettings, tokens: Words, seed: int = 0) -> None:
        self.settings, self.tokens = settings, tokens
        with torch.random.fork_rng(
            devices=[]
        ):  # the weights depend only on the seed, and torch's own generator is not changed
            torch.manual_seed(seed)
            self.module = Network(settings, tokens.size)

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of its pictures."""
        return self.settings.image_size, self.settings.image_size

    def collator(self, max_length: int | None = None) -> WordCollator:
        """Return the collator of its batches."""
        return WordCollator(self.tokens, self.settings, max_length)

    def logits(self, batch: Tensors) -> torch.Tensor:
        """Return logits, float [B, L, V]; at place t those of the token at t + 1."""
        found: torch.Tensor = self.module(batch)
        return found

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, DecodingState]:
        """Return logits [B, V] of the first token of the targets, and a state. The prompts must be padded on the left."""
        if not bool((batch["attention_mask"][:, -1] > 0).all()):
            raise UsageError(
                "prompts must be padded on the left, as for_inference does", got="padding on the right"
            )
        return self.module.begin(batch)

    def extend(self, ids: torch.Tensor, state: DecodingState) -> tuple[torch.Tensor, DecodingState]:
        """Add the tokens `ids`, int64 [B], and return logits [B, V] of the next token, and the new state."""
        return self.module.extend(ids, state)

    def save(self, folder: Path) -> None:
        """Write the model into a folder, which may exist."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        said = {"kind": KIND, "settings": self.settings.to_json(), "words": list(self.tokens.pieces)}
        (folder / DESCRIPTION).write_text(
            json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        weights = {
            name: value.detach().cpu().contiguous() for name, value in self.module.state_dict().items()
        }
        save_file(weights, folder / WEIGHTS)

    def see_as(self, folder: Path) -> None:
        """Load the encoder's weights, and nothing else, from a saved model.

        Raises MissingFile, and OutputError if names or shapes differ."""
        found = {name: value for name, value in _read(folder).items() if name.startswith(ENCODER)}
        own = {name: value for name, value in self.module.state_dict().items() if name.startswith(ENCODER)}
        _check_alike(found, own, folder)
        self.module.load_state_dict(found, strict=False)

    @classmethod
    def load(cls, folder: Path, **changed: Any) -> Self:
        """Load the model that `save` wrote.

        changed: settings to change. A setting that changes the shape of a weight is an error, except mask_channel: the weights
        for the fourth channel start as zeros, so that the model gives the same answers as before.

        Raises MissingFile, MalformedJson, and OutputError if the weights do not fit the description.
        """
        described = folder / DESCRIPTION
        try:
            said = json.loads(described.read_text(encoding="utf-8"))
            settings, words = settings_of({**said["settings"], **changed}), Words(tuple(said["words"]))
        except FileNotFoundError:
            raise MissingFile("a file of a saved model is missing", where=str(described)) from None
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise MalformedJson(
                "the file does not describe a small model", where=str(described), got=str(error)
            ) from None
        made, weights = cls(settings, words), _read(folder)
        if settings.mask_channel and not said["settings"]["mask_channel"]:
            first = weights[FIRST]
            weights[FIRST] = torch.cat([first, first.new_zeros(len(first), 1, *first.shape[2:])], 1)
        _check_alike(weights, made.module.state_dict(), folder)
        made.module.load_state_dict(weights)
        return made


def _read(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights in a folder."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, torch.Tensor] = load_file(folder / WEIGHTS)
        return found
    except FileNotFoundError:
        raise MissingFile("a file of a saved model is missing", where=str(folder / WEIGHTS)) from None
    except SafetensorError as error:
        raise OutputError("the weights cannot be read", where=str(folder / WEIGHTS), got=str(error)) from None


def _check_alike(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor], folder: Path) -> None:
    """Raise OutputError if names or shapes differ."""
    wrong = _unlike(found, wanted)
    if wrong:
        where = str(folder / WEIGHTS)
        raise OutputError("the weights do not fit the model", where=where, got="; ".join(wrong[:3]))


def _unlike(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> list[str]:
    """Return a text for each weight that is missing, unknown or of another shape."""
    out = []
    for name in sorted(found.keys() | wanted.keys()):
        shapes = [list(each[name].shape) if name in each else "nothing" for each in (found, wanted)]
        if shapes[0] != shapes[1]:
            out.append(f"{name}: {shapes[0]} in the file, {shapes[1]} in the model")
    return out
