"""The range that the bins of a codec span: one low and one high bound per dimension.

    rt1        world_vector +-1, rotation_delta +-pi/2, gripper +-1 (RT-1's own)
    rt1-x      the bounds of rt1, with world_vector +-2
    quantiles  q01 to q99 of the data
    quantiles 0.05 to 0.95   other quantiles, which a recipe gives as {quantiles: [0.05, 0.95]}
    min_max    the least to the greatest value of the data
    constant   low and high are one value: the data changes by no more than rounding
    unscaled   -1 to 1, for values that a model takes unchanged
    explicit   given by hand

If a dimension moves so rarely that quantiles would cut its motion off, it gets min_max, and its source says so: `_cut_off` has
the rule.

A gripper always has the bounds of its convention, even if all other bounds come from data: so its bounds contain both ends even
if it never closes in the data. Sources of the fixed bounds: google-research/robotics_transformer, and the RT-1-X notebook of
Open X-Embodiment.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.actions.grippers import CONVENTIONS, known_grippers
from vladata.actions.statistics import Statistics, rounding
from vladata.errors import CodecError, UsageError

NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
"""The canonical action without terminate: metres, radians, and a gripper by convention."""

CONSTANT, UNSCALED = "constant", "unscaled"
LARGEST = float(np.finfo(np.float32).max)
RARELY = 2
USUAL_BINS = 256


@dataclass(frozen=True, slots=True)
class Bounds:
    """The low and high bound of each of D dimensions.

    low, high: [D], finite, low <= high, exactly float32 numbers (they are rounded to float32 when made).
    source:    [D], the origin of each dimension's bounds: a kind from the list above, or a gripper's convention; "explicit" if
               left out. It is part of the contract. Bins depend on it only with codecs that normalise (normalised.py).
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    source: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.low) != len(self.high):
            raise CodecError(
                f"{len(self.low)} low bounds, {len(self.high)} high bounds", allowed="as many of each"
            )
        if not self.low:
            raise CodecError("there are no bounds", allowed="one low and one high bound per dimension")
        object.__setattr__(self, "source", self.source or ("explicit",) * len(self.low))
        if len(self.source) != len(self.low):
            raise CodecError(f"{len(self.low)} bounds, {len(self.source)} sources", allowed="as many of each")
        for i, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            _check(i, low, high)
        object.__setattr__(self, "low", _float32(self.low))
        object.__setattr__(self, "high", _float32(self.high))


def _check(dimension: int, low: float, high: float) -> None:
    where = f"dimension {dimension}"
    if not math.isfinite(low) or not math.isfinite(high):
        raise CodecError(
            "a bound is not finite", where=where, got=f"{low} to {high}", allowed="finite numbers"
        )
    if low > high:
        raise CodecError("the low bound is above the high one", where=where, got=f"{low} to {high}")
    if max(high - low, -low, high) > LARGEST:
        raise CodecError("the bounds do not fit in float32", where=where, got=f"{low} to {high}")


