"""The pictures of samples: the cameras of a schema that a recipe takes, and their pictures in the form of the recipe."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vladata import images, pixels
from vladata.errors import BadImage
from vladata.image_rule import encoded, fitted
from vladata.robot.developed import Developed, developed
from vladata.spec.dataset import DatasetSpec
from vladata.spec.images import FIRST
from vladata.spec.recipe import RecipeSpec


class PictureMaker:
    """A maker of pictures for one schema and recipe.

    passes: True if every picture is written unchanged.
    """

    def __init__(self, spec: DatasetSpec, recipe: RecipeSpec, from_pixels: bool) -> None:
        """from_pixels: True if some pictures are pixels or frames (sources/cameras.py: gives_pixels), which must be encoded."""
        self.rule = recipe.images
        self.swapped = swapped_cameras(spec, recipe)
        self.passes = (
            self.rule.size is None and self.rule.png == "keep" and not self.swapped and not from_pixels
        )

    def column(self, name: str, recorded: Any) -> Sequence[Any]:
        """Return the T pictures of the camera that a sample calls `name`, each for __call__.

        Frames of a video are decoded here, once and in order.
        """
        return developed(recorded, self.rule, name in self.swapped)

    def __call__(self, name: str, image: bytes | np.ndarray | BadImage) -> bytes:
        """Return the encoded picture of the camera that a sample calls `name`. Raises BadImage."""
        if isinstance(image, BadImage):
            raise image
        if isinstance(image, Developed):
            return image
        swapped = name.partition("-")[0] in self.swapped
        if isinstance(image, np.ndarray):
            return encoded(pixels.channels_swapped(image) if swapped else image, self.rule)
        if swapped:
            image = images.channels_swapped(image, self.rule.quality)
        return fitted(image, self.rule)


def cameras(spec: DatasetSpec, recipe: RecipeSpec) -> dict[str, str]:
    """Return name of an image of a sample's own step -> the schema's camera, in the order of the recipe."""
    wanted = recipe.images.cameras
    if wanted == "first":
        return {FIRST: next(iter(spec.cameras))}
    return {camera: camera for camera in (spec.cameras if wanted == "all" else wanted)}


def swapped_cameras(spec: DatasetSpec, recipe: RecipeSpec) -> tuple[str, ...]:
    """Return the names of a sample's images that were recorded as BGR."""
    return tuple(name for name, camera in cameras(spec, recipe).items() if camera in spec.swap_channels)
