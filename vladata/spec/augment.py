"""Augment: random changes of pictures when they are loaded.

random_resized_crop: {scale: [0.9, 1.0], ratio: [0.9, 1.1], not_for: [wrist]}
colour_jitter: {brightness: [-0.1, 0.1], contrast: [0.9, 1.1], saturation: [0.9, 1.1], hue: [-0.05, 0.05]}

Presets have the published numbers of three trainers:

octo      octo's pretraining, scripts/configs/octo_pretrain_config.py: crops for all cameras but wrists.
openvla   OpenVLA's, prismatic/vla/datasets/datasets.py: crops of exactly 0.9 of the area, for all cameras.
openpi    openpi's, src/openpi/models/model.py: crops of 0.95 of each side (int(0.95 * 224) = 212 pixels) and rotations for all
          cameras but wrists, then augmax's ColorJitter, which it applies to half of the pictures. It also sets saturation=0.5,
          which augmax computes and does not use; so it is left out here.

octo and OpenVLA change pictures by dlimp, which draws scale, ratio and all colours from one seed, so that they are correlated,
and at the end cuts off the fraction of each level (0 to 255). Here each value is drawn on its own, and levels are rounded.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from vladata.errors import MissingFile, UnknownName
from vladata.spec.read import validate, validate_data
from vladata.spec.strict import Line, Many, Strict, wrong
from vladata.spec.together import Problem, check


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise wrong(f"{pair[0]:g}, {pair[1]:g}", "the least first, then the most")
    return pair


def _between(least: float, most: float) -> Any:
    """Return the type of a pair [least, most] of numbers, both between `least` and `most`."""
    number = Annotated[float, Field(ge=least, le=most)]
    return Annotated[Many[number], Field(min_length=2, max_length=2), AfterValidator(_rising)]


class ForCameras(Strict):
    """A change from which some cameras may be excluded."""

    not_for: Many[Line] = ()
    """Words such as wrist: pictures of a camera whose name holds one of them are not changed."""

    def is_for(self, camera: str) -> bool:
        """Return True if pictures of this camera are changed."""
        return not any(word in camera for word in self.not_for)


class RandomResizedCrop(ForCameras):
    """A rectangle of the picture, resized to all of it."""

    scale: _between(0.01, 1.0)  # type: ignore[valid-type]
    """Least and most share of the picture's area."""
    ratio: _between(0.1, 10.0) = (1.0, 1.0)  # type: ignore[valid-type]
    """Least and most ratio of the share of its width to the share of its height."""


class Rotate(ForCameras):
    """A turn about the middle. Pixels from outside the picture take the colour of its nearest edge."""

    degrees: _between(-45.0, 45.0)  # type: ignore[valid-type]
    """Least and most angle, counter-clockwise."""


class ColourJitter(ForCameras):
    """Random changes of colours, in this order; vladata/loaders/pictures/colours.py has the formulas."""

    brightness: _between(-1.0, 3.0) | None = None  # type: ignore[valid-type]
    """Least and most change. tensorflow: added, with levels from 0 to 1. torchvision: a factor. augmax: -1 is black, 0
    changes nothing, 1 is white."""
    contrast: _between(-1.0, 3.0) | None = None  # type: ignore[valid-type]
    """Least and most factor of the distance from the mean. augmax: -1 is grey, 0 changes nothing."""
    saturation: _between(0.0, 5.0) | None = None  # type: ignore[valid-type]
    """Least and most factor of the distance from grey. augmax has none."""
    hue: _between(-0.5, 0.5) | None = None  # type: ignore[valid-type]
    """Least and most turn of the hue, in whole turns (0.5 is 180 degrees). augmax has none."""
    formula: Literal["tensorflow", "torchvision", "augmax"] = "tensorflow"
    """The library whose arithmetic is used."""
    share: float = Field(default=1.0, gt=0, le=1)
    """The share of samples whose pictures are changed."""

    @check
    def _formula_knows_it(self) -> Iterator[Problem]:
        if self.formula == "augmax" and self.saturation:
            yield ("saturation",), "is not used with formula: augmax, which does not change it"
        if self.formula == "augmax" and self.hue:
            yield ("hue",), "is not used with formula: augmax, which does not change it"

    @check
    def _within_limits(self) -> Iterator[Problem]:
        for name, (least, most) in LIMITS[self.formula].items():
            pair = getattr(self, name)
            if pair and not least <= pair[0] <= pair[1] <= most:
                yield (name,), f"got {pair[0]:g}, {pair[1]:g}; allowed: {least:g} to {most:g}"

    @check
    def _changes_something(self) -> Iterator[Problem]:
        if not (self.brightness or self.contrast or self.saturation or self.hue):
            yield (), "changes nothing; give brightness, contrast, saturation or hue"


