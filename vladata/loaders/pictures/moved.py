"""Coordinates on a stored picture, mapped to the loaded picture through crops and resizes, each a map of coordinates."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.image_geometry import ImageGeometry
from vladata.image_kinds import Size


class PicturePlaces(Protocol):
    """The places on one of a sample's pictures that its texts name (following.py)."""

    @property
    def camera(self) -> str:
        """The name of the picture."""

    def points(self, size: Size) -> np.ndarray:
        """Return float64 [N, 2] (y, x), in pixels of the stored picture, whose height and width are `size`."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The changes of a picture by loading. recorded: height and width of the stored picture.   steps: crops and resizes in order;
    each takes the result of the step before, or the same picture decoded at a scale of its DCT."""

    recorded: Size
    steps: tuple[ImageGeometry, ...]

    @property
    def size(self) -> Size:
        """Height and width of the made picture."""
        return self.steps[-1].size

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Map float64 [N, 2] (y, x), pixels of the stored picture -> float64 [N, 2], pixels of the made picture or outside it."""
        step, there = self._walk(points)[-1]
        return step.forward(there)

    def shows(self, points: np.ndarray) -> bool:
        """Return True if all of these points of the stored picture are on the made picture; edges count."""
        return all(bool(step.shows(there).all()) for step, there in self._walk(points))

    def _walk(self, points: np.ndarray) -> list[tuple[ImageGeometry, np.ndarray]]:
        """Return each step with the points, in pixels of the picture that the step takes."""
        size, found = self.recorded, []
        for step in self.steps:
            there = np.asarray(points, np.float64) * step.recorded / size
            found.append((step, there))
            points, size = step.forward(there), step.size
        return found
