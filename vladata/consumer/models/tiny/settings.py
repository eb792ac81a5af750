"""Settings of the small model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from vladata.errors import UsageError, nearest

GRID = 4  # a place of the encoder is 4 x 4 pixels


@dataclass(frozen=True, slots=True)
class TinySettings:
    """The size of the small model. With the defaults it has about 0.5 million parameters.

    image_size:     side of its pictures in pixels, a multiple of 4.
    pictures:       most pictures of a sample: frames times cameras.
    vision_width:   length of the vector of a place, a multiple of 8; a picture has (image_size / 4)^2 places.
    vision_blocks:  number of blocks of the encoder.
    width, heads:   length of the vector of a word, and number of attention heads; heads divides width.
    layers:         number of blocks of the decoder.
    blind_layers:   the number of blocks, from the first, that do not look at pictures.
    feed_forward:   inner width of a block's two linear layers, as a multiple of `width`.
    longest_prompt, longest_target: most words, including <answer> and <end>.
    frozen_vision:  True to not train the encoder.
    mask_channel:   True to remove the first two numbers of a prompt (x and y, 0..255), and to draw a disc at this place on a
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
            raise _wrong("blind_layers", self.blind_layers, f"up to {self.layers}, the number of layers")

    @property
    def places(self) -> int:
        """The number of places along a side of a picture."""
        return self.image_size // GRID

    @property
    def channels(self) -> int:
        """The number of channels of a picture."""
        return 4 if self.mask_channel else 3

    def to_json(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)


def settings_of(found: Mapping[str, Any]) -> TinySettings:
    """Return the settings in a map. Raises UsageError for an unknown name or a wrong value."""
    names = [field.name for field in fields(TinySettings)]
    for name in found:
        if name not in names:
            raise UsageError(
                "unknown setting of the small model", where="model", got=name, hint=nearest(name, names)
            )
    return TinySettings(**found)


def _wrong(name: str, value: object, allowed: str) -> UsageError:
    return UsageError(
        "a setting of the small model has a wrong value", where=f"model.{name}", got=value, allowed=allowed
    )