def _float32(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(np.asarray(values, np.float32).tolist())


def _rt1(vector: float, source: str) -> Bounds:
    high = (vector,) * 3 + (math.pi / 2,) * 3 + (1.0,)
    return Bounds(tuple(-value for value in high), high, (source,) * len(high))


RT1 = _rt1(1.0, "rt1")
RT1_X = _rt1(2.0, "rt1-x")
FIXED: Mapping[str, Bounds] = {"rt1": RT1, "rt1-x": RT1_X}

MEASURED: Mapping[str, tuple[str, str]] = {"quantiles": ("q01", "q99"), "min_max": ("min", "max")}
"""Kind of bounds -> the fields of Statistics that are low and high."""
CUT: Mapping[str, float] = {"quantiles": 0.02, "min_max": 0.0}
"""Kind of bounds -> the share of the steps that are beyond bounds of this kind by definition."""


def measured(wanted: object) -> str | None:
    """Return the kind of the bounds `wanted` if they come from statistics, else None.

    Such bounds are "quantiles", "min_max" and {"quantiles": [0.05, 0.95]}; the kind of the last is "quantiles 0.05 to 0.95".
    Raises UsageError for quantiles that are not valid.
    """
    if isinstance(wanted, str):
        return wanted if wanted in MEASURED else None
    if not isinstance(wanted, Mapping) or set(wanted) != {"quantiles"}:
        return None
    low, high = quantiles_of(wanted)
    return f"quantiles {low!r} to {high!r}"


def quantiles_of(wanted: object) -> tuple[float, ...]:
    """Return (low, high) of {"quantiles": [low, high]}; () for other bounds. Raises UsageError for invalid quantiles."""
    if not isinstance(wanted, Mapping) or set(wanted) != {"quantiles"}:
        return ()
    found = _numbers("quantiles", wanted["quantiles"])
    if len(found) != 2 or not 0 <= found[0] < found[1] <= 1:
        allowed = "two numbers from 0 to 1, the lower first"
        raise UsageError(
            "the quantiles are not valid", where="bounds, quantiles", got=list(found), allowed=allowed
        )
    return found


def is_measured(source: str) -> bool:
    """Return True if bounds with this source come from statistics of the data."""
    return _pair(source) is not None


def span_of(statistics: Statistics, kind: str) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Return low [D] and high [D] of a measured kind, and the share of the steps that are beyond them by definition."""
    pair = _pair(kind)
    if pair is None:
        allowed = ", ".join([*MEASURED, '{"quantiles": [...]}'])
        raise UsageError("unknown kind of bounds from statistics", got=kind, allowed=allowed)
    if isinstance(pair[0], str):
        low, high = (getattr(statistics, field) for field in pair)
        return low, high, CUT[kind]
    found = [statistics.quantile(q) for q in pair]
    return found[0].values, found[1].values, pair[0] + 1 - pair[1]


def _pair(kind: str) -> tuple[str, str] | tuple[float, float] | None:
    if kind in MEASURED:
        return MEASURED[kind]
    told = re.fullmatch(r"quantiles (\S+) to (\S+)", kind)
    return told and (float(told[1]), float(told[2]))


def explicit(wanted: object) -> Bounds | None:
    """Return the bounds of {"low": [D], "high": [D]}; None for other settings. Raises UsageError if they are not numbers."""
    if not isinstance(wanted, Mapping) or set(wanted) != {"low", "high"}:
        return None
    return Bounds(_numbers("low", wanted["low"]), _numbers("high", wanted["high"]))


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError):
        raise UsageError("bounds are not numbers", where=f"bounds, {name}", got=values) from None


def bounds_from(statistics: Statistics, kind: str, grippers: Mapping[str, str]) -> Bounds:
    """Return bounds of a measured `kind`; each gripper has the bounds of its convention. grippers: name -> convention."""
    known = known_grippers(grippers, statistics.names)
    if not is_measured(kind) or statistics.count:
        *span, cut = span_of(statistics, kind)
    else:
        raise CodecError("statistics over 0 steps give no bounds", hint="Use fixed bounds: rt1 or rt1-x.")
    low, high = map(list, span)
    source = [kind] * len(low)
    for d in range(len(low)):
        if not _moves(statistics, d):
            low[d] = high[d] = _constant(statistics, d)
            source[d] = CONSTANT
        elif cut and _cut_off(statistics, d, kind):
            low[d], high[d], source[d] = statistics.min[d], statistics.max[d], "min_max"
    for name, least, most in zip(statistics.names, low, high, strict=True):
        if most - least > LARGEST and name not in known:
            what = f"the {kind} of {name} lie too far apart for bins in float32"
            hint = (
                "Perhaps the largest float32 marks a missing value in the data: cut these steps out with --keep-ranges, or "
                "give the recipe bounds: {low: [...], high: [...]}."
            )
            raise CodecError(what, got=f"{least:.4g} to {most:.4g}", hint=hint)
    for name, convention in known.items():
        d = statistics.names.index(name)
        (low[d], high[d]), source[d] = CONVENTIONS[convention], convention
    return Bounds(tuple(low), tuple(high), tuple(source))


def _moves(statistics: Statistics, d: int) -> bool:
    return statistics.max[d] - statistics.min[d] > rounding(
        max(abs(statistics.q01[d]), abs(statistics.q99[d]))
    )


def _constant(statistics: Statistics, d: int) -> float:
    """Return the one value of a dimension that does not move: 0 if it is between min and max, else the 1% quantile."""
    return 0.0 if statistics.min[d] < 0 < statistics.max[d] else statistics.q01[d]


def _cut_off(statistics: Statistics, d: int, kind: str) -> bool:
    """Return True if bounds from quantiles would cut off the motion of dimension `d`, which moves.

    They would if the two quantiles are equal; if every moving step is beyond them; or if most moving steps are, and moving
    steps are fewer than RARELY times the steps that quantiles always cut (2% for q01 to q99). Two different quantiles are kept
    if the data reaches so far (one wild step) that all motion would be in one bin of min_max.
    """
    lows, highs, cut = span_of(statistics, kind)
    low, high = lows[d], highs[d]
    if high - low <= rounding(max(abs(low), abs(high))):
        return True
    if not statistics.moving or (high - low) * USUAL_BINS < statistics.max[d] - statistics.min[d]:
        return False
    moving, beyond = statistics.moving[d], _beyond(statistics, kind)[d]
    rarely = moving < RARELY * cut * statistics.count
    return beyond >= moving or (rarely and 2 * beyond > moving)


def _beyond(statistics: Statistics, kind: str) -> tuple[int, ...]:
    """Return [D], the number of steps beyond quantiles of this kind; 0 where they were not counted."""
    pair = _pair(kind)
    if pair is None or isinstance(pair[0], str):
        return statistics.beyond
    below, above = (statistics.quantile(q) for q in pair)
    if not below.below or not above.above:
        return (0,) * len(statistics.names)
    return tuple(a + b for a, b in zip(below.below, above.above, strict=True))
