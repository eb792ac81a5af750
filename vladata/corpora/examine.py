"""The index entry of one encoded image: its place, its size, its digest. No pixel is decoded, except for a perceptual hash.

Rule: bytes that are not an image, a cut image, and an image of too many pixels or bytes are a DataError, found from the header
and the end alone. So a file of some kilobytes that would become 50,000 x 50,000 pixels does no harm.
"""

from typing import NamedTuple

from xxhash import xxh3_64_intdigest

from vladata.errors import UnfitRecord
from vladata.image_kinds import Buffer
from vladata.images import probe

LARGEST_IMAGE = 64 << 20
"""The most bytes of an encoded image."""


class Image(NamedTuple):
    """One image, with the fields of rows.IMAGE."""

    file: str
    offset: int
    length: int
    height: int
    width: int
    digest: int
    look: int | None


class Examiner:
    """A function from bytes to Image. looks: True to make a perceptual hash too, for which the pixels are decoded."""

    def __init__(self, looks: bool) -> None:
        self.looks = looks

    def __call__(self, data: Buffer, file: str, offset: int) -> Image:
        """Return the entry of the image `data`, which is at `offset` in `file`; "" means the file of the record."""
        if len(data) > LARGEST_IMAGE:
            raise too_large(len(data))
        height, width = probe(data)
        look = None
        if self.looks:
            from vladata.looks import look as look_of

            look = look_of(data)
        return Image(file, offset, len(data), height, width, xxh3_64_intdigest(data), look)


def too_large(size: int) -> UnfitRecord:
    """Return the error of an image of `size` bytes."""
    return UnfitRecord("too_large", "the image is too large", got=size, allowed=f"{LARGEST_IMAGE:,} bytes")
