"""A state of the world: the table, the objects on it and the arm's tip, as values.

The table is the unit square, x to the right and y down, as the camera above sees it: a picture of 48 x 48 pixels shows all of it.
The middle of an object is the middle of a pixel.
"""

from dataclasses import dataclass, replace

import numpy as np

from vladata.consumer.tabletop.glyphs import RADII, TURNS
from vladata.consumer.tabletop.words import Kind

PIXELS = 48
"""Side of a picture in pixels."""
PLAIN = ((0.78, 0.74, 0.68), (0.60, 0.55, 0.48), (0.70, 0.70, 0.72))
"""The tables of robot data: red, green and blue, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object.

    kind:   its colour and glyph.
    at:     its middle, x and y on the table, 0 to 1.
    radius, turn: indices into RADII and TURNS.
    tint:   red, green and blue that are added to its colour, -1 to 1.
    """

    kind: Kind
    at: tuple[float, float]
    radius: int = RADII.index(5.5)
    turn: int = TURNS.index(0.0)
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Waves:
    """A table that is never in robot data: two colours, with waves of one in the other.

    base, other:  red, green and blue, 0 to 1.
    pitch:        the number of waves across the picture.
    angle, phase: radians.
    """

    base: tuple[float, float, float]
    other: tuple[float, float, float]
    pitch: float
    angle: float
    phase: float


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the world.

    things:  the objects, at least one.
    table:   an index into PLAIN, or waves.
    tip:     position of the arm's tip, x and y on the table; None: the picture shows no arm.
    light:   a factor for the brightness of the picture.
    """

    things: tuple[Thing, ...]
    table: int | Waves
    tip: tuple[float, float] | None = None
    light: float = 1.0

    def moved(self, tip: tuple[float, float]) -> "Scene":
        """Return this scene with the arm's tip at another place."""
        return replace(self, tip=tip)

    def pushed(self, number: int, at: tuple[float, float]) -> "Scene":
        """Return this scene with one thing at another place."""
        things = tuple(replace(each, at=at) if n == number else each for n, each in enumerate(self.things))
        return replace(self, things=things)


def pixel_middle(at: tuple[float, float]) -> tuple[float, float]:
    """Return the middle of the pixel that contains a place on the table."""
    x, y = (min(int(c * PIXELS), PIXELS - 1) for c in at)
    return (x + 0.5) / PIXELS, (y + 0.5) / PIXELS


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places, in sides of the table."""
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
