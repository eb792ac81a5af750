"""TinyBackbone: the small model as the trainer, the decoder and the policy know it.

FOLDER/backbone.json      {"kind": "tiny", "settings": {...}, "words": [...]}
FOLDER/model.safetensors  weights
"""

import json
from pathlib import Path
from typing import Any, Self

import torch

from vladata.consumer.models.backbone import Tensors
from vladata.consumer.models.tiny.collator import WordCollator
from vladata.consumer.models.tiny.network import Network, State
from vladata.consumer.models.tiny.settings import TinySettings, settings_of
from vladata.consumer.models.tiny.words import NUMBERS, Words
from vladata.errors import MalformedJson, MissingFile, OutputError, UsageError

KIND = "tiny"
DESCRIPTION, WEIGHTS = "backbone.json", "model.safetensors"
ENCODER = "encoder."
FIRST = "encoder.first.weight"  # of the convolution that reads the picture, [C, channels, 3, 3]


class TinyBackbone:
    """The small model with its words. module, tokens, image_size: as Backbone says. number_ids: the ids of 0..255, in order."""

    number_ids = NUMBERS

    def __init__(self, settings: TinySettings, tokens: Words, seed: int = 0) -> None:
        self.settings, self.tokens = settings, tokens
        with torch.random.fork_rng(
            devices=[]
        ):  # the same weights whatever was drawn before, and nothing drawn from others
            torch.manual_seed(seed)
            self.module = Network(settings, tokens.size)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        return self.settings.image_size, self.settings.image_size

    def collator(self, max_length: int | None = None) -> WordCollator:
        """What makes its batches."""
        return WordCollator(self.tokens, self.settings, max_length)

    def logits(self, batch: Tensors) -> torch.Tensor:
        """float [B, L, V]; at place t those of the token at t + 1."""
        found: torch.Tensor = self.module(batch)
        return found

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, State]:
        """Logits [B, V] of the first token of the targets, and a state. Prompts are filled up on the left."""
        if not bool((batch["attention_mask"][:, -1] > 0).all()):
            raise UsageError("prompts are filled up on the right", allowed="left, as for_inference does")
        return self.module.begin(batch)

    def extend(self, ids: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Logits [B, V] of the next token, once `ids` int64 [B] have been said."""
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
        """Take the encoder of a saved model, and nothing else of it.

        Raises MissingFile, and OutputError where it is not alike."""
        found = {name: value for name, value in _read(folder).items() if name.startswith(ENCODER)}
        own = {name: value for name, value in self.module.state_dict().items() if name.startswith(ENCODER)}
        _check_alike(found, own, folder)
        self.module.load_state_dict(found, strict=False)

    @classmethod
    def load(cls, folder: Path, **changed: Any) -> Self:
        """The model that `save` wrote. changed: settings that it gets beside; those that change a shape are refused, but for
        mask_channel: what reads the fourth channel starts as zeros, so that the model says what it said before.

        Raises MissingFile, MalformedJson, and OutputError where the weights are not those of the description.
        """
        described = folder / DESCRIPTION
        try:
            said = json.loads(described.read_text(encoding="utf-8"))
            settings, words = settings_of({**said["settings"], **changed}), Words(tuple(said["words"]))
        except FileNotFoundError:
            raise MissingFile("a file of a saved model is missing", where=str(described)) from None
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise MalformedJson(
                "this is no description of a small model", where=str(described), got=str(error)
            ) from None
        made, weights = cls(settings, words), _read(folder)
        if settings.mask_channel and not said["settings"]["mask_channel"]:
            first = weights[FIRST]
            weights[FIRST] = torch.cat([first, first.new_zeros(len(first), 1, *first.shape[2:])], 1)
        _check_alike(weights, made.module.state_dict(), folder)
        made.module.load_state_dict(weights)
        return made


def _read(folder: Path) -> dict[str, torch.Tensor]:
    """The weights in a folder."""
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
    """Raise OutputError where names or shapes differ."""
    wrong = _unlike(found, wanted)
    if wrong:
        where = str(folder / WEIGHTS)
        raise OutputError("the weights are not those of the model", where=where, got="; ".join(wrong[:3]))


def _unlike(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> list[str]:
    """Names whose weights are missing, too many, or of another shape."""
    out = []
    for name in sorted(found.keys() | wanted.keys()):
        shapes = [list(each[name].shape) if name in each else "nothing" for each in (found, wanted)]
        if shapes[0] != shapes[1]:
            out.append(f"{name}: {shapes[0]}, where the model has {shapes[1]}")
    return out
