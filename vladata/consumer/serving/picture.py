"""A picture that came as a file: PNG or JPEG, of the shape that stands beside it."""

import io

import numpy as np

from vladata.errors import MalformedMessage

FORMATS = ("JPEG", "PNG")
MODES = ("L", "RGB", "RGBA")


def picture(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """uint8 [height, width] or [height, width, channels], read-only. Its header is held against `shape` before it is decoded.

    Raises MalformedMessage for damaged files, other formats and other shapes."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            found = (opened.height, opened.width, len(opened.getbands()))
            if opened.mode not in MODES or found != (*shape, 1)[:3]:
                got = f"{opened.mode} {opened.height} x {opened.width}"
                what = "a picture is not of the shape that stands beside it"
                raise MalformedMessage(what, got=got, allowed=f"{list(shape)} of {', '.join(MODES)}")
            pixels = np.array(opened).reshape(shape)
    except MalformedMessage:
        raise
    except Exception as fault:  # noqa: BLE001 - Pillow raises nearly anything for damaged files
        allowed = " or ".join(FORMATS)
        raise MalformedMessage(
            "a picture cannot be read", got=type(fault).__name__, allowed=allowed
        ) from None
    pixels.flags.writeable = False
    return pixels