LIMITS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "tensorflow": {"brightness": (-1, 1), "contrast": (0, 3)},
    "torchvision": {"brightness": (0, 3), "contrast": (0, 3)},
    "augmax": {"brightness": (-0.99, 0.99), "contrast": (-0.99, 0.99)},
}
"""Formula -> setting -> least and most value that the formula allows."""


class Augment(Strict):
    """Random changes of pictures, in this order."""

    random_resized_crop: RandomResizedCrop | None = None
    """A random rectangle of the picture, resized to the whole picture. All frames of a camera share one rectangle; each camera
    has its own."""
    rotate: Rotate | None = None
    """A turn about the middle."""
    colour_jitter: ColourJitter | None = None
    """Random changes of colours."""

    @check
    def _does_something(self) -> Iterator[Problem]:
        if not (self.random_resized_crop or self.rotate or self.colour_jitter):
            yield (), "changes nothing; give random_resized_crop, rotate or colour_jitter"


_OCTO = {"brightness": [-0.1, 0.1], "contrast": [0.9, 1.1], "saturation": [0.9, 1.1], "hue": [-0.05, 0.05]}
_OPENVLA = {"brightness": [-0.2, 0.2], "contrast": [0.8, 1.2], "saturation": [0.8, 1.2], "hue": [-0.05, 0.05]}
_OPENPI_SCALE = (212 / 224) ** 2

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "octo": {
        "random_resized_crop": {"scale": [0.8, 1.0], "ratio": [0.9, 1.1], "not_for": ["wrist"]},
        "colour_jitter": _OCTO,
    },
    "openvla": {
        "random_resized_crop": {"scale": [0.9, 0.9], "ratio": [1.0, 1.0]},
        "colour_jitter": _OPENVLA,
    },
    "openpi": {
        "random_resized_crop": {"scale": [_OPENPI_SCALE, _OPENPI_SCALE], "not_for": ["wrist"]},
        "rotate": {"degrees": [-5.0, 5.0], "not_for": ["wrist"]},
        "colour_jitter": {
            "formula": "augmax",
            "brightness": [-0.3, 0.3],
            "contrast": [-0.4, 0.4],
            "share": 0.5,
        },
    },
}


def augment_of(given: "str | Path | Mapping[str, Any] | Augment") -> Augment:
    """Return the augmentation of a preset (a name), of a YAML file (a path), or of settings.

    Raises UnknownName, MissingFile, SpecError."""
    if isinstance(given, Augment):
        return given
    if isinstance(given, Path) or (isinstance(given, str) and given.endswith((".yaml", ".yml"))):
        try:
            text = Path(given).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise MissingFile(f"the augmentation cannot be read: {fault}", where=str(given)) from None
        return validate(Augment, text, str(given))
    if isinstance(given, str) and given not in PRESETS:
        raise UnknownName("augmentation", given, list(PRESETS), "augment=")
    settings: Any = PRESETS[given] if isinstance(given, str) else given
    return validate_data(Augment, settings, "augment=")
