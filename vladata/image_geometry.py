"""The map of coordinates from a recorded picture to the picture made from it, by crop and resize.

A coordinate is a place on the picture, not the number of a pixel: pixel i lies between i and i + 1, its middle is at
i + 0.5, and a picture of height H reaches from 0 to H. For a whole number that names a pixel, as annotations often do, map
i + 0.5. Resizing takes edges to edges, so the map is affine, the same for every kernel:

    y' = scale_y * y + offset_y        x' = scale_x * x + offset_x

The recorded picture loses what is outside `box`; the box is resized to fill `placed` in the made picture; what is outside
`placed` is padding. Three fits of a box to a size:

    stretch  the box is the picture, placed is the size; the aspect changes
    pad      the box is the picture; placed is the largest rectangle of its aspect, sides rounded down but never to 0, as
             tf.image.resize_with_pad and openpi's resize_with_pad. Its position is `place`: centre (the odd pixel after
             it, as both do), top_left, bottom_right (LeRobot's SmolVLA and pi0 pad above and to the left)
    crop     placed is the size; the box is the largest rectangle of the size's aspect, sides rounded to the nearest, in the
             middle of the picture (the odd pixel after it)

`crop_area` comes before: the middle of the picture that has this share of its area, each side times the root of the share,
rounded to the nearest (OpenVLA's centre crop at inference has 0.9, and does not round). Here the sides are computed exactly;
openpi divides floats, and so loses a pixel for 340 of 12,000 pairs of a side and a target, such as 9 -> 224.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

Fit = Literal["stretch", "pad", "crop"]
Placing = Literal["centre", "top_left", "bottom_right"]


class Rectangle(NamedTuple):
    """Whole pixels of a picture: from row `top`, column `left`, `height` rows and `width` columns."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class ImageGeometry:
    """The crop, resize and padding that turn one picture into another.

    recorded: height and width of the recorded picture, pixels.
    size:     height and width of the made picture, pixels.
    box:      the part of the recorded picture that is kept.
    placed:   the place of that part in the made picture; the rest is padding.
    """

    recorded: tuple[int, int]
    size: tuple[int, int]
    box: Rectangle
    placed: Rectangle

    @property
    def scale_y(self) -> float:
        """Made pixels for one recorded pixel, vertically."""
        return self.placed.height / self.box.height

    @property
    def scale_x(self) -> float:
        """Made pixels for one recorded pixel, horizontally."""
        return self.placed.width / self.box.width

    @property
    def offset_y(self) -> float:
        """The place of the recorded picture's top edge, in made pixels; negative where it is cropped away."""
        return self.placed.top - self.scale_y * self.box.top

    @property
    def offset_x(self) -> float:
        """The place of the recorded picture's left edge, in made pixels; negative where it is cropped away."""
        return self.placed.left - self.scale_x * self.box.left

    @property
    def is_identity(self) -> bool:
        """True if every pixel stays where it is, and none is added."""
        return self.size == self.recorded and self.box == self.placed == Rectangle(0, 0, *self.size)

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Map recorded coordinates, numbers [..., 2] (y, x) -> float64 [..., 2] on the made picture, or outside it."""
        moved: np.ndarray = np.asarray(points, np.float64) * self._scale + self._offset
        return moved

    def backward(self, points: np.ndarray) -> np.ndarray:
        """Map coordinates on the made picture, numbers [..., 2] (y, x) -> float64 [..., 2] on the recorded one."""
        moved: np.ndarray = (np.asarray(points, np.float64) - self._offset) / self._scale
        return moved

    def shows(self, points: np.ndarray) -> np.ndarray:
        """Return bool [...]: True for recorded coordinates, numbers [..., 2] (y, x), that were kept; edges count as kept."""
        at, low = np.asarray(points, np.float64), np.array(self.box[:2])
        kept: np.ndarray = ((low <= at) & (at <= low + self.box[2:])).all(axis=-1)
        return kept

    def within(self, top: float, left: float, height: float, width: float) -> "ImageGeometry":
        """Return the geometry with which a part of the made picture fills all of it, cut from the recorded picture in whole
        pixels.

        top, left, height, width: of the part, as shares of the made picture's sides. A part of padding alone changes nothing."""
        rows = _cut(top * self.size[0], height * self.size[0], *self._span(0))
        columns = _cut(left * self.size[1], width * self.size[1], *self._span(1))
        if rows is None or columns is None:
            return self
        (from_row, tall, to_row, high), (from_column, broad, to_column, wide) = rows, columns
        box, placed = (
            Rectangle(from_row, from_column, tall, broad),
            Rectangle(to_row, to_column, high, wide),
        )
        return ImageGeometry(self.recorded, self.size, box, placed)

    def _span(self, axis: int) -> tuple[int, int, int, int, int]:
        """Return for rows (0) or columns (1): start and length of the box, start and length of `placed`, and the size."""
        return (
            self.box[axis],
            self.box[axis + 2],
            self.placed[axis],
            self.placed[axis + 2],
            self.size[axis],
        )

    @property
    def _scale(self) -> np.ndarray:
        return np.array([self.scale_y, self.scale_x])

    @property
    def _offset(self) -> np.ndarray:
        return np.array([self.offset_y, self.offset_x])


