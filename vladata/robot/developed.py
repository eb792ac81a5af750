"""Frames of videos as images of samples: each frame is decoded once, in order, and encoded immediately as the recipe asks.

So an episode takes the memory of its JPEGs and of one frame, and no frame is encoded twice. Frames become JPEGs even if a recipe
asks for PNG, since a video is lossy already.
"""

from collections.abc import Sequence
from typing import Any

from vladata import pixels
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.image_rule import encoded
from vladata.spec.images import ImageRule

PER_PIXEL = 0.6
"""Bytes per pixel of a JPEG of quality 95 (that of recipes), with a margin: at most 0.25 was measured on real videos."""


class Developed(bytes):
    """An encoded image that already has the form of the recipe."""


def developed(column: Any, rule: ImageRule, swapped: bool) -> Sequence[Any]:
    """Return the pictures of a camera in T steps: a Footage becomes T values, Developed or BadImage; another column is unchanged.

    swapped: True if the frames were recorded as BGR.
    """
    if not isinstance(column, Footage):
        recorded: Sequence[Any] = column
        return recorded
    made = rule.model_copy(update={"png": "jpeg"})

    def one(frame: Any) -> Developed | BadImage:
        if isinstance(frame, BadImage):
            return frame
        return Developed(encoded(pixels.channels_swapped(frame) if swapped else frame, made))

    return [one(frame) for frame in column.frames()]
