"""The sizes of an episode's pictures, and the broken ones, for an index. No pixel is decoded.

A picture is an encoded image (bytes-like), or pixels if the data has pixels. Of a video only the times of its frames are read;
they have no bytes of their own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vladata import pixels
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.image_kinds import Size
from vladata.images import Prober
from vladata.index.rows import ImageSize
from vladata.records import Episode
from vladata.transforms.picture_of_list import NOT_THERE

IMAGE_COLUMNS = "images/"
PictureFault = tuple[int, BadImage, str]
"""Position of the step in the episode, the fault of its picture, the camera."""


class PictureSurvey:
    """A reader of the sizes of pictures, one episode after another; it keeps each camera's last header."""

    def __init__(self) -> None:
        self._probers: dict[str, Prober] = {}

    def __call__(self, episode: Episode) -> tuple[tuple[ImageSize, ...], list[PictureFault]]:
        """Return the sizes by camera, and the faults, camera after camera in the order of the schema."""
        sizes: list[ImageSize] = []
        faults: list[PictureFault] = []
        for name, column in episode.steps.items():
            if not name.startswith(IMAGE_COLUMNS) or not len(column):
                continue
            camera = name.removeprefix(IMAGE_COLUMNS)
            if isinstance(column, Footage):
                measured, wrong = (*column.size, 0, 0, 0), list(column.missing().items())
            elif isinstance(column, np.ndarray):
                measured, wrong = _of_array(column)
            elif _BUFFERS.issuperset(map(type, column)):
                measured, wrong = _of_images(column, self._probers.setdefault(camera, Prober()))
            else:
                measured, wrong = _of_arrays(column)
            for _, fault in wrong:
                fault.where = f"{camera} image"
            faults += [(step, fault, camera) for step, fault in wrong]
            sizes.append(ImageSize(camera, *measured))
        return tuple(sizes), faults


_BUFFERS = {bytes, bytearray, memoryview}
_Measured = tuple[int, int, int, int, int]
"""The fields of ImageSize after its camera."""
_Wrong = list[tuple[int, BadImage]]


def _of_images(column: Sequence[Any], probe: Prober) -> tuple[_Measured, _Wrong]:
    first: Size = (0, 0)
    wrong: _Wrong = []
    for step, image in enumerate(column):
        try:
            size = probe(image)
        except BadImage as fault:
            wrong.append((step, _too_short() if image is NOT_THERE else fault))
            continue
        first = first if any(first) else size
    lengths = np.fromiter(map(len, column), np.int64, len(column))
    repeats = int(np.count_nonzero(lengths[1:] == lengths[:-1]))
    return (*first, int(lengths.sum()), int(lengths.min()), repeats), wrong


def _of_array(column: np.ndarray) -> tuple[_Measured, _Wrong]:
    """Measure pictures uint8 [T, height, width, channels], which all have one size."""
    try:
        size = pixels.measure(column[0])
    except BadImage as fault:
        return (0, 0, column.nbytes, column[0].nbytes, 0), [(step, fault) for step in range(len(column))]
    repeats = sum(map(np.array_equal, column[1:], column[:-1]))
    return (*size, column.nbytes, column[0].nbytes, repeats), []


def _too_short() -> BadImage:
    return BadImage("the list of pictures is too short for the place that the schema names")


def _of_arrays(column: Sequence[Any]) -> tuple[_Measured, _Wrong]:
    """Measure pixels, each picture with its own size, or None if a list was too short."""
    first: Size = (0, 0)
    wrong: _Wrong = []
    for step, picture in enumerate(column):
        try:
            if picture is NOT_THERE:
                raise _too_short()
            if not isinstance(picture, np.ndarray):
                raise BadImage("this is not an image", got=type(picture).__name__)
            size = pixels.measure(picture)
        except BadImage as fault:
            wrong.append((step, fault))
            continue
        first = first if any(first) else size
    lengths = [picture.nbytes if isinstance(picture, np.ndarray) else 0 for picture in column]
    repeats = sum(map(np.array_equal, column[1:], column[:-1]))
    return (*first, sum(lengths), min(lengths), repeats), wrong
