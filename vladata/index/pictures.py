"""The pictures of an episode in an index: their sizes, and the faults of damaged ones.

Pixels are decoded only with `decode`: then a picture with a good header and damaged pixels is found, too. A picture is an encoded
image (bytes-like), or pixels if the data has pixels. Of a video only the times of its frames are examined; frames have no bytes
of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata import pixels
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.image_kinds import Size
from vladata.images import Prober, decoded
from vladata.index.rows import ImageSize
from vladata.records import Episode
from vladata.transforms.picture_of_list import NOT_THERE

IMAGE_COLUMNS = "images/"
PictureFault = tuple[int, BadImage, str]
"""(position of the step in the episode, fault of its picture, camera)."""


class PictureSurvey:
    """Measures the pictures of one episode after another, and remembers each camera's header. decode: True to decode each,
    too."""

    def __init__(self, decode: bool = False) -> None:
        self.decode = decode
        self._probers: dict[str, Prober] = {}

    def __call__(self, episode: Episode) -> tuple[tuple[ImageSize, ...], list[PictureFault]]:
        """Return the sizes of each camera's pictures, and the faults, camera after camera in the order of the schema."""
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
            if self.decode:
                wrong += _undecodable(column, dict(wrong))
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
    """Measure pictures of one size, uint8 [T, height, width, channels]."""
    try:
        size = pixels.measure(column[0])
    except BadImage as fault:
        return (0, 0, column.nbytes, column[0].nbytes, 0), [(step, fault) for step in range(len(column))]
    repeats = sum(map(np.array_equal, column[1:], column[:-1]))
    return (*size, column.nbytes, column[0].nbytes, repeats), []


def _undecodable(column: Any, known: Mapping[int, BadImage]) -> _Wrong:
    """Return the pictures that cannot be decoded, without those in `known`. Pictures that are pixels are never among them."""
    if isinstance(column, Footage):
        frames = enumerate(column.frames())
        return [(step, frame) for step, frame in frames if isinstance(frame, BadImage) and step not in known]
    wrong: _Wrong = []
    for step, image in enumerate(column):
        if step in known or isinstance(image, np.ndarray):
            continue
        try:
            decoded(image)
        except BadImage as fault:
            wrong.append((step, fault))
    return wrong


def _too_short() -> BadImage:
    return BadImage("the list of pictures is too short for the place that the schema names")


def _of_arrays(column: Sequence[Any]) -> tuple[_Measured, _Wrong]:
    """Measure pixels. Each picture may have another size; it is None if a list was too short."""
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
