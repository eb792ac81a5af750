"""Bounds of the models that normalise to -1..1 before they make bins: OpenVLA and openpi.

Unlike in `bounds_from` there are no exceptions: q01 and q99 are the bounds even if they cut motion off. Values beyond the bounds
are cut, counted and reported (`vladata/index/clipping.py`). A dimension with source `unscaled` is not normalised; a dimension
with source `constant` has one value (its least equals its greatest).
"""

from collections.abc import Collection

from vladata.actions.bounds import CONSTANT, MEASURED, UNSCALED, Bounds, explicit, measured, span_of
from vladata.actions.settings import Span
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

NORMALISED_BY = Span(
    "quantiles",
    "The range that is normalised to -1..1. quantiles: q01 to q99 of the data. min_max: all of the data. unscaled: the "
    "values are between -1 and 1 already. Or {low, high}, or {quantiles}.",
    (*MEASURED, UNSCALED),
)


def normalising(
    wanted: object, names: tuple[str, ...], statistics: Statistics | None, as_they_are: Collection[str] = ()
) -> Bounds:
    """Return the bounds `wanted`: one of the names of NORMALISED_BY, or {"low": [D], "high": [D]}.

    names:       the names of the D dimensions.
    as_they_are: the dimensions that are not normalised, unless they are constant.
    """
    if (given := explicit(wanted)) is not None:
        flat = [least == most for least, most in zip(given.low, given.high, strict=True)]
        return Bounds(given.low, given.high, tuple(CONSTANT if one else "explicit" for one in flat))
    if wanted == UNSCALED:
        return Bounds((-1.0,) * len(names), (1.0,) * len(names), (UNSCALED,) * len(names))
    kind = measured(wanted)
    if kind is None:
        allowed = ", ".join([*NORMALISED_BY.names, '{"quantiles": [...]}', '{"low": [...], "high": [...]}'])
        raise UsageError("unknown bounds", got=wanted, allowed=allowed)
    if statistics is None:
        hint = f"Give statistics=..., or bounds: {UNSCALED}, or low and high."
        raise CodecError(f'bounds "{kind}" need statistics, but none were given', hint=hint)
    if statistics.count == 0:
        raise CodecError(
            "statistics over 0 steps give no bounds", hint=f"Use other bounds: {UNSCALED}, or low and high."
        )
    low, high = map(list, span_of(statistics, kind)[:2])
    source = [kind] * len(low)
    for d, name in enumerate(statistics.names):
        if statistics.min[d] == statistics.max[d]:
            source[d] = CONSTANT
        elif name in as_they_are:
            low[d], high[d], source[d] = -1.0, 1.0, UNSCALED
    return Bounds(tuple(low), tuple(high), tuple(source))
