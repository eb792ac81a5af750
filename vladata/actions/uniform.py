"""Equal bins between two bounds by RT-1's rule: float32, rounded down.

    bin   = int32(((min(max(a, low), high) - low) / (high - low)) * (bins - 1))
    value = bin / (bins - 1) * (high - low) + low

    [-1, -.3, 0, .5, .8, .9, 1] between -1 and 1 in 256 bins -> [0, 89, 127, 191, 229, 242, 255]

Every operation is rounded to float32, so encoding a decoded value can give the bin below (for 63 of 256 bins between -1 and 1):
the error can be one bin. If low equals high, every value is bin 0, which decodes exactly to low. Source:
google-research/robotics_transformer, tokenizers/action_tokenizer.py.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from vladata.actions.bounds import Bounds

RULE = (
    "float32: bin = int32(((min(max(a, low), high) - low) / (high - low)) * (bins - 1)), cut; "
    "a = bin / (bins - 1) * (high - low) + low"
)
_ROUNDINGS = 8


@dataclass(frozen=True)
class UniformBins:
    """RT-1's bins between `bounds`, `bins` in each dimension."""

    rule: ClassVar[str] = RULE

    bounds: Bounds
    bins: int

    @property
    def least(self) -> int:
        """The least bin."""
        return 0

    @property
    def most(self) -> int:
        """The greatest bin."""
        return self.bins - 1

    @cached_property
    def low(self) -> np.ndarray:
        """The low bound of each dimension, float32 [D], not writeable."""
        return _constant(self.bounds.low)

    @cached_property
    def high(self) -> np.ndarray:
        """The high bound of each dimension, float32 [D], not writeable."""
        return _constant(self.bounds.high)

    @cached_property
    def span(self) -> np.ndarray:
        """The width of each dimension's range, high - low, float32 [D]."""
        span: np.ndarray = self.high - self.low
        return span

    @cached_property
    def _divisor(self) -> np.ndarray:
        divisor: np.ndarray = np.where(self.span == 0, np.float32(1), self.span)
        return divisor

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return bins as float32 with fractions, which the caller cuts off, from float32 [..., D], all finite."""
        inside = np.minimum(np.maximum(values, self.low), self.high)
        bins: np.ndarray = (inside - self.low) / self._divisor * np.float32(self.bins - 1)
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers 0..bins-1."""
        share = bins.astype(np.float32) / np.float32(self.bins - 1)
        values: np.ndarray = share * self.span + self.low
        return values

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: one bin and float32's roundings."""
        return self.missed(self.bins - 1)

    def missed(self, parts: float, more: float = 0.0) -> np.ndarray:
        """Return float64 [D]: span / parts + more + float32's roundings; 0 where low equals high.

        Encoding and decoding round 8 results, each by half an ulp (float32 step) of at most twice the larger bound.
        """
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        roundings = _ROUNDINGS * np.finfo(np.float32).eps * np.maximum(np.abs(low), np.abs(high))
        missed: np.ndarray = np.where(high > low, (high - low) / parts + more + roundings, 0.0)
        return missed


def _constant(values: tuple[float, ...]) -> np.ndarray:
    array = np.array(values, np.float32)
    array.flags.writeable = False
    return array
