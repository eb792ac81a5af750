"""A contact sheet: samples as a grid, each with all its pictures, and below them a heading, its prompt and its target.

The cameras of a sample share its place: in rows and columns, or, if a sample shows several frames, one row per camera with the
earliest frame first; only the MOST_FRAMES latest frames are shown. A text that is longer than its place ends in MORE.
"""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from PIL import Image, ImageDraw, ImageFont

from vladata.errors import OutputError
from vladata.near_path import unwritten
from vladata.records import Sample

COLUMNS, SIDE, GAP = 6, 200, 12
MOST_FRAMES = 4
PAPER, INK, FAINT = (250, 249, 246), (30, 30, 34), (110, 110, 118)
MORE = " ..."
FONT_SIZE, LINE = 12, 15  # pixels
LINES, PROMPT_LINES = 8, 5
TEXT = LINE * LINES + 8


@dataclass(frozen=True)
class Cell:
    """A sample and the heading over its text, such as the name of its source."""

    sample: Sample
    heading: str = ""


def draw(cells: Sequence[Cell], path: str, columns: int = COLUMNS) -> None:
    """Write the sheet of some samples as a PNG."""
    rows = ceil(len(cells) / columns) or 1
    size = (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + TEXT + GAP))
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, cell in enumerate(cells):
        left = GAP + i % columns * (SIDE + GAP)
        top = GAP + i // columns * (SIDE + TEXT + GAP)
        _pictures(sheet, pen, cell.sample, left, top)
        _texts(pen, cell, left, top + SIDE + 4)
    try:
        sheet.save(path, "PNG")
    except OSError as fault:
        raise OutputError(
            "cannot write the contact sheet",
            where=path,
            got=fault.strerror or str(fault),
            hint=unwritten(fault, path),
        ) from fault


def _pictures(sheet: Image.Image, pen: ImageDraw.ImageDraw, sample: Sample, left: int, top: int) -> None:
    grid = _grid(sample)
    side = SIDE // max(len(grid), *map(len, grid))
    top += (SIDE - side * len(grid)) // 2
    for row, images in enumerate(grid):
        for column, image in enumerate(images):
            x, y = left + column * side, top + row * side
            picture = _picture(image, side)
            if picture is None:
                says = "cannot be decoded" if image else "no picture"
                pen.text((x, y), says, FAINT, _font())
            else:
                sheet.paste(picture, (x + (side - picture.width) // 2, y + (side - picture.height) // 2))


def _grid(sample: Sample) -> list[list[bytes]]:
    """Return the pictures in rows: the frames of a camera, or a few cameras; b"" for a sample without a picture."""
    frames: dict[str, list[bytes]] = {}
    for name, image in sample.images.items():
        frames.setdefault(name.partition("-")[0], []).append(image)
    if not frames:
        return [[b""]]
    if any(len(each) > 1 for each in frames.values()):
        return [list(reversed(each[:MOST_FRAMES])) for each in frames.values()]
    images = [image for (image,) in frames.values()]
    wide = ceil(sqrt(len(images)))
    return [images[at : at + wide] for at in range(0, len(images), wide)]


def _picture(data: bytes, side: int) -> Image.Image | None:
    """Return the image, scaled to its place; None if it cannot be decoded, since a conversion need not decode every image."""
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    picture.thumbnail((side, side))
    return picture.resize(_fitted(picture.size, side))


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _texts(pen: ImageDraw.ImageDraw, cell: Cell, left: int, top: int) -> None:
    """Write the heading, the prompt, and the target in the lines that are left."""
    heading = wrapped(cell.heading or cell.sample.task, 1)
    prompt = wrapped(cell.sample.prompt, PROMPT_LINES)
    target = wrapped(f"> {cell.sample.target}", LINES - len(heading) - len(prompt))
    colours = [FAINT] * len(heading) + [INK] * len(prompt) + [FAINT] * len(target)
    for i, (line, colour) in enumerate(zip([*heading, *prompt, *target], colours, strict=True)):
        pen.text((left, top + LINE * i), line, colour, _font())


def wrapped(text: str, lines: int) -> list[str]:
    """Return a text in at most `lines` lines that fit the width of a place; MORE ends a text that does not fit."""
    font = _font()
    plain = " ".join(text.split())
    width = min(len(plain), 60)
    while width > 1:
        found = textwrap.wrap(plain, width, max_lines=lines, placeholder=MORE)
        if all(font.getlength(line) <= SIDE for line in found):
            return found
        width -= 1
    return [MORE.strip()] if plain else []


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=FONT_SIZE)
