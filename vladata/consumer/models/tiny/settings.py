"""Settings of the small model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from vladata.errors import UsageError, nearest

GRID = 4  # a place of the encoder is 4 x 4 pixels


@dataclass(frozen=True, slots=True)
class TinySettings:
    """How large the model is. Its defaults have about 0.5 million parameters.

    image_size:     pixels of a side of its pictures, a multiple of 4.
    pictures:       pictures of a sample at most: frames times cameras.
    vision_width:   numbers of each of a picture's (image_size / 4)^2 places, a multiple of 8.
    vision_blocks:  blocks of the encoder.
    width, heads:   numbers of a word, and attention heads; heads divides width.
    layers:         blocks of the decoder.
    blind_layers:   how many of them, the first ones, do not look at pictures.
    feed_forward:   inner width of a block's two linear layers, in widths.
    longest_prompt, longest_target: words at most, the end included.
    frozen_vision:  whether the encoder is left as it is.
    mask_channel:   whether the first two numbers of a prompt, x and y on 0..255, are taken out of it and drawn as a disc on a
                    fourth channel of its pictures.
    """

    image_size: int = 48
    pictures: int = 1
    vision_width: int = 48
    vision_blocks: int = 2
    width: int = 96
    heads: int = 4
    layers: int = 3
    blind_layers: int = 1
    feed_forward: int = 3
    longest_prompt: int = 64
    longest_target: int = 128
    frozen_vision: bool = False
    mask_channel: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = (
                getattr(self, field.name),
                0 if field.name in ("vision_blocks", "blind_layers") else 1,
            )
            if field.type in (bool, "bool"):
                if not isinstance(value, bool):
                    raise _wrong(field.name, value, "true or false")
            elif not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise _wrong(field.name, value, f"a whole number from {least}")
        for name, divisor in (("image_size", GRID), ("vision_width", 8), ("width", 2 * self.heads)):
            if getattr(self, name) % divisor:
                raise _wrong(name, getattr(self, name), f"a multiple of {divisor}")
        if self.blind_layers > self.layers:
            raise _wrong("blind_layers", self.blind_layers, f"up to the {self.layers} layers that there are")

    @property
    def places(self) -> int:
        """Places along a side of a picture."""
        return self.image_size // GRID

    @property
    def channels(self) -> int:
        """Channels of a picture."""
        return 4 if self.mask_channel else 3

    def to_json(self) -> dict[str, Any]:
        """The settings under their names."""
        return asdict(self)


def settings_of(found: Mapping[str, Any]) -> TinySettings:
    """Settings from a map of them. Raises UsageError for a name that there is not, and for a wrong value."""
    names = [field.name for field in fields(TinySettings)]
    for name in found:
        if name not in names:
            raise UsageError(
                "the small model has no such setting", where="model", got=name, hint=nearest(name, names)
            )
    return TinySettings(**found)


def _wrong(name: str, value: object, allowed: str) -> UsageError:
    return UsageError(
        "a setting of the small model is wrong", where=f"model.{name}", got=value, allowed=allowed
    )
