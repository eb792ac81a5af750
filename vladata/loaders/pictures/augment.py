"""Random changes of a picture, which depend on the sample's seed and the camera only.

A sample's seed comes from (seed of the run, epoch, key), so a picture is the same in any rank, worker or batch, and after any
resume. Each purpose has random numbers of its own (keys.uniforms), so a crop does not change when colours are switched on. All
frames of a camera get the same changes; each camera gets its own.

A crop is a rectangle of the made picture, with height sqrt(scale / ratio) and width sqrt(scale * ratio) as shares of its sides,
each at most 1, anywhere within it (dlimp's random_resized_crop). It is cut from the recorded picture, and resized once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from vladata import keys
from vladata.loaders.pictures.colours import Colours

if TYPE_CHECKING:  # it makes models of pydantic, and most loops have no augmentation
    from vladata.spec.augment import Augment, ColourJitter, RandomResizedCrop

TRIES = (
    10  # the most crops that are drawn for a sample whose texts name places, until a crop shows all places
)


class Crop(NamedTuple):
    """A part of a picture, in shares of its height and width."""

    top: float
    left: float
    height: float
    width: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The changes of the pictures of one camera. degrees: counter-clockwise; 0.0 if they are not turned."""

    crop: Crop | None = None
    degrees: float = 0.0
    colours: Colours | None = None


def drawn(augment: "Augment", seed: int, camera: str) -> Drawn:
    """Return the random changes of a sample's pictures of a camera. seed: the seed of the sample, 64 bits."""
    turn = augment.rotate if augment.rotate and augment.rotate.is_for(camera) else None
    degrees = _within(turn.degrees, keys.uniforms(seed, "rotate", camera)[0]) if turn else 0.0
    jitter = augment.colour_jitter
    colours = _colours(jitter, seed, camera) if jitter and jitter.is_for(camera) else None
    return Drawn(next(crops(augment, seed, camera), None), degrees, colours)


def crops(augment: "Augment", seed: int, camera: str) -> Iterator[Crop]:
    """Yield the TRIES crops of a camera in the order in which they are tried; none if the camera is not cropped."""
    rule = augment.random_resized_crop
    if rule is None or not rule.is_for(camera):
        return
    for attempt in range(TRIES):
        yield _crop(rule, *keys.uniforms(seed, "crop", camera, attempt)[:4])


def _crop(rule: "RandomResizedCrop", area: float, shape: float, down: float, across: float) -> Crop:
    scale = _within(rule.scale, area)
    ratio = math.exp(_within((math.log(rule.ratio[0]), math.log(rule.ratio[1])), shape))
    height, width = min(1.0, math.sqrt(scale / ratio)), min(1.0, math.sqrt(scale * ratio))
    return Crop(down * (1 - height), across * (1 - width), height, width)


def _colours(jitter: "ColourJitter", seed: int, camera: str) -> Colours | None:
    share, *four = keys.uniforms(seed, "colours", camera)[:5]
    if share >= jitter.share:
        return None
    pairs = (jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
    values = [None if pair is None else _within(pair, u) for pair, u in zip(pairs, four, strict=True)]
    return Colours(jitter.formula, *values)


def _within(pair: tuple[float, float], u: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * u


def rotated(levels: np.ndarray, degrees: float) -> np.ndarray:
    """Return uint8 [h, w, 3], the picture turned about its middle, bilinear; areas from outside it get the colour of its edge."""
    height, width = levels.shape[:2]
    around = math.ceil(math.hypot(height, width) * abs(math.sin(math.radians(degrees)))) + 2
    wide = Image.fromarray(np.pad(levels, ((around, around), (around, around), (0, 0)), mode="edge"))
    turned = np.asarray(wide.rotate(degrees, Image.Resampling.BILINEAR))
    return turned[around : around + height, around : around + width]
