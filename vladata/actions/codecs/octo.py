"""Octo's codec: bins between evenly spaced thresholds, cut off just inside the bounds, decoded to their centres.

    t     = linspace(low, high, bins + 1), float32
    bin   = the index with t[bin] <= a < t[bin + 1], after a is cut to low + 1e-6 .. high - 1e-6
    value = (t[bin] + t[bin + 1]) / 2

    bounds -1 to 1, two dimensions, 256 bins      [1, -0.3] -> "255 89" -> [0.9961, -0.3008]

Encoding a decoded value gives the same bin if a bin is wider than 2e-6. The error is at most half a bin plus 1e-6. A value
that float32 leaves at the high bound after the cut falls into bin 0 in Octo's code, and into the last bin here. Source:
octo-models/octo, octo/model/components/tokenizers.py, BinTokenizer with bin_type "uniform".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from vladata.actions.bin_codec import TERMINATE_LEFT_OUT
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.protocol import Scale
from vladata.actions.settings import Setting
from vladata.actions.uniform import UniformBins

INSIDE = 1e-6


@dataclass(frozen=True)
class OctoBins(UniformBins):
    """Octo's bins: `bins` per dimension, between bins + 1 thresholds."""

    rule: ClassVar[str] = (
        "float32: t = linspace(low, high, bins + 1); bin = the last with t[bin] <= min(max(a, low + 1e-6), high - 1e-6), at "
        "most bins - 1; a = (t[bin] + t[bin + 1]) / 2"
    )

    @cached_property
    def _thresholds(self) -> np.ndarray:
        """The thresholds, float32 [D, bins + 1], rising."""
        return np.linspace(self.low, self.high, self.bins + 1, dtype=np.float64, axis=-1).astype(np.float32)

    @cached_property
    def _centres(self) -> np.ndarray:
        """The centres of the bins, float32 [D, bins]."""
        edges = self._thresholds.astype(
            np.float64
        )  # in float64 the sum of two float32 is exact, and does not overflow
        centres: np.ndarray = (edges[:, 1:] + edges[:, :-1]) / 2
        return centres.astype(np.float32)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return int64 bins from float32 [..., D], all finite."""
        least = (self.low.astype(np.float64) + INSIDE).astype(np.float32)
        most = (self.high.astype(np.float64) - INSIDE).astype(np.float32)
        inside = np.minimum(np.maximum(values, least), most)
        bins = np.empty(values.shape, np.int64)
        for d, thresholds in enumerate(self._thresholds):
            bins[..., d] = np.searchsorted(thresholds, inside[..., d], side="right") - 1
        return np.where(self.low < self.high, np.clip(bins, 0, self.bins - 1), 0)

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers 0..bins-1."""
        values: np.ndarray = self._centres[np.arange(len(self._centres)), bins]
        return values

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: half a bin, 1e-6, and roundings."""
        return self.missed(2 * self.bins, INSIDE)


class Octo(RT2):
    """Octo's bins as whole numbers in text, with bounds from the data or other bounds."""

    kind: ClassVar[str] = "octo"
    scale: ClassVar[type[Scale]] = OctoBins
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": RT2.settings["bins"],
        "bounds": RT2.settings["bounds"],
        "terminate": TERMINATE_LEFT_OUT,
    }
