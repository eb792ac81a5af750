"""Encoded images: their size, without decoding a pixel, and their pixels.

The kind and the size are read from the first bytes (`vladata/image_kinds.py`), and the end is checked, since an incomplete
download has its header too. `vladata/image_rule.py` resizes and encodes images by a recipe.
"""

import io
import struct
import warnings
import zlib

import numpy as np
import simplejpeg
from PIL import Image

from vladata import pixels
from vladata.errors import BadImage
from vladata.image_kinds import JPEG, PNG, Buffer, ImageKind, Size, kind_of, size_in_header
from vladata.pixels import LIMIT_PIXELS

_UNPACKING = (struct.error, zlib.error)
_PILLOW_FAULTS = (OSError, ValueError, SyntaxError, EOFError, OverflowError, IndexError, *_UNPACKING)
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


def suffix(data: Buffer) -> str:
    """Return "jpg", "png", "gif" or "webp": the ending of a file name for `data`."""
    return kind_of(data).suffix


def probe(data: Buffer, limit_pixels: int = LIMIT_PIXELS) -> Size:
    """Return height and width from the header. Raises BadImage for other bytes, a cut image, or over `limit_pixels` pixels."""
    kind = kind_of(data)
    found = size_in_header(kind, data, limit_pixels)
    if data[-len(kind.end) :] != kind.end and not kind.whole(data):
        raise BadImage(f"the {kind.name} image is cut: its end is missing", got=f"{len(data):,} bytes")
    return found


class Prober:
    """A `probe` for the images of one camera: an image whose header equals the one before has the same size.

    A header is everything up to the size: in a JPEG its tables and the frame segment, in a PNG the IHDR chunk. The end
    is checked on each image. Keep one for each camera; 0.5 microseconds where the header repeats, 5 where it does not.
    """

    def __init__(self, limit_pixels: int = LIMIT_PIXELS) -> None:
        self.limit_pixels = limit_pixels
        self._known: tuple[bytes, int, bytes, int, Size] | None = None

    def __call__(self, data: Buffer) -> Size:
        if known := self._known:
            header, length, end, end_length, size = known
            if bytes(data[:length]) == header and data[-end_length:] == end:
                return size
        size = probe(data, self.limit_pixels)
        kind = kind_of(data)
        if length := kind.header(data):
            self._known = bytes(data[:length]), length, kind.end, len(kind.end), size
        return size


def size_of(data: Buffer, limit_pixels: int = LIMIT_PIXELS) -> Size:
    """Return height and width from the header alone. Raises BadImage as `probe` does, but the end is not checked."""
    return size_in_header(kind_of(data), data, limit_pixels)


def decoded(data: Buffer, least: Size | None = None, limit_pixels: int = LIMIT_PIXELS) -> np.ndarray:
    """Return uint8 [H, W, 3], RGB; of several frames the first. Transparency is dropped, EXIF orientation is not applied.

    least: a JPEG is decoded at the scale k/8 of its DCT that gives exactly this height and width, if there is one; or at the
    smallest k/8, at most 1/2, with both sides at least as long; or whole. Other kinds are decoded whole. Between 1/2 and whole,
    a scale that does not give the exact size costs more than it saves.
    """
    kind = kind_of(data)
    size_in_header(kind, data, limit_pixels)
    return _jpeg_pixels(data, least) if kind is JPEG else _pillow_pixels(kind, data)


def decoded_size(data: Buffer, least: Size | None = None, limit_pixels: int = LIMIT_PIXELS) -> Size:
    """Return height and width of the result of `decoded`, without decoding. Raises BadImage."""
    kind = kind_of(data)
    whole = size_in_header(kind, data, limit_pixels)
    if kind is not JPEG or least is None:
        return whole
    try:
        scale = _jpeg_scale(data, least)
    except ValueError as fault:
        raise _undecodable(kind, fault) from None
    return (scale[0], scale[1]) if scale else whole


def as_jpeg(data: Buffer, quality: int = 95, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """Return the image as JPEG, in its own size; a JPEG stays as it is."""
    kind = kind_of(data)
    if kind is JPEG:
        return bytes(data)
    size_in_header(kind, data, limit_pixels)
    return pixels.jpeg(_pillow_pixels(kind, data), quality)


def as_png(data: Buffer, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """Return the image as PNG, without loss, in its own size; of several frames the first. Transparency is dropped."""
    kind = kind_of(data)
    size_in_header(kind, data, limit_pixels)
    return pixels.png(_pillow_pixels(kind, data))


def channels_swapped(data: Buffer, quality: int = 95, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """Return the image with red and blue exchanged, in its own size: a PNG as PNG, without loss, any other kind as JPEG."""
    kind = kind_of(data)
    swapped = pixels.channels_swapped(decoded(data, None, limit_pixels))
    return pixels.png(swapped) if kind is PNG else pixels.jpeg(swapped, quality)


def luma(data: Buffer, least: int, limit_pixels: int = LIMIT_PIXELS) -> np.ndarray:
    """Return uint8 [H, W], the brightness. A JPEG is decoded at the smallest k/8 of its DCT with both sides at least `least`."""
    kind = kind_of(data)
    size_in_header(kind, data, limit_pixels)
    if kind is not JPEG or simplejpeg.decode_jpeg_header(data)[2] not in ("YCbCr", "Gray"):
        return np.asarray(Image.fromarray(_pillow_pixels(kind, data)).convert("L"))
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "GRAY", min_height=least, min_width=least))[:, :, 0]
    except ValueError as fault:
        raise _undecodable(kind, fault) from None


def _jpeg_scale(data: Buffer, least: Size | None) -> tuple[int, ...]:
    """Return height, width and the least factor of the scale that `decoded` uses; () for a JPEG that libjpeg-turbo does not turn
    into RGB, such as CMYK."""
    height, width = least or (0, 0)  # 0: not scaled
    scaled = simplejpeg.decode_jpeg_header(data, min_height=height, min_width=width)
    if scaled[2] not in ("YCbCr", "RGB", "Gray"):
        return ()
    if scaled[:2] == least:
        return (*scaled[:2], 1)
    halved = simplejpeg.decode_jpeg_header(data, min_height=height, min_width=width, min_factor=2)
    return (*halved[:2], 2)


def _jpeg_pixels(data: Buffer, least: Size | None) -> np.ndarray:
    """Return uint8 [H, W, 3], RGB, at the scale that `decoded` uses."""
    height, width = least or (0, 0)
    try:
        scale = _jpeg_scale(data, least)
        if not scale:
            return _pillow_pixels(JPEG, data)
        found: np.ndarray = simplejpeg.decode_jpeg(
            data, min_height=height, min_width=width, min_factor=scale[2]
        )
    except ValueError as fault:
        raise _undecodable(JPEG, fault) from None
    return found


def _pillow_pixels(kind: ImageKind, data: Buffer) -> np.ndarray:
    """Return uint8 [H, W, 3], RGB; of several frames the first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=(kind.pillow,))
            image.load()
    except (*_BOMBS, *_PILLOW_FAULTS) as fault:
        raise _undecodable(kind, fault) from None
    if image.mode[0] in "IF":
        hint = "It is mostly a depth map: leave such images out."
        raise BadImage(
            f"a {kind.name} of more than 8 bits a channel cannot become a JPEG", got=image.mode, hint=hint
        )
    return np.asarray(image.convert("RGB"))


def _undecodable(kind: ImageKind, fault: Exception) -> BadImage:
    return BadImage(f"the {kind.name} image cannot be decoded", got=str(fault))
