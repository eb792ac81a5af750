"""Statistics of a dataset's actions or states, one number per dimension.

`vladata/index/summary.py` computes them; this file holds them, checks them and turns them into JSON. JSON keeps every bit: Python
writes enough digits of a float64 to distinguish it from all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from vladata.errors import CodecError

MEASURES = ("mean", "std", "min", "max", "q01", "q99")
COUNTS = ("moving", "beyond")
QUANTILES = "quantiles"
ROUNDINGS = 8
EPSILON = 2.0**-23  # the distance from 1 to the next float32
LEAST_MOTION = 1e-6
"""A micrometre, or a microradian: a smaller change is rounding and counts as no motion."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of D dimensions.

    q:            the share of the steps below the quantile, 0..1.
    values:       the quantile of each dimension, interpolated linearly between ranks, [D].
    below, above: the number of steps whose value, as float32, is below or above it, [D]; () if they were not counted.
    """

    q: float
    values: tuple[float, ...]
    below: tuple[int, ...] = ()
    above: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the quantile's values and counts as lists; counts that were not made are left out."""
        counts = {name: list(getattr(self, name)) for name in ("below", "above") if getattr(self, name)}
        return {"values": list(self.values), **counts}


@dataclass(frozen=True, slots=True)
class Statistics:
    """Per-dimension statistics over `count` steps; the last RLDS step of each episode is not counted.

    names:    the names of the D dimensions, in order, without terminate: "dx", ..., "gripper".
    count:    the number of steps; if it is 0, all numbers below are 0.
    mean, std, min, max: [D], in the units of the data; std is the standard deviation of the population.
    q01, q99: 1st and 99th percentile, interpolated linearly between ranks, [D].
    moving:   the number of steps whose value differs from the median by more than rounding, [D]; () if they were not counted.
    beyond:   the number of steps whose value, as float32, is below q01 or above q99, [D]; () if they were not counted.
    quantiles: other quantiles that were computed, in rising order.
    """

    names: tuple[str, ...]
    count: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    min: tuple[float, ...]
    max: tuple[float, ...]
    q01: tuple[float, ...]
    q99: tuple[float, ...]
    moving: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()
    quantiles: tuple[Quantile, ...] = ()

    def __post_init__(self) -> None:
        for measure in (*MEASURES, *(name for name in COUNTS if getattr(self, name))):
            found = len(getattr(self, measure))
            if found != len(self.names):
                allowed = f"{len(self.names)}, one for each of {' '.join(self.names)}"
                raise CodecError(f"the statistics have {found} numbers", where=measure, allowed=allowed)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, in the order of the fields."""
        lists = {name: list(getattr(self, name)) for name in MEASURES}
        lists |= {name: list(getattr(self, name)) for name in COUNTS if getattr(self, name)}
        others = {repr(each.q): each.to_json() for each in self.quantiles}
        more = {QUANTILES: others} if others else {}
        return {"names": list(self.names), "count": self.count, **lists, **more}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Statistics":
        """Return the statistics from which `to_json` made `data`, directly or through a JSON file."""
        wanted = [field.name for field in fields(cls) if field.name not in (*COUNTS, QUANTILES)]
        missing = [name for name in wanted if name not in data]
        if missing:
            raise CodecError(
                "a key of the statistics is missing", got=f"no {missing[0]}", allowed=", ".join(wanted)
            )
        given: dict[str, Any] = {name: tuple(float(value) for value in data[name]) for name in MEASURES}
        given |= {name: tuple(int(value) for value in data.get(name, ())) for name in COUNTS}
        given[QUANTILES] = tuple(
            Quantile(float(q), *(tuple(each.get(name, ())) for name in ("values", "below", "above")))
            for q, each in data.get(QUANTILES, {}).items()
        )
        return cls(names=tuple(data["names"]), count=int(data["count"]), **given)

    def quantile(self, q: float) -> Quantile:
        """Return the quantile `q` of `quantiles`. Raises CodecError if the statistics do not have it."""
        found = next((each for each in self.quantiles if each.q == q), None)
        if found is None:
            there = ", ".join(f"{each.q:g}" for each in self.quantiles) or "none"
            raise CodecError(
                "the statistics do not have this quantile", got=q, allowed=f"q01, q99, and: {there}"
            )
        return found


def rounding(value: float) -> float:
    """Return the largest difference between values near `value` that is not a motion: float32's roundings, or LEAST_MOTION."""
    return max(LEAST_MOTION, ROUNDINGS * EPSILON * abs(value))
