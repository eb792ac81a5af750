"""Equal bins between two bounds that decode to their centres. The arithmetic is float64; only the result is rounded to float32.

    bin   = floor((min(max(a, low), high) - low) / (high - low) * bins), the high bound in the last bin
    value = (bin + 0.5) / bins * (high - low) + low, to float32

    [-1, -0.3, 0, 0.5, 1] between -1 and 1 in 256 bins -> [0, 89, 128, 192, 255]

All bins are equally wide, and each decodes to the middle of its range: no bias, unlike RT-1's rule, whose bins decode to their
lower ends. The error is at most half a bin, and encoding a decoded value gives the same bin if float32 can tell the values of
two bins apart. If low equals high, every value is bin 0, which decodes exactly to low.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vladata.actions.uniform import UniformBins

RULE = (
    "float64: bin = floor((min(max(a, low), high) - low) / (high - low) * bins), at most bins - 1; "
    "a = float32((bin + 0.5) / bins * (high - low) + low)"
)


@dataclass(frozen=True)
class CentredBins(UniformBins):
    """Equal bins between `bounds`, `bins` per dimension, each decoded to its centre."""

    rule: ClassVar[str] = RULE

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return bins as float64 with fractions, which the caller cuts off, from float32 [..., D], all finite."""
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        inside = np.minimum(np.maximum(values, low), high)
        bins = (inside - low) / np.where(high > low, high - low, 1.0) * self.bins
        within: np.ndarray = np.minimum(bins, self.bins - 1)
        return within

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers 0..bins-1."""
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        values: np.ndarray = (bins + 0.5) / self.bins * (high - low) + low
        return values.astype(np.float32)

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: half a bin and the last rounding."""
        return self.missed(2 * self.bins)
