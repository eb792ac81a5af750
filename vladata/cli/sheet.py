"""A contact sheet: samples as a grid of pictures, each with its instruction and target under it."""

import io
import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from vladata.errors import OutputError
from vladata.records import Sample

COLUMNS, SIDE, GAP, CAPTION = 6, 200, 12, 58
PAPER, INK, FAINT = (250, 249, 246), (30, 30, 34), (110, 110, 118)


def draw(samples: Sequence[Sample], path: str, every: bool = False) -> None:
    """Writes the sheet of `samples` as a PNG. every: with all pictures of each, side by side, and not the first alone."""
    cells = [cell for sample in samples for cell in _cells(sample, every)]
    rows = -(-len(cells) // COLUMNS) or 1
    size = (GAP + COLUMNS * (SIDE + GAP), GAP + rows * (SIDE + CAPTION + GAP))
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, (sample, image) in enumerate(cells):
        left = GAP + i % COLUMNS * (SIDE + GAP)
        top = GAP + i // COLUMNS * (SIDE + CAPTION + GAP)
        picture = _picture(image)
        if picture is None:
            says = "cannot be decoded" if image else "no picture"
            pen.text((left, top), says, FAINT, ImageFont.load_default(size=12))
        else:
            sheet.paste(picture, (left + (SIDE - picture.width) // 2, top + (SIDE - picture.height) // 2))
        _caption(pen, sample, left, top + SIDE + 4)
    try:
        sheet.save(path, "PNG")
    except OSError as fault:
        raise OutputError(f"cannot write the contact sheet: {fault}", where=path) from fault


def _cells(sample: Sample, every: bool) -> list[tuple[Sample, bytes]]:
    """The pictures of a sample that are drawn, each with it; b"" where it has none."""
    images = list(sample.images.values()) or [b""]
    return [(sample, image) for image in (images if every else images[:1])]


def _picture(data: bytes) -> Image.Image | None:
    """The image as large as its place; None when it does not decode: what passes through untouched was never tried."""
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    picture.thumbnail((SIDE, SIDE))
    return picture.resize(_fitted(picture.size))


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    scale = SIDE / max(size)
    return round(size[0] * scale), round(size[1] * scale)


def _caption(pen: ImageDraw.ImageDraw, sample: Sample, left: int, top: int) -> None:
    font = ImageFont.load_default(size=12)
    lines = textwrap.wrap(sample.instruction, 32)[:2]
    for i, line in enumerate([*lines, *[""] * (2 - len(lines))]):
        pen.text((left, top + 15 * i), line, INK, font)
    pen.text((left, top + 33), sample.target[:34], FAINT, font)
