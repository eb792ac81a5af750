"""Frames of videos as the images of samples: each is decoded once, in order, and encoded immediately as the recipe says.

So an episode takes the memory of its JPEGs and of one frame, and no frame is encoded twice. A video is lossy already, so its
frames become JPEGs also if a recipe says PNG.
"""

from collections.abc import Sequence
from typing import Any

from vladata import pixels
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.image_rule import encoded
from vladata.spec.images import ImageRule

PER_PIXEL = 0.6
"""Bytes per pixel in a JPEG of the recipes' quality (95), with a margin: at most 0.25 on the real videos that were tried."""


class Developed(bytes):
    """An encoded image that already has the form that the recipe asks for."""


def developed(column: Any, rule: ImageRule, swapped: bool) -> Sequence[Any]:
    """Return the pictures of a camera in T steps: Footage becomes T Developed or BadImage; another column is returned unchanged.

    swapped: the frames were recorded as BGR.
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
