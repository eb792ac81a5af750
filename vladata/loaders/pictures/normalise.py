"""Levels 0..255 of pictures as the numbers that a model reads: (level / 255 - mean) / std, for each of red, green and blue.

Computed as level * a + b with a = 1 / (255 std) and b = -mean / std, each rounded to float32 once: within 2 ulp of 1 of the
formula, and the same on every machine, since multiplying and adding are.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field

from vladata.errors import UnknownName
from vladata.spec.read import validate_data
from vladata.spec.strict import Many, Strict

NAMED: Mapping[str, Mapping[str, list[float]]] = {
    "imagenet": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "siglip": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}
"""imagenet: of torchvision and DINOv2.   siglip: -1..1, of SigLIP and PaliGemma."""

Positive = Annotated[float, Field(gt=0)]


class Normalise(Strict):
    """Mean and standard deviation of red, green and blue, for levels divided by 255."""

    mean: Annotated[Many[float], Field(min_length=3, max_length=3)]
    std: Annotated[Many[Positive], Field(min_length=3, max_length=3)]

    @classmethod
    def of(cls, given: str | Mapping[str, Any]) -> Self:
        """Return the normalisation of this name, or of these numbers. Raises UnknownName, SpecError."""
        if isinstance(given, str) and given not in NAMED:
            raise UnknownName("normalisation", given, list(NAMED), "normalise=")
        numbers: Any = NAMED[given] if isinstance(given, str) else given
        return validate_data(cls, numbers, "normalise=")

    def into(self, levels: np.ndarray, out: np.ndarray) -> None:
        """Write normalised levels, uint8 [h, w, 3] -> `out`, float32 [h, w, 3] in C order."""
        height, width = levels.shape[:2]
        scale = np.tile(np.array([1 / (255 * std) for std in self.std], np.float32), width)
        shift = [-mean / std for mean, std in zip(self.mean, self.std, strict=True)]
        rows = out.reshape(height, width * 3)  # whole rows: numpy is slow if the last axis is short
        np.multiply(levels.reshape(height, width * 3), scale, out=rows)
        np.add(rows, np.tile(np.array(shift, np.float32), width), out=rows)
