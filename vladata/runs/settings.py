"""The settings that all kinds of outputs share."""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar, get_args

from vladata.errors import UsageError
from vladata.plan.orders import Order
from vladata.plan.units import Layout
from vladata.shards.naming import EPISODES, FORMATS, Format


@dataclass(frozen=True, kw_only=True)
class OutputSettings:
    """Settings of any output. Raises UsageError for settings that no output can have.

    format:            one of `formats`.
    order:             "shuffled" over the whole split, or "source": in the order of the source; None means "shuffled", but
                       "source" for whole episodes.
    seed:              seed of the shuffle and of all other random draws, 0 or more.
    memory:            bytes of data that a worker may hold at once, beside the program itself.
    samples_per_shard: the most samples of a shard.
    """

    format: Format = "webdataset"
    order: Order | None = None
    seed: int = 0
    memory: int = 256_000_000
    samples_per_shard: int = 1000
    least_samples: ClassVar[int] = 1
    formats: ClassVar[tuple[Format, ...]] = FORMATS

    def __post_init__(self) -> None:
        for name, known in (("format", self.formats), ("order", (None, *get_args(Order)))):
            if getattr(self, name) not in known:
                raise UsageError(
                    f"unknown {name}",
                    got=getattr(self, name),
                    allowed=", ".join(filter(None, known)),
                )
        for name, least in (
            ("samples_per_shard", self.least_samples),
            ("memory", 0),
            ("seed", 0),
            ("limit", 0),
        ):
            value = getattr(self, name, least)  # some kinds of output have no limit
            if not isinstance(value, Integral) or int(value) < least:
                raise UsageError(f"{name} is out of range", got=value, allowed=f"a whole number from {least}")

    def layout(self, name: str) -> Layout:
        """Return the layout of an output called `name`."""
        order = self.order or ("source" if self.format in EPISODES else "shuffled")
        return Layout(name, self.format, order, self.seed, self.memory, self.samples_per_shard)
