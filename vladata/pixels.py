"""Pixels, uint8 [height, width, channels], as encoded images, for data that was never encoded.

There are 1 (grey), 3 (RGB) or 4 (RGBA) channels. A PNG keeps all, without loss. A JPEG is RGB: grey is the same in all three,
and transparency is dropped. The same pixels always give the same bytes.
"""

import io
from collections.abc import Sequence

import numpy as np
import simplejpeg
from PIL import Image

from vladata.errors import BadImage
from vladata.image_geometry import ImageGeometry
from vladata.resampling import resampled

CHANNELS = (1, 3, 4)
LIMIT_PIXELS = 64_000_000


def measure(pixels: np.ndarray, limit_pixels: int = LIMIT_PIXELS) -> tuple[int, int]:
    """Return height and width. Raises BadImage for an array that is not a picture, or has more than `limit_pixels` pixels."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in CHANNELS:
        got = f"{pixels.dtype} of shape {list(pixels.shape)}"
        raise BadImage(
            "these pixels are not an image", got=got, allowed="uint8 of [height, width, 1, 3 or 4 channels]"
        )
    height, width = pixels.shape[:2]
    if height < 1 or width < 1:
        raise BadImage("the image has no pixels", got=f"{height} x {width}")
    if height * width > limit_pixels:
        got, allowed = f"{height} x {width}", f"{limit_pixels:,} pixels"
        raise BadImage("the image is too large", got=got, allowed=allowed)
    return height, width


def png(pixels: np.ndarray, level: int = -1) -> bytes:
    """Return a PNG of all channels. level: of zlib's compression, 0 for none to 9; -1 for zlib's default."""
    file = io.BytesIO()
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image.save(file, "PNG", compress_level=level)
    return file.getvalue()


def jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """Return a JPEG, 4:2:0, by libjpeg-turbo."""
    made: bytes = simplejpeg.encode_jpeg(
        rgb(pixels), quality=quality, colorspace="RGB", colorsubsampling="420"
    )
    return made


def made(
    pixels: np.ndarray, geometry: ImageGeometry, kernel: str = "bilinear", colour: Sequence[int] = (0, 0, 0)
) -> np.ndarray:
    """Return uint8 [*geometry.size, 3], RGB, of pixels of the size geometry.recorded: cut, resized by the kernel, with padding of
    this colour around it."""
    top, left, height, width = geometry.box
    cut = rgb(pixels[top : top + height, left : left + width])
    top, left, height, width = geometry.placed
    small = resampled(cut, height, width, kernel)
    if (height, width) == geometry.size:
        return small
    canvas = np.full((*geometry.size, 3), colour, np.uint8)
    canvas[top : top + height, left : left + width] = small
    return canvas


def rgb(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 [height, width, 3], in C order; RGB comes back as it is."""
    three = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3]
    return np.ascontiguousarray(three)


def channels_swapped(pixels: np.ndarray) -> np.ndarray:
    """Return the pixels with red and blue exchanged."""
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    return np.ascontiguousarray(pixels[:, :, order])
