"""Evenly spaced whole numbers between two bounds, rounded to the nearest, halves to the even one, in float32.

    bin   = rint((min(max(a, low), high) - low) / (high - low) * (bins - 1)) + first
    value = (bin - first) / (bins - 1) * (high - low) + low

    [-1, -0.3, 0, 0.5, 1] between -1 and 1, 1001 bins from 0 -> [0, 350, 500, 750, 1000]

Each bound has a bin that decodes to it exactly. The error is at most half a step, and encoding a decoded value gives the same
bin if float32 can tell the values of two bins apart. If low equals high there is one value: the first bin. VLA-0 writes
0..1000 like this (NVlabs/vla0, rv_train/models/qwen/model.py, which refuses values beyond the bounds), RT-2 on Language-Table
-10..10.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vladata.actions.uniform import UniformBins

RULE = (
    "float32: bin = rint((min(max(a, low), high) - low) / (high - low) * (bins - 1)) + first, halves to even; "
    "a = (bin - first) / (bins - 1) * (high - low) + low"
)


@dataclass(frozen=True)
class RoundedBins(UniformBins):
    """`bins` whole numbers from `least` on: the first stands for the low bound, the last for the high bound."""

    rule: ClassVar[str] = RULE

    @property
    def most(self) -> int:
        """The greatest bin."""
        return self.least + self.bins - 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return whole numbers as float32 from float32 [..., D], all finite."""
        bins: np.ndarray = np.rint(super().encode(values)) + np.float32(self.least)
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers least..most."""
        return super().decode(bins - self.least)

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: half a step and float32's roundings."""
        return self.missed(2 * (self.bins - 1))
