"""OpenVLA's codec: normalised by quantiles, in 255 intervals between 256 edges, decoded to their centres.

    n     = min(max(2 (a - q01) / (q99 - q01 + 1e-8) - 1, -1), 1), float32; 0 for a constant, a for a gripper
    bin   = digitize(n, linspace(-1, 1, 256)) - 1, 0..255; 255 only for n = 1
    value = (c[min(bin, 254)] + 1) / 2 (q99 - q01) + q01, c the centres of the intervals

    n of two dimensions      [1, -0.3] -> "255 89" -> [0.9961, -0.2980]

The text spells the bins. OpenVLA's model writes bins as ids of its tokenizer, id = vocabulary size - 1 - bin; here a vocabulary
(vladata/vocabularies) does that. The end of an episode is not spelled. Encoding a decoded value gives the same bin, except that
255 becomes 254. The error is at most half an interval plus 1e-8. A constant gripper gets the bin of 0, as in OpenVLA, and this
bin decodes to the constant. Source: openvla/openvla, prismatic/vla/action_tokenizer.py,
prismatic/vla/datasets/rlds/utils/data_utils.py (BOUNDS_Q99) and prismatic/models/vlas/openvla.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from vladata.actions.bin_codec import TERMINATE_LEFT_OUT, BinCodec
from vladata.actions.bounds import CONSTANT, UNSCALED, Bounds
from vladata.actions.normalised import NORMALISED_BY, normalising
from vladata.actions.protocol import Scale
from vladata.actions.settings import Fixed, Setting
from vladata.actions.statistics import Statistics
from vladata.actions.uniform import UniformBins

EPSILON = 1e-8


@dataclass(frozen=True)
class OpenVLABins(UniformBins):
    """OpenVLA's bins: intervals between `bins` edges from -1 to 1, the range of normalised values."""

    rule: ClassVar[str] = (
        "float32: n = min(max(2 * (a - low) / (high - low + 1e-8) - 1, -1), 1), 0 where constant, min(max(a, -1), 1) where "
        "unscaled; float64: e = linspace(-1, 1, bins); bin = the last with e[bin] <= n; c = (e[1:] + e[:-1]) / 2; "
        "n = c[min(bin, bins - 2)]; a = float32(0.5 * (n + 1) * (high - low) + low), float32(n) where unscaled"
    )

    @cached_property
    def _edges(self) -> np.ndarray:
        return np.linspace(-1.0, 1.0, self.bins)

    @cached_property
    def _are(self) -> tuple[np.ndarray, np.ndarray]:
        """Two masks, bool [D]: True for each dimension that is constant; True for each that is not normalised."""
        source = np.array(self.bounds.source)
        return source == CONSTANT, source == UNSCALED

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return int64 bins from float32 [..., D], all finite."""
        constant, unscaled = self._are
        with np.errstate(over="ignore"):  # infinite results are cut to 1
            # The factor 2 comes last: the bits are the same, and nothing overflows.
            share = (values - self.low) / (self.span + np.float32(EPSILON))
            scaled = share * np.float32(2) - np.float32(1)
        normal = np.where(unscaled, values, np.where(constant, np.float32(0), scaled))
        bins: np.ndarray = np.digitize(np.clip(normal, np.float32(-1), np.float32(1)), self._edges) - 1
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., D] from integers 0..bins-1."""
        centres = (self._edges[:-1] + self._edges[1:]) / 2
        normal = centres[np.minimum(bins, self.bins - 2)]
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        _, unscaled = self._are
        values: np.ndarray = np.where(unscaled, normal, 0.5 * (normal + 1) * (high - low) + low)
        return values.astype(np.float32)

    def width(self) -> np.ndarray:
        """Return float64 [D], the largest error of a decoded value within the bounds: half an interval, 1e-8, and roundings."""
        return self.missed(2 * (self.bins - 1), EPSILON)


class OpenVLA(BinCodec):
    """OpenVLA's bins as whole numbers in text, of actions normalised by the quantiles of the data."""

    kind: ClassVar[str] = "openvla"
    scale: ClassVar[type[Scale]] = OpenVLABins
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": Fixed(256, "Bins per dimension."),
        "bounds": NORMALISED_BY,
        "terminate": TERMINATE_LEFT_OUT,
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return named bounds, or explicit ones from {"low": [D], "high": [D]}; grippers are not normalised."""
        return normalising(wanted, names, statistics, grippers)
