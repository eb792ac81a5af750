"""VLA-0's codec: whole numbers from 0 to 1000 between the least and the greatest value of the data (formula: rounded.py).

    bounds -0.1 to 0.1, two dimensions      [0.1, -0.05] -> "1000 250"

A chunk is spelled action after action, H x D numbers. The end of an episode is not spelled. VLA-0 itself stops at a value out
of range, and accepts a text with a wrong count of numbers, or none, as an action; here such a value is cut and counted, and such
a text is refused. Source: NVlabs/vla0, rv_train/models/qwen/model.py (arXiv 2510.13054).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from vladata.actions.bin_codec import LEAST_BINS, MOST_BINS, NO_TERMINATE
from vladata.actions.bounds import CONSTANT, Bounds, bounds_from
from vladata.actions.codecs.rt2 import ANY_BOUNDS, RT2
from vladata.actions.protocol import Scale
from vladata.actions.rounded import RoundedBins
from vladata.actions.settings import Setting, Span, Whole
from vladata.actions.statistics import Statistics


@dataclass(frozen=True)
class FromZero(RoundedBins):
    """Whole numbers from 0 for the low bound to bins - 1 for the high one."""

    rule: ClassVar[str] = f"{RoundedBins.rule}; first = 0"


class TextIntegers(RT2):
    """Whole numbers from 0 to 1000 in text, between the least and the greatest value of the data."""

    kind: ClassVar[str] = "text-integers"
    scale: ClassVar[type[Scale]] = FromZero
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": Whole(
            1001, "The number of whole numbers; 1001 for VLA-0's 0 to 1000.", LEAST_BINS, MOST_BINS
        ),
        "bounds": Span(
            "min_max",
            "The range of the numbers. min_max: all of the data, grippers as well. quantiles: q01 to q99 of the data. rt1, "
            "rt1-x: the fixed bounds of these models. Or {low, high}, or {quantiles}.",
            ANY_BOUNDS,
        ),
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
        """Return the bounds `wanted`.

        With bounds min_max, a gripper also gets the range of its data, or of its convention if it never moves.
        """
        usual = super().spanned(wanted, names, statistics, grippers)
        if wanted != "min_max" or statistics is None:
            return usual
        seen = bounds_from(statistics, wanted, {})
        taken = [usual if source == CONSTANT else seen for source in seen.source]
        low, high, source = (
            tuple(getattr(each, name)[d] for d, each in enumerate(taken))
            for name in ("low", "high", "source")
        )
        return Bounds(low, high, source)
