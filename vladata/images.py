"""Encoded images: what kind and size they are, without a pixel decoded; and the one way in which they are made anew.

Kinds: JPEG and PNG are what datasets hold; GIF and WebP are understood too. A kind is known by its first bytes, its
size stands near them, and its end is checked, since a cut download keeps its header.

The resize rule (RULE; it is part of the action contract, since resizers differ in their pixels). The target is size x
size, the aspect is not kept (as RT-1, OpenVLA and Octo do), EXIF orientation is not applied, transparency is dropped:

1. A JPEG that has the size already stays as it is, byte for byte.
2. A JPEG is decoded at the scale k/8 of its DCT that gives exactly size x size, if there is one (256 -> 224 is 7/8); or
   at the smallest k/8, at most 1/2, that leaves both sides at least `size`; or whole. Other kinds are decoded whole.
3. What has another size yet is resized with Pillow's BILINEAR, which widens its filter when it shrinks (antialiasing).
4. It is encoded as JPEG, 4:2:0, by libjpeg-turbo.

256x256 JPEGs of 29 KB to 224, one core: 1,150 a second by this rule, 700 with step 3 for all (half of that time is the
resizing), 470 with Pillow alone. Between 1/2 and whole, a scale that does not hit costs more than it saves.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import simplejpeg
from PIL import Image

from vladata import pixels
from vladata.errors import BadImage
from vladata.pixels import LIMIT_PIXELS

Buffer = bytes | bytearray | memoryview
Size = tuple[int, int]
"""Height and width, pixels."""

RULE = (
    "size x size; a JPEG of that size as it is; else a JPEG decoded at the DCT scale k/8 that gives it, else at the "
    "smallest k/8 <= 1/2 with both sides >= size, else whole; then Pillow BILINEAR; then JPEG 4:2:0"
)
_UNPACKING = (struct.error, zlib.error)
_PILLOW_FAULTS = (OSError, ValueError, SyntaxError, EOFError, OverflowError, IndexError, *_UNPACKING)
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


def suffix(data: Buffer) -> str:
    """ "jpg", "png", "gif" or "webp": the name's ending for a file that holds `data`."""
    return _kind(data).suffix


def probe(data: Buffer, limit_pixels: int = LIMIT_PIXELS) -> Size:
    """Height and width from the header; BadImage for no image, a cut one, or one of more than `limit_pixels` pixels."""
    kind = _kind(data)
    size = _size(kind, data, limit_pixels)
    if data[-len(kind.end) :] != kind.end and not kind.whole(data):
        raise BadImage(f"the {kind.name} image is cut: its end is missing", got=f"{len(data):,} bytes")
    return size


class Prober:
    """`probe` for the images of one camera: one with the header of the image before has its size.

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
        kind = _kind(data)
        if length := kind.header(data):
            self._known = bytes(data[:length]), length, kind.end, len(kind.end), size
        return size


def resized(data: Buffer, size: int, quality: int = 95, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """A JPEG of size x size pixels, by the rule above."""
    kind = _kind(data)
    found = _size(kind, data, limit_pixels)
    if kind is JPEG and found == (size, size):
        return bytes(data)
    decoded = _jpeg_pixels(data, size) if kind is JPEG else _pillow_pixels(kind, data)
    return pixels.jpeg(pixels.resized(decoded, size), quality)


def as_jpeg(data: Buffer, quality: int = 95, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """The image as JPEG, in its own size; a JPEG stays as it is."""
    kind = _kind(data)
    if kind is JPEG:
        return bytes(data)
    _size(kind, data, limit_pixels)
    return pixels.jpeg(_pillow_pixels(kind, data), quality)


def as_png(data: Buffer, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """The image as PNG, without loss, in its own size; of several frames the first. Transparency is dropped."""
    kind = _kind(data)
    _size(kind, data, limit_pixels)
    return pixels.png(_pillow_pixels(kind, data))


def channels_swapped(data: Buffer, quality: int = 95, limit_pixels: int = LIMIT_PIXELS) -> bytes:
    """The image with red and blue exchanged, in its own size: a PNG as PNG, without loss, any other kind as JPEG."""
    kind = _kind(data)
    found = _size(kind, data, limit_pixels)
    decoded = _jpeg_pixels(data, max(found)) if kind is JPEG else _pillow_pixels(kind, data)
    swapped = pixels.channels_swapped(decoded)
    return pixels.png(swapped) if kind is PNG else pixels.jpeg(swapped, quality)


def luma(data: Buffer, least: int, limit_pixels: int = LIMIT_PIXELS) -> np.ndarray:
    """uint8 [H, W]: the brightness; of a JPEG decoded at the smallest k/8 of its DCT with both sides at least `least`."""
    kind = _kind(data)
    _size(kind, data, limit_pixels)
    if kind is not JPEG or simplejpeg.decode_jpeg_header(data)[2] not in ("YCbCr", "Gray"):
        return np.asarray(Image.fromarray(_pillow_pixels(kind, data)).convert("L"))
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "GRAY", min_height=least, min_width=least))[:, :, 0]
    except ValueError as fault:
        raise _undecodable(kind, fault) from None


def _jpeg_pixels(data: Buffer, size: int) -> np.ndarray:
    """uint8 [H, W, 3], RGB, decoded at the scale that the rule says."""
    try:
        scaled = simplejpeg.decode_jpeg_header(data, min_height=size, min_width=size)
        if scaled[2] not in ("YCbCr", "RGB", "Gray"):
            return _pillow_pixels(JPEG, data)  # libjpeg-turbo does not turn CMYK into RGB
        factor = 1 if scaled[:2] == (size, size) else 2
        decoded: np.ndarray = simplejpeg.decode_jpeg(data, min_height=size, min_width=size, min_factor=factor)
    except ValueError as fault:
        raise _undecodable(JPEG, fault) from None
    return decoded


def _pillow_pixels(kind: "Kind", data: Buffer) -> np.ndarray:
    """uint8 [H, W, 3], RGB; the first frame where there are several."""
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


def _undecodable(kind: "Kind", fault: Exception) -> BadImage:
    return BadImage(f"the {kind.name} image cannot be decoded", got=str(fault))


def _size(kind: "Kind", data: Buffer, limit_pixels: int) -> Size:
    try:
        height, width = kind.size(data)
    except (ValueError, struct.error) as fault:
        raise BadImage(f"the header of the {kind.name} image cannot be read", got=str(fault)) from None
    if height < 1 or width < 1:
        raise BadImage(f"the {kind.name} image has no pixels", got=f"{height} x {width}")
    if height * width > limit_pixels:
        got, allowed = f"{height} x {width}", f"{limit_pixels:,} pixels"
        raise BadImage(f"the {kind.name} image is too large", got=got, allowed=allowed)
    return height, width


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of image.

    name, suffix, pillow: for errors, for file names, for Pillow.
    size:   height and width from the header; ValueError or struct.error where there are none.
    header: how many bytes of `data` decide the size, 0 where that is not worth knowing.
    end:    the last bytes of an image that nothing follows.
    whole:  whether the end is there, for an image that something may follow.
    """

    name: str
    suffix: str
    pillow: str
    size: Callable[[Buffer], Size]
    header: Callable[[Buffer], int]
    end: bytes
    whole: Callable[[Buffer], bool]


