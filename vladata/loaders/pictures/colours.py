"""Changed colours of a picture, by the formulas of three libraries, always in the order brightness, contrast, saturation, hue.

Levels x go from 0 to 1 here; max, min: of the three channels of a pixel; each step ends within 0 and 1.

               tensorflow (octo, OpenVLA)                   torchvision                        augmax (openpi), of v = max
    brightness x + b                                        b x                                (1 - |b|) v, and + b over 0
    contrast   c (x - mean) + mean, mean of its channel     c (x - mean) + mean, mean of grey  two lines, a steeper one between
    saturation max - s (max - x), s at most where min is 0  s (x - grey) + grey                -
    hue        the hue of HSV turned                        the hue of HSV turned              -

grey = 0.2989 red + 0.587 green + 0.114 blue. augmax changes only v: hue and saturation stay, so a pixel is multiplied by the new
v over the old v, and black becomes grey. Its contrast has the slope t = tan(pi (c + 1) / 4) around 1/2 and 1 / t near black and
white.

Brightness and contrast depend only on a level and on means: they are tables of 256 levels, computed exactly from the counts of
levels. Saturation and hue are computed in float32, one operation after the other: +, -, *, / and comparisons give the same bits
on every machine and in every numpy, but sums and cosines do not. The result is rounded once, to the nearest level, a half to the
even level. tf.image itself makes some pixels grey whose green and blue are almost equal, with a hue of just under a whole turn.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

GREY = (0.2989, 0.587, 0.114)
BLOCK = (
    8192  # pixels at a time: intermediate results stay in the cache, and need no new memory from the system
)
UNIT = 1 << 16  # a level of 255, in the whole numbers of tables: their sums are exact in any order

ZERO, ONE, TWO, THREE, FOUR, SIX = map(
    np.float32, (0, 1, 2, 3, 4, 6)
)  # the numbers of hues: sixths of a turn
LITTLE = np.float32(1e-6)  # divisor for grey pixels, in levels up to 255


@dataclass(frozen=True, slots=True)
class Colours:
    """Random changes of a picture's colours; None for a property that stays."""

    formula: Literal["tensorflow", "torchvision", "augmax"]
    brightness: float | None = None
    contrast: float | None = None
    saturation: float | None = None
    hue: float | None = None


