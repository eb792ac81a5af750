"""Chunks of actions as whole numbers: mapped to -1..1, transformed to cosine coefficients, scaled and rounded; and back.

    y = 2 * (min(max(a, low), high) - low) / (high - low + 1e-6) - 1     0 where low equals high
    q = round(scale * transform(y over time)), half to even              [H, D], the lowest frequency first

The arithmetic is float64. The 1e-6 is openpi's, whose pi0-FAST normalises by quantiles in this way. The clipping to the bounds is
ours; it keeps the range of the coefficients finite: none is beyond scale * sqrt(H). Sums of H numbers are rounded to ten decimals
before they are rounded to whole numbers, so that a half stays a half in any order of the sum.
Sources: Physical-Intelligence/openpi, transforms.py; physical-intelligence/fast, processing_action_tokenizer.py.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vladata.actions.bounds import Bounds
from vladata.actions.fast.cosine import basis, forward, inverse
from vladata.errors import UsageError

RULE = (
    "float64: y = 2 * (min(max(a, low), high) - low) / (high - low + 1e-6) - 1, 0 where low is high; "
    "c = DCT-II of y over time, orthonormal; q = round(scale * c), half to even, then the nearest q that the vocabulary spells; "
    "text = q, time frequency first, each the character q - least; back: c = q / scale, and the inverse of each step"
)
LEAST_SPAN = 1e-6
LONGEST = 4999
"""The largest number of coefficients in a chunk: the published trainer makes no token of 10,000 bytes, and each has up to 2."""
_DECIMALS = 10
_ROUNDINGS = 8


@dataclass(frozen=True)
class Coefficients:
    """Chunks of actions <-> whole numbers.

    bounds: the bounds of the D dimensions, which become -1 and 1.
    chunk:  H, the number of actions.
    scale:  the number of steps of a coefficient from 0 to 1.
    """

    bounds: Bounds
    chunk: int
    scale: float

    def __post_init__(self) -> None:
        if isinstance(self.chunk, bool) or not isinstance(self.chunk, int) or self.chunk < 1:
            raise UsageError("chunk must be a whole number, 1 or more", got=self.chunk)
        count, dimensions = self.chunk * len(self.bounds.low), len(self.bounds.low)
        if count > LONGEST:
            what = f"a chunk of {self.chunk} actions of {dimensions} dimensions is too long for byte pairs"
            raise UsageError(what, got=f"{count} numbers", allowed=f"at most {LONGEST}")

    @cached_property
    def low(self) -> np.ndarray:
        """The low bound of each dimension, float32 [D], not writeable."""
        return _constant(self.bounds.low)

    @cached_property
    def high(self) -> np.ndarray:
        """The high bound of each dimension, float32 [D], not writeable."""
        return _constant(self.bounds.high)

    @cached_property
    def _span(self) -> np.ndarray:
        """The width of each dimension's range, float64 [D]."""
        span: np.ndarray = self.high.astype(np.float64) - self.low + LEAST_SPAN
        return span

    @property
    def _moves(self) -> np.ndarray:
        moves: np.ndarray = self.high > self.low
        return moves

    def of(self, actions: np.ndarray) -> np.ndarray:
        """Return whole numbers, int64 [N, H * D], from float32 actions [N, H, D], all finite."""
        inside = np.clip(actions.astype(np.float64), self.low, self.high) - self.low
        normal = np.where(self._moves, 2 * inside / self._span - 1, 0.0)
        scaled = np.round(forward(normal) * self.scale, _DECIMALS)
        found: np.ndarray = np.rint(scaled).astype(np.int64).reshape(len(actions), self.chunk * len(self.low))
        return found

    def actions(self, numbers: np.ndarray) -> np.ndarray:
        """Return float32 actions [N, H, D] from whole numbers [N, H * D]."""
        shape = len(numbers), self.chunk, len(self.low)
        normal = inverse(numbers.reshape(shape) / self.scale)
        found = np.where(self._moves, (normal + 1) / 2 * self._span + self.low, self.low)
        return found.astype(np.float32)

    def reach(self) -> np.ndarray:
        """Return int64 [H], for each frequency the greatest |q| that actions within the bounds can give."""
        most = np.abs(basis(self.chunk)).sum(axis=1) * self.scale
        found: np.ndarray = np.rint(most + 10.0**-_DECIMALS).astype(np.int64)
        return found

    def tolerance(self, missed: np.ndarray) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value if q of frequency k differs from scale * c by up to missed[k].

        A value is a sum over k of basis[k, t] * q[k] / scale; its error is at most the sum of |basis[k, t]| * missed[k] / scale.
        """
        worst = (np.abs(basis(self.chunk)) * missed[:, np.newaxis]).sum(axis=0).max() / self.scale
        largest = np.maximum(np.abs(self.low), np.abs(self.high)).astype(np.float64)
        roundings = _ROUNDINGS * np.finfo(np.float32).eps * (largest + self._span * (1 + worst))
        found: np.ndarray = np.where(self._moves, worst * self._span / 2 + roundings, 0.0)
        return found


def _constant(values: tuple[float, ...]) -> np.ndarray:
    array = np.array(values, np.float32)
    array.flags.writeable = False
    return array
