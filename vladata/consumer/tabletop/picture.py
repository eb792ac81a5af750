"""A scene as a picture: uint8 [48, 48, 3], RGB, from above."""

import numpy as np

from vladata.consumer.tabletop.glyphs import SIDE, masks
from vladata.consumer.tabletop.scene import PIXELS, PLAIN, Scene, Thing, Waves
from vladata.consumer.tabletop.words import COLOURS, GLYPHS

NOISE = 0.015
"""Standard deviation of the noise in robot pictures, for values from 0 to 1."""
_ARM, _DARK, _BRIGHT = 0.45, 0.12, 1.0
_TIP, _EYE = 2.5, 1.4  # pixels: the radius of the tip, and of the white disc in it
_HALF = 1.2  # pixels: half the width of the arm
_ROWS, _COLUMNS = (axis.astype(np.float32) for axis in np.mgrid[:PIXELS, :PIXELS] + 0.5)


def draw(scene: Scene, rng: np.random.Generator, noise: float = NOISE) -> np.ndarray:
    """Return the picture of a scene. rng: used only for the noise."""
    picture = _table(scene.table)
    for thing in scene.things:
        _paste(picture, thing)
    if scene.tip is not None:
        _arm(picture, scene.tip)
    picture *= scene.light
    picture += rng.normal(0, noise, picture.shape).astype(np.float32)
    return (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _table(table: int | Waves) -> np.ndarray:
    if isinstance(table, int):
        return np.tile(np.array(PLAIN[table], np.float32), (PIXELS, PIXELS, 1))
    along = (_COLUMNS * np.cos(table.angle) + _ROWS * np.sin(table.angle)) * (
        2 * np.pi * table.pitch / PIXELS
    )
    part = (0.5 + 0.5 * np.sin(along + table.phase))[..., None].astype(np.float32)
    found: np.ndarray = (
        np.array(table.base, np.float32) * (1 - part) + np.array(table.other, np.float32) * part
    )
    return found


def _paste(picture: np.ndarray, thing: Thing) -> None:
    mask = masks()[GLYPHS.index(thing.kind[1]), thing.radius, thing.turn]
    column, row = (int(c * PIXELS) - SIDE // 2 for c in thing.at)
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + SIDE, PIXELS), min(column + SIDE, PIXELS)
    cover = mask[top - row : bottom - row, left - column : right - column, None]
    colour = np.array(COLOURS[thing.kind[0]], np.float32) + np.array(thing.tint, np.float32)
    picture[top:bottom, left:right] *= 1 - cover
    picture[top:bottom, left:right] += cover * colour.clip(0, 1)


def _arm(picture: np.ndarray, tip: tuple[float, float]) -> None:
    """Draw the arm as a line from the middle of the upper edge to the tip, and the tip as a dark disc with a white disc in it."""
    x, y = (c * PIXELS for c in tip)
    from_x, along_x, along_y = PIXELS / 2, x - PIXELS / 2, max(y, 1e-6)
    part = ((_COLUMNS - from_x) * along_x + _ROWS * along_y) / (along_x**2 + along_y**2)
    part = part.clip(0, 1)
    away = np.hypot(_COLUMNS - from_x - part * along_x, _ROWS - part * along_y)
    _shade(picture, away, _HALF, _ARM)
    away = np.hypot(_COLUMNS - x, _ROWS - y)
    _shade(picture, away, _TIP, _DARK)
    _shade(picture, away, _EYE, _BRIGHT)


def _shade(picture: np.ndarray, away: np.ndarray, radius: float, grey: float) -> None:
    cover = (radius + 0.5 - away).clip(0, 1)[..., None]
    picture *= 1 - cover
    picture += cover * np.float32(grey)