def _kind(data: Buffer) -> Kind:
    if data[:3] == b"\xff\xd8\xff":
        return JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    start = bytes(data[:12])
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return WEBP
    raise BadImage("these bytes are no image", got=start, allowed="JPEG, PNG, GIF, WebP")


def _jpeg_size(data: Buffer) -> Size:
    height, width, *_ = simplejpeg.decode_jpeg_header(data)
    return height, width


def _jpeg_header(data: Buffer) -> int:
    """Bytes up to the end of the frame segment (SOF), which holds the size."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], 2 + (data[at + 2] << 8 | data[at + 3])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return at + length
        at += length
    return 0


def _jpeg_whole(data: Buffer) -> bool:
    """Zeros may follow the end marker. Where something else does, only decoding tells; 1/8 of the size is enough."""
    if bytes(data).rstrip(b"\0").endswith(JPEG.end):
        return True
    try:
        simplejpeg.decode_jpeg(data, min_height=1, min_width=1, min_factor=8)
    except ValueError:
        return False
    return True


def _png_size(data: Buffer) -> Size:
    length, name, width, height = struct.unpack(">I4sII", data[8:24])
    if name != b"IHDR" or length != 13:
        raise ValueError("the first chunk is not IHDR")
    return height, width


def _png_whole(data: Buffer) -> bool:
    """Whether the chunks lead to IEND; anything may follow it."""
    at = 8
    while at + 12 <= len(data):
        at, name = at + 12 + int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if name == b"IEND":
            return at <= len(data)
    return False


def _gif_size(data: Buffer) -> Size:
    width, height = struct.unpack("<HH", data[6:10])
    return height, width


def _gif_whole(data: Buffer) -> bool:
    return bytes(data).rstrip(b"\0").endswith(GIF.end)


def _webp_size(data: Buffer) -> Size:
    """Lossy (VP8), lossless (VP8L) and extended (VP8X) WebP say it in three ways."""
    chunk = bytes(data[12:16])
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return height & 0x3FFF, width & 0x3FFF
    if chunk == b"VP8L":
        (packed,) = struct.unpack("<I", data[21:25])
        return (packed >> 14 & 0x3FFF) + 1, (packed & 0x3FFF) + 1
    if chunk == b"VP8X" and len(data) >= 30:
        return int.from_bytes(data[27:30], "little") + 1, int.from_bytes(data[24:27], "little") + 1
    raise ValueError("no VP8, VP8L or VP8X chunk")


def _webp_whole(data: Buffer) -> bool:
    return 8 + int.from_bytes(data[4:8], "little") <= len(data)


JPEG = Kind("JPEG", "jpg", "JPEG", _jpeg_size, _jpeg_header, b"\xff\xd9", _jpeg_whole)
PNG = Kind("PNG", "png", "PNG", _png_size, lambda data: 33, b"\0\0\0\0IEND\xae\x42\x60\x82", _png_whole)
GIF = Kind("GIF", "gif", "GIF", _gif_size, lambda data: 0, b";", _gif_whole)
WEBP = Kind("WebP", "webp", "WEBP", _webp_size, lambda data: 0, b"", _webp_whole)
