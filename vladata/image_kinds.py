"""Kinds of encoded images: how each is recognised by its first bytes, and where its size and its end are found.

Datasets hold JPEG and PNG; GIF and WebP are understood too. No pixel is decoded, except to look for the end of a JPEG that is
followed by other bytes.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import simplejpeg

from vladata.errors import BadImage

Buffer = bytes | bytearray | memoryview
Size = tuple[int, int]
"""Height and width, pixels."""


@dataclass(frozen=True, slots=True)
class ImageKind:
    """A kind of image.

    name, suffix, pillow: its name in errors, in file names and in Pillow.
    size:   returns height and width from the header. Raises ValueError or struct.error if there are none.
    header: returns the number of first bytes that decide the size; 0 for a kind of which sizes are not remembered.
    end:    the last bytes of an image that no other bytes follow.
    whole:  returns True if the end is there, for an image that other bytes may follow.
    """

    name: str
    suffix: str
    pillow: str
    size: Callable[[Buffer], Size]
    header: Callable[[Buffer], int]
    end: bytes
    whole: Callable[[Buffer], bool]


def kind_of(data: Buffer) -> ImageKind:
    """Return the kind, by the first bytes. Raises BadImage for an unknown kind."""
    if data[:3] == b"\xff\xd8\xff":
        return JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    start = bytes(data[:12])
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return WEBP
    raise BadImage("these bytes are not an image", got=start, allowed="JPEG, PNG, GIF, WebP")


def size_in_header(kind: ImageKind, data: Buffer, limit_pixels: int) -> Size:
    """Return height and width. Raises BadImage if the header has none, or more than `limit_pixels` pixels."""
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


def _jpeg_size(data: Buffer) -> Size:
    height, width, *_ = simplejpeg.decode_jpeg_header(data)
    return height, width


def jpeg_frame(data: Buffer) -> tuple[int, int, int]:
    """Return height, width and components of a JPEG by its frame segment (SOF); zeros if there is none. It takes 1.5
    microseconds, and is enough for a caller that decodes the picture next."""
    at = _jpeg_segment(data)
    if not at or at + 10 > len(data):
        return 0, 0, 0
    return data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8], data[at + 9]


def _jpeg_header(data: Buffer) -> int:
    """Return the number of bytes up to the end of the frame segment, which holds the size."""
    at = _jpeg_segment(data)
    return at and at + 2 + (data[at + 2] << 8 | data[at + 3])


def _jpeg_segment(data: Buffer) -> int:
    """Return the byte at which the frame segment begins; 0 if there is none."""
    at, stop = 2, len(data) - 4
    while at <= stop and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return at
        at += 2 + (data[at + 2] << 8 | data[at + 3])
    return 0


def _jpeg_whole(data: Buffer) -> bool:
    """Return True if the end is there. Zeros may follow the end marker; other bytes make decoding necessary, at 1/8 of the
    size."""
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
    """Return True if the chunks lead to IEND; any bytes may follow it."""
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
    """Return height and width, which lossy (VP8), lossless (VP8L) and extended (VP8X) WebP store in three ways."""
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


JPEG = ImageKind("JPEG", "jpg", "JPEG", _jpeg_size, _jpeg_header, b"\xff\xd9", _jpeg_whole)
PNG = ImageKind("PNG", "png", "PNG", _png_size, lambda data: 33, b"\0\0\0\0IEND\xae\x42\x60\x82", _png_whole)
GIF = ImageKind("GIF", "gif", "GIF", _gif_size, lambda data: 0, b";", _gif_whole)
WEBP = ImageKind("WebP", "webp", "WEBP", _webp_size, lambda data: 0, b"", _webp_whole)