def recoloured(levels: np.ndarray, colours: Colours) -> np.ndarray:
    """Return a new picture, uint8 [h, w, 3], RGB, with changed colours."""
    if colours.formula == "augmax":
        return _by_value(levels, colours)
    tables = _tables(levels, colours)
    if colours.saturation is None and colours.hue is None:
        whole = np.rint(tables).astype(np.uint8)
        return np.asarray(Image.fromarray(levels).point(whole.ravel().tolist()))
    made = np.empty(levels.shape, np.uint8)
    rows = max(1, BLOCK // levels.shape[1])
    for top in range(0, len(levels), rows):
        _pixels(levels[top : top + rows], tables.astype(np.float32), colours, made[top : top + rows])
    return made


def _pixels(levels: np.ndarray, tables: np.ndarray, colours: Colours, made: np.ndarray) -> None:
    """Write some rows, uint8 [n, w, 3], with changed colours into `made`, uint8 [n, w, 3]."""
    planes = [table[levels[:, :, c]] for c, table in enumerate(tables)]
    if colours.saturation is not None:
        saturate = _saturated if colours.formula == "tensorflow" else _away_from_grey
        saturate(planes, np.float32(colours.saturation))
    if colours.hue is not None:
        _turn(planes, np.float32(6 * colours.hue))
    for c, plane in enumerate(planes):
        made[:, :, c] = np.rint(plane, out=plane)


def _tables(levels: np.ndarray, colours: Colours) -> np.ndarray:
    """Return float64 [3, 256]: each level of red, green and blue, 0..255, after brightness and contrast."""
    table = np.arange(256, dtype=np.int64) * UNIT
    if colours.brightness is not None and colours.formula == "tensorflow":
        table = (table + round(colours.brightness * 255 * UNIT)).clip(0, 255 * UNIT)
    elif colours.brightness is not None:
        table = np.rint(table * colours.brightness).astype(np.int64).clip(0, 255 * UNIT)
    tables: np.ndarray = np.stack([table / UNIT] * 3)
    if colours.contrast is None:
        return tables
    counts = np.array(Image.fromarray(levels).histogram(), np.int64).reshape(3, 256)
    means = [int(total) / (UNIT * levels[:, :, 0].size) for total in (counts * table).sum(1)]
    if colours.formula == "torchvision":
        means = [math.fsum(part * mean for part, mean in zip(GREY, means, strict=True))] * 3
    middle = np.array(means)[:, None]
    stretched: np.ndarray = ((tables - middle) * colours.contrast + middle).clip(0, 255)
    return stretched


def _saturated(planes: list[np.ndarray], factor: np.float32) -> None:
    """Multiply HSV's saturation by the factor, in place; the result is at most 1. The largest channel and the hue stay."""
    most = np.maximum(np.maximum(planes[0], planes[1]), planes[2])
    factors: np.ndarray | np.float32 = factor
    if factor > 1:
        spread = np.minimum(np.minimum(planes[0], planes[1]), planes[2])
        np.subtract(most, spread, out=spread)
        np.maximum(spread, np.full_like(most, LITTLE), out=spread)
        np.divide(most, spread, out=spread)
        factors = np.minimum(spread, np.full_like(most, factor), out=spread)
    zeros = np.zeros_like(most)  # numpy takes three times as long where this is one number
    for plane in planes:
        np.subtract(most, plane, out=plane)
        np.multiply(plane, factors, out=plane)
        np.subtract(most, plane, out=plane)
        np.maximum(plane, zeros, out=plane)


def _away_from_grey(planes: list[np.ndarray], factor: np.float32) -> None:
    red, green, blue = (plane * np.float32(part) for plane, part in zip(planes, GREY, strict=True))
    grey = np.add(np.add(red, green, out=red), blue, out=red)
    for plane in planes:
        np.subtract(plane, grey, out=plane)
        np.multiply(plane, factor, out=plane)
        np.add(plane, grey, out=plane)
        np.clip(plane, ZERO, np.float32(255), out=plane)


def _turn(planes: list[np.ndarray], sixths: np.float32) -> None:
    """Turn the hue, in place. sixths: the turn in sixths of a whole turn; red is 0, green 2, blue 4.

    A hue is counted in units of the pixel's spread (its largest less its least channel), so that nothing is divided. Masks are
    multiplied: in numpy that is ten times as fast as indexing by masks."""
    red, green, blue = planes
    most, least = np.maximum(red, green), np.minimum(red, green)
    np.maximum(most, blue, out=most)
    np.minimum(least, blue, out=least)
    is_red, is_green = (most == red).astype(np.float32), (most == green).astype(np.float32)
    np.multiply(is_green, ONE - is_red, out=is_green)
    spread = np.subtract(most, least, out=most)
    two, four = spread * TWO, spread * FOUR
    hue = (green - blue) * is_red
    for far, mask in (((blue - red) + two, is_green), ((red - green) + four, ONE - is_red - is_green)):
        np.add(hue, np.multiply(far, mask, out=far), out=hue)
    np.add(hue, spread * sixths, out=hue)
    whole = spread * SIX
    np.add(hue, whole * (hue < ZERO).astype(np.float32), out=hue)
    np.subtract(hue, whole * (hue >= whole).astype(np.float32), out=hue)
    np.subtract(
        np.abs(hue - spread * THREE), spread, out=red
    )  # red: hues far from 3; green: near 2; blue: near 4
    np.subtract(two, np.abs(hue - two), out=green)
    np.subtract(two, np.abs(hue - four), out=blue)
    zeros = np.zeros_like(spread)
    for plane in planes:
        np.maximum(plane, zeros, out=plane)
        np.minimum(plane, spread, out=plane)
        np.add(plane, least, out=plane)


def _by_value(levels: np.ndarray, colours: Colours) -> np.ndarray:
    """Change HSV's value by a table, as augmax does: red, green and blue in proportion."""
    values = [_value(level / 255, colours) for level in range(256)]
    scale = np.array([0.0] + [values[level] * 255 / level for level in range(1, 256)], np.float32)
    most = np.maximum(np.maximum(levels[:, :, 0], levels[:, :, 1]), levels[:, :, 2])
    factors = scale[most]
    made = np.empty(levels.shape, np.uint8)
    for c in range(3):
        made[:, :, c] = np.rint(levels[:, :, c] * factors)
    made[most == 0] = round(values[0] * 255)
    return made


def _value(value: float, colours: Colours) -> float:
    if colours.brightness is not None:
        amount = colours.brightness
        value = value * (1 + amount) if amount < 0 else value * (1 - amount) + amount
    if colours.contrast is not None:
        slope = math.tan((colours.contrast + 1) * math.pi / 4)
        # The value at which the lines meet; with slope 1 they are one line.
        low = slope / (2 * (1 + slope))
        if value < low:
            value = value / slope
        elif value > 1 - low:
            value = value / slope + 1 - 1 / slope
        else:
            value = slope * (value - 0.5) + 0.5
    return min(max(value, 0.0), 1.0)
