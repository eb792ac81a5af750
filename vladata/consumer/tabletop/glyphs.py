"""Glyphs as masks: the share of each pixel that a shape or a digit covers, computed once for every size and turn.

A mask is exactly 1 inside the glyph and 0 outside; at the edge it is the mean of 6 x 6 points in a pixel.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from vladata.consumer.tabletop.words import DIGITS, GLYPHS

SIDE = 17  # side of a mask in pixels; odd, so that its middle is a pixel
POINTS = 6  # along each side of a pixel
RADII = (4.5, 5.0, 5.5, 6.0, 6.5)  # pixels
TURNS = (-0.24, -0.12, 0.0, 0.12, 0.24)  # radians

_FONT = {
    "one": "00100 01100 00100 00100 00100 00100 01110",
    "two": "01110 10001 00001 00110 01000 10000 11111",
    "three": "11110 00001 00001 01110 00001 00001 11110",
    "four": "00010 00110 01010 10010 11111 00010 00010",
    "five": "11111 10000 11110 00001 00001 10001 01110",
    "seven": "11111 00001 00010 00100 00100 01000 01000",
}
"""Digits of five by seven dots, by rows from the top."""

Covers = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A function from points (x to the right, y down from the middle) to True for those that a glyph of radius 1 covers."""


def _star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    angle = np.mod(np.arctan2(x, -y), 2 * np.pi / 5)
    angle = np.minimum(angle, 2 * np.pi / 5 - angle)  # from the nearest point of the star
    inner, tip = 0.42, np.pi / 5
    # The edge runs from (1, 0) to the inner corner, in polar form.
    corner_x, corner_y = inner * np.cos(tip), inner * np.sin(tip)
    radius = np.hypot(x, y)
    across, along = radius * np.sin(angle), radius * np.cos(angle)
    inside: np.ndarray = (1 - along) * corner_y >= across * (1 - corner_x)
    return inside


def _digit(name: str) -> Covers:
    dots = np.array([[dot == "1" for dot in row] for row in _FONT[name].split()])

    def covers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        row, column = np.floor((y + 1) * 3.5).astype(int), np.floor((x + 0.72) / 1.44 * 5).astype(int)
        inside = (row >= 0) & (row < 7) & (column >= 0) & (column < 5)
        found: np.ndarray = inside & dots[row.clip(0, 6), column.clip(0, 4)]
        return found

    return covers


_COVERS: dict[str, Covers] = {
    "circle": lambda x, y: np.hypot(x, y) <= 0.95,
    "square": lambda x, y: np.maximum(abs(x), abs(y)) <= 0.8,
    "triangle": lambda x, y: (y <= 0.75) & (y >= -1 + 2 * abs(x)),
    "cross": lambda x, y: (np.minimum(abs(x), abs(y)) <= 0.3) & (np.maximum(abs(x), abs(y)) <= 0.95),
    "star": _star,
    "ring": lambda x, y: (np.hypot(x, y) <= 1) & (np.hypot(x, y) >= 0.58),
    "moon": lambda x, y: (np.hypot(x, y) <= 1) & (np.hypot(x - 0.5, y) >= 0.78),
    "hourglass": lambda x, y: (abs(y) <= 0.9) & (abs(x) <= 0.12 + 0.8 * abs(y)),
    **{name: _digit(name) for name in DIGITS},
}


@cache
def masks() -> np.ndarray:
    """Return the covered share of each pixel, 0 to 1, for GLYPHS, RADII and TURNS: float32 [glyphs, radii, turns, SIDE, SIDE]."""
    centres = (np.arange(SIDE * POINTS) + 0.5) / POINTS - SIDE / 2
    x, y = np.meshgrid(centres, centres)
    found = np.empty((len(GLYPHS), len(RADII), len(TURNS), SIDE, SIDE), np.float32)
    for g, name in enumerate(GLYPHS):
        for r, radius in enumerate(RADII):
            for t, turn in enumerate(TURNS):
                along = (np.cos(turn) * x + np.sin(turn) * y) / radius
                down = (np.cos(turn) * y - np.sin(turn) * x) / radius
                covered = _COVERS[name](along, down).reshape(SIDE, POINTS, SIDE, POINTS)
                found[g, r, t] = covered.mean((1, 3))
    found.flags.writeable = False
    return found
