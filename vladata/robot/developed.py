"""Frames of videos as the images of samples: each is decoded once, in order, and encoded at once as the recipe wants it.

So an episode takes the memory of its JPEGs and of one frame, and no frame is encoded twice. A video has lost pixels already,
so its frames become JPEGs whatever a recipe says of PNG.
"""

from collections.abc import Sequence
from typing import Any

from vladata import pixels
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.image_rule import encoded
from vladata.spec.images import ImageRule

PER_PIXEL = 0.6
"""Bytes that a pixel takes in a JPEG of the quality of recipes (95), with room: 0.25 at most on the real videos tried."""


class Developed(bytes):
    """An encoded image that is as the recipe wants it already."""


def developed(column: Any, rule: ImageRule, swapped: bool) -> Sequence[Any]:
    """Return the pictures of a camera in T steps: of Footage T Developed, or the BadImage in place of one; another column as it is.

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
