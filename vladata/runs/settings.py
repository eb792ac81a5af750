"""The settings that all kinds of outputs share."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar, get_args, get_type_hints

from vladata.errors import UsageError
from vladata.plan.orders import Order
from vladata.plan.units import Layout
from vladata.shards.naming import EPISODES, FORMATS, Format

MOST = 2**63 - 1
"""The greatest number that a manifest can hold."""
_CALLED: dict[type, str] = {str: "text", bool: "True or False", float: "a number"}


def _plain_kinds(settings: type[Any]) -> tuple[tuple[str, Any, str], ...]:
    """Return the settings that are text, a truth value or a number: name, type, and the type's name for a person."""
    hints = get_type_hints(settings)
    return tuple(
        (name, (float, int) if kind is float else kind, _CALLED[kind])
        for name, kind in hints.items()
        if kind in _CALLED
    )


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
        for name, kind, called in _plain_kinds(type(self)):
            if not isinstance(getattr(self, name), kind):
                raise UsageError(f"{name} must be {called}", got=getattr(self, name))
        for name, known in (("format", self.formats), ("order", (None, *get_args(Order)))):
            if getattr(self, name) not in known:
                raise UsageError(
                    f"unknown {name}",
                    got=getattr(self, name),
                    allowed=", ".join(filter(None, known)),
                )
        for name, least, called in (
            ("samples_per_shard", self.least_samples, "a whole number"),
            ("memory", 0, "a whole number of bytes"),
            ("seed", 0, "a whole number"),
            ("limit", 0, "a whole number"),
        ):
            value = getattr(self, name, least)  # some kinds of output have no limit
            is_whole = isinstance(value, Integral) and not isinstance(value, bool)
            if not is_whole or not least <= int(value) <= MOST:
                raise UsageError(f"{name} must be {called}", got=value, allowed=f"{least} to 2^63 - 1")

    def layout(self, name: str) -> Layout:
        """Return the layout of an output called `name`."""
        order = self.order or ("source" if self.format in EPISODES else "shuffled")
        return Layout(name, self.format, order, self.seed, self.memory, self.samples_per_shard)
