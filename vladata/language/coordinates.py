"""Points of a picture as text, in the forms that models read and write.

    form        a point x = 0.25, y = 0.5 of the picture      a box
    loc         <loc0512><loc0256>                            <locY1><locX1><locY2><locX2>
    per_255     64 128                                        x1 y1 x2 y2
    per_1000    250 500                                       x1 y1 x2 y2
    pixels      56 112 of 224 x 224                           x1 y1 x2 y2

A coordinate c is 0 at the left or upper edge of the sample's picture, and 1 at the other edge. It is written as
floor(c * n + 1/2), n = 1023 (loc), 255, 1000, or the picture's side in pixels: halves are rounded up. PaliGemma writes y before
x; the source of its rounding is OpenTau's grounding/loc_codec.py. Several boxes are joined by " ; ".
"""

import math
import re
from collections.abc import Sequence

from vladata.errors import ParseError

BETWEEN = " ; "
_MOST = {"loc": 1023, "per_255": 255, "per_1000": 1000}
_LOC = re.compile(r"(?:<loc\d{4}>)+")
_NUMBERS = re.compile(r"\d{1,9}(?: \d{1,9})+")

Point = tuple[float, float]
"""(y, x), in pixels of a picture."""


def spelled(points: Sequence[Point], size: tuple[int, int], form: str) -> str:
    """Return the text of points that belong together: one point, the two corners of a box, or the points of a trace.

    points: points within the picture.
    size:   height and width of the picture, pixels.
    """
    if form == "loc":
        return "".join(
            f"<loc{_whole(c, side, form):04d}>"
            for point in points
            for c, side in zip(point, size, strict=True)
        )
    (height, width) = size
    return " ".join(f"{_whole(x, width, form)} {_whole(y, height, form)}" for y, x in points)


def read_back(text: str, size: tuple[int, int], form: str) -> list[list[Point]]:
    """Return the points of a text that `spelled` wrote, one list for each group between BETWEEN.

    size: height and width of the picture, pixels. `spelled` writes the points as the same text again. Raises ParseError for any
    other text, and for points outside the picture.
    """
    return [_group(part, size, form) for part in text.split(BETWEEN)]


def _group(text: str, size: tuple[int, int], form: str) -> list[Point]:
    whole = (_LOC if form == "loc" else _NUMBERS).fullmatch(text)
    numbers = [int(number) for number in re.findall(r"\d+", text)] if whole else []
    height, width = size
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    if form != "loc":
        points = [(y, x) for x, y in points]
    down, across = (_MOST.get(form, side) for side in size)
    if not numbers or len(numbers) % 2 or any(y > down or x > across for y, x in points):
        raise ParseError(f"the text is not places in the form {form}", got=text)
    return [(y / down * height, x / across * width) for y, x in points]


def _whole(c: float, side: int, form: str) -> int:
    """Return the whole number that a form writes for a coordinate in pixels from an edge."""
    return math.floor((c if form == "pixels" else c / side * _MOST[form]) + 0.5)