def image_geometry(
    height: int,
    width: int,
    size: tuple[int, int] | None = None,
    *,
    fit: Fit = "stretch",
    place: Placing = "centre",
    crop_area: float = 1.0,
) -> ImageGeometry:
    """Return the geometry of a picture of `height` x `width` pixels, each at least 1, made `size` (height, width) by `fit`.

    size: None where pictures keep their size; then nothing is cropped either.   place: of the picture in its padding (`pad`).
    crop_area: share of the picture's area, above 0 and up to 1, whose middle is kept before `fit`.
    """
    whole = Rectangle(0, 0, height, width)
    if size is None:
        return ImageGeometry((height, width), (height, width), whole, whole)
    box, placed = _middle(whole, *(_nearest(side * math.sqrt(crop_area)) for side in (height, width))), size
    across, down = (
        box.width * size[0],
        box.height * size[1],
    )  # their quotient: how much wider than `size` the box is
    if fit == "crop" and across > down:
        box = _middle(box, box.height, _nearest(down / size[0]))
    elif fit == "crop":
        box = _middle(box, _nearest(across / size[1]), box.width)
    elif fit == "pad" and across > down:
        placed = max(1, box.height * size[1] // box.width), size[1]
    elif fit == "pad":
        placed = size[0], max(1, box.width * size[0] // box.height)
    return ImageGeometry((height, width), size, box, _placed(place, placed, size))


def _cut(
    start: float, length: float, begin: int, side: int, at: int, span: int, size: int
) -> tuple[int, int, int, int] | None:
    """Return, for `length` made pixels from `start`, the recorded pixels shown there (first and count) and their place (first and
    count). None where only padding is shown."""
    low, high = max(start, at), min(start + length, at + span)
    if low >= high:
        return None
    first, last = (math.floor((edge - at) * side / span + 0.5) for edge in (low, high))
    first = min(first, side - 1)
    there, then = (math.floor((edge - start) * size / length + 0.5) for edge in (low, high))
    there = min(there, size - 1)
    return begin + first, max(1, last - first), there, max(1, then - there)


def _nearest(side: float) -> int:
    return max(1, math.floor(side + 0.5))


def _middle(of: Rectangle, height: int, width: int) -> Rectangle:
    return Rectangle(of.top + (of.height - height) // 2, of.left + (of.width - width) // 2, height, width)


def _placed(place: Placing, placed: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    free = size[0] - placed[0], size[1] - placed[1]
    at = {"centre": (free[0] // 2, free[1] // 2), "top_left": (0, 0), "bottom_right": free}[place]
    return Rectangle(*at, *placed)
