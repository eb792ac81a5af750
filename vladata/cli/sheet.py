"""A contact sheet: samples as a grid of pictures, each with its instruction and target under it.

Of a sample that shows several frames, those of its first camera stand side by side in its place, the earliest first; of many
the MOST_FRAMES latest.
"""

import io
import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from vladata.errors import OutputError
from vladata.records import Sample

COLUMNS, SIDE, GAP, CAPTION = 6, 200, 12, 58
MOST_FRAMES = 4
PAPER, INK, FAINT = (250, 249, 246), (30, 30, 34), (110, 110, 118)


def draw(samples: Sequence[Sample], path: str, every: bool = False) -> None:
    """Write the sheet of `samples` as a PNG. every: with all pictures of each, side by side, and not those of one camera."""
    cells = [cell for sample in samples for cell in _cells(sample, every)]
    rows = -(-len(cells) // COLUMNS) or 1
    size = (GAP + COLUMNS * (SIDE + GAP), GAP + rows * (SIDE + CAPTION + GAP))
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, (sample, frames) in enumerate(cells):
        left = GAP + i % COLUMNS * (SIDE + GAP)
        top = GAP + i // COLUMNS * (SIDE + CAPTION + GAP)
        side = SIDE // len(frames)
        for at, frame in enumerate(frames):
            place, picture = left + at * side, _picture(frame, side)
            if picture is None:
                says = "cannot be decoded" if frame else "no picture"
                pen.text((place, top), says, FAINT, ImageFont.load_default(size=12))
            else:
                middle = (place + (side - picture.width) // 2, top + (SIDE - picture.height) // 2)
                sheet.paste(picture, middle)
        _caption(pen, sample, left, top + SIDE + 4)
    try:
        sheet.save(path, "PNG")
    except OSError as fault:
        raise OutputError(
            "cannot write the contact sheet", where=path, got=fault.strerror or str(fault)
        ) from fault


def _cells(sample: Sample, every: bool) -> list[tuple[Sample, list[bytes]]]:
    """Return the pictures of a sample that are drawn in one place, each with it; b"" where it has none."""
    if every and sample.images:
        return [(sample, [image]) for image in sample.images.values()]
    first = next(iter(sample.images), "")
    names = [name for name in sample.images if name.partition("-")[0] == first]
    return [(sample, [sample.images[name] for name in reversed(names[:MOST_FRAMES])] or [b""])]


def _picture(data: bytes, side: int) -> Image.Image | None:
    """Return the image as large as its place; None when it does not decode: what passes through untouched was never tried."""
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    picture.thumbnail((side, side))
    return picture.resize(_fitted(picture.size, side))


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = side / max(size)
    return round(size[0] * scale), round(size[1] * scale)


def _caption(pen: ImageDraw.ImageDraw, sample: Sample, left: int, top: int) -> None:
    font = ImageFont.load_default(size=12)
    lines = textwrap.wrap(sample.instruction, 32)[:2]
    for i, line in enumerate([*lines, *[""] * (2 - len(lines))]):
        pen.text((left, top + 15 * i), line, INK, font)
    pen.text((left, top + 33), sample.target[:34], FAINT, font)
