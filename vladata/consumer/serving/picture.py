"""A picture that arrives as a PNG or JPEG file together with its shape."""

import io

import numpy as np

from vladata.errors import MalformedMessage

FORMATS = ("JPEG", "PNG")
MODES = ("L", "RGB", "RGBA")


def picture(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """Return the picture, uint8 [height, width] or [height, width, channels], read-only.

    Its header is compared with `shape` before it is decoded. Raises MalformedMessage for damaged files, other formats and
    shapes."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            found = (opened.height, opened.width, len(opened.getbands()))
            if opened.mode not in MODES or found != (*shape, 1)[:3]:
                got = f"{opened.mode} {opened.height} x {opened.width}"
                what = "a picture file does not have the shape that the message states"
                raise MalformedMessage(what, got=got, allowed=f"{list(shape)} of {', '.join(MODES)}")
            pixels = np.array(opened).reshape(shape)
    except MalformedMessage:
        raise
    except Exception as fault:  # noqa: BLE001 - Pillow raises nearly anything for damaged files
        allowed = " or ".join(FORMATS)
        raise MalformedMessage(
            "a picture file cannot be decoded", got=type(fault).__name__, allowed=allowed
        ) from None
    pixels.flags.writeable = False
    return pixels
