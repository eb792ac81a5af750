"""RT-2's codec: RT-1's bins between any bounds, as whole numbers in text (uniform.py has the formula).

    bounds -0.1 to 0.1, two dimensions, 21 bins      [0.1, -0.1] -> "1 20 0"

Source: RT-2 (arXiv 2307.15818), section 3.2: each dimension in 256 uniform bins, terminate first. The paper names no
bounds; Octo and OpenVLA normalise by bounds from the data.
"""

from collections.abc import Mapping
from typing import ClassVar

from vladata.actions.bin_codec import LEAST_BINS, MOST_BINS, TERMINATE_FIRST, BinCodec
from vladata.actions.bounds import FIXED, MEASURED, Bounds, bounds_from, explicit, measured
from vladata.actions.settings import Setting, Span, Whole
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

ANY_BOUNDS = (*MEASURED, *FIXED)


class RT2(BinCodec):
    """Bins as whole numbers in text. The bounds come from the data, from a model, or are given."""

    kind: ClassVar[str] = "rt2"
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": Whole(256, "Bins per dimension.", LEAST_BINS, MOST_BINS),
        "bounds": Span(
            "quantiles",
            "The range of the bins. quantiles: q01 to q99 of the data. min_max: all of the data. rt1, rt1-x: the fixed "
            "bounds of these models. Or {low, high}, or {quantiles}.",
            ANY_BOUNDS,
        ),
        "terminate": TERMINATE_FIRST,
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return named bounds, or the bounds of {"quantiles": [low, high]} or {"low": [D], "high": [D]}."""
        if (given := explicit(wanted)) is not None:
            return given
        kind = measured(wanted)
        if kind is None and isinstance(wanted, str) and wanted in FIXED:
            return FIXED[wanted]
        if kind is None:
            allowed = ", ".join([*ANY_BOUNDS, '{"quantiles": [...]}', '{"low": [...], "high": [...]}'])
            raise UsageError("unknown bounds", got=wanted, allowed=allowed)
        if statistics is None:
            hint = f"Give statistics=..., or fixed bounds: {', '.join(FIXED)}, or low and high."
            raise CodecError(f'bounds "{kind}" need statistics, but none were given', hint=hint)
        return bounds_from(statistics, kind, grippers)
