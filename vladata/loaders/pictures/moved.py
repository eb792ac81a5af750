"""Coordinates on a stored picture, mapped to the loaded one through crops and resizes, each a map of coordinates."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vladata.image_geometry import ImageGeometry
from vladata.image_kinds import Size


class PicturePlaces(Protocol):
    """The places on one of a sample's pictures that its texts name (following.py)."""

    @property
    def camera(self) -> str:
        """The name of that picture."""

    def points(self, size: Size) -> np.ndarray:
        """Return float64 [N, 2] (y, x), pixels of the stored picture, whose height and width are `size`."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The changes of a picture by loading. recorded: height and width of the stored picture.   steps: one after the other, each
    takes the picture that the step before made, or that picture decoded at a scale of its DCT."""

    recorded: Size
    steps: tuple[ImageGeometry, ...]

    @property
    def size(self) -> Size:
        """Height and width of the made picture."""
        return self.steps[-1].size

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Map float64 [N, 2] (y, x), pixels of the stored picture -> float64 [N, 2] of the made one, or outside it."""
        step, there = self._walk(points)[-1]
        return step.forward(there)

    def shows(self, points: np.ndarray) -> bool:
        """Return True if all of these points of the stored picture are still on it; edges count as on it."""
        return all(bool(step.shows(there).all()) for step, there in self._walk(points))

    def _walk(self, points: np.ndarray) -> list[tuple[ImageGeometry, np.ndarray]]:
        """Return each step with the points, in pixels of the picture that the step takes."""
        size, found = self.recorded, []
        for step in self.steps:
            there = np.asarray(points, np.float64) * step.recorded / size
            found.append((step, there))
            points, size = step.forward(there), step.size
        return found
