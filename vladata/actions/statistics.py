"""What is known of the values of a dataset's actions or states, one number a dimension.

How the numbers are found is `vladata/index/summary.py`; here they are only held, checked and turned into JSON. JSON
keeps every bit: Python writes a float64 with as many digits as tell it from its neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from vladata.errors import CodecError

MEASURES = ("mean", "std", "min", "max", "q01", "q99")


@dataclass(frozen=True, slots=True)
class Statistics:
    """Per-dimension statistics over `count` steps, the last RLDS step of an episode not among them.

    names:    of the D dimensions, in order, without terminate: "dx", ..., "gripper".
    count:    steps counted; with 0 all numbers below are 0.
    mean, std, min, max: float64 as Python floats, [D], in the units of the data; std is that of the population.
    q01, q99: 1st and 99th percentile, linear between ranks, [D].
    """

    names: tuple[str, ...]
    count: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    min: tuple[float, ...]
    max: tuple[float, ...]
    q01: tuple[float, ...]
    q99: tuple[float, ...]

    def __post_init__(self) -> None:
        for measure in MEASURES:
            found = len(getattr(self, measure))
            if found != len(self.names):
                allowed = f"{len(self.names)}, one for each of {' '.join(self.names)}"
                raise CodecError(f"statistics have {found} numbers", where=measure, allowed=allowed)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, in the order of the fields."""
        lists = {name: list(getattr(self, name)) for name in MEASURES}
        return {"names": list(self.names), "count": self.count, **lists}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Statistics":
        """What `to_json` gave, also after a round through a JSON file."""
        wanted = [field.name for field in fields(cls)]
        missing = [name for name in wanted if name not in data]
        if missing:
            raise CodecError("these are no statistics", got=f"no {missing[0]}", allowed=", ".join(wanted))
        lists = {name: tuple(float(value) for value in data[name]) for name in MEASURES}
        return cls(names=tuple(data["names"]), count=int(data["count"]), **lists)
