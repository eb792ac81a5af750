"""openpi's codec of states: normalised by quantiles, in 256 bins. pi0-FAST and pi0.5 read the robot's state in this form.

    n     = (a - q01) / (q99 - q01 + 1e-6) * 2 - 1, not cut
    bin   = digitize(n, linspace(-1, 1, 257)[:-1]) - 1: -1 below the bounds, 255 also above them
    value = the centre of the bin; q01 for -1

    n of three dimensions      [-1.5, -0.3, 1] -> "-1 89 255" -> [-1, -0.3008, 0.9961]

A prompt spells states [N, S] by `texts(encode(states))`; as the codec of a recipe's `action` it spells actions in the same way,
without the end of an episode. openpi itself never decodes. Encoding a decoded value gives the same bin, except that -1 becomes 0.
The error is at most half a bin plus 1e-6. Source: Physical-Intelligence/openpi, src/openpi/models/tokenizer.py and
src/openpi/transforms.py (Normalize with quantiles).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from vladata.actions.bin_codec import NO_TERMINATE, BinCodec
from vladata.actions.bounds import UNSCALED, Bounds
from vladata.actions.normalised import NORMALISED_BY, normalising
from vladata.actions.protocol import Scale
from vladata.actions.settings import Fixed, Setting
from vladata.actions.statistics import Statistics
from vladata.actions.uniform import UniformBins

EPSILON = 1e-6


@dataclass(frozen=True)
class OpenPIBins(UniformBins):
    """openpi's bins: `bins` from -1 to 1, the range of normalised values, and one more for all lower values."""

    rule: ClassVar[str] = (
        "float64: n = (a - low) / (high - low + 1e-6) * 2 - 1, a where unscaled; e = linspace(-1, 1, bins + 1)[:-1]; bin = the "
        "last with e[bin] <= n, -1 where there is none; a = float32((bin + 0.5) / bins * (high - low + 1e-6) + low), without "
        "1e-6 where unscaled, low for -1 and where high is low"
    )

    @property
    def least(self) -> int:
        """The bin of all values below the low bound."""
        return -1

    @cached_property
    def _edges(self) -> np.ndarray:
        return np.linspace(-1.0, 1.0, self.bins + 1)[:-1]

    @cached_property
    def _spans(self) -> tuple[np.ndarray, np.ndarray]:
        """The low bound, float64 [D], and the width of the range that is normalised, float64 [D]."""
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        return low, high - low + np.where(self._unscaled, 0.0, EPSILON)

    @cached_property
    def _unscaled(self) -> np.ndarray:
        """A mask, bool [D]: True for each dimension that is not normalised."""
        return np.array([source == UNSCALED for source in self.bounds.source])

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return int64 bins from float32 [..., D], all finite."""
        low, span = self._spans
        normal = np.where(self._unscaled, values, (values - low) / span * 2.0 - 1.0)
        return np.digitize(normal, self._edges) - 1

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers -1..bins-1."""
        low, span = self._spans
        flat = (bins < 0) | (self.span == 0)
        values: np.ndarray = np.where(flat, low, (bins + 0.5) / self.bins * span + low)
        return values.astype(np.float32)

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: half a bin, 1e-6, and roundings."""
        return self.missed(2 * self.bins, EPSILON)


class OpenPIState(BinCodec):
    """openpi's bins of a state as whole numbers in text; -1 stands for all values below the low quantile."""

    kind: ClassVar[str] = "openpi-state"
    scale: ClassVar[type[Scale]] = OpenPIBins
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": Fixed(256, "Bins per dimension."),
        "bounds": NORMALISED_BY,
        "terminate": NO_TERMINATE,
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return named bounds, or explicit ones from {"low": [D], "high": [D]}; grippers are normalised, too."""
        return normalising(wanted, names, statistics)
