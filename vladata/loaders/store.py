"""What is loaded, opened: its sources, the order of its samples, and the samples at places of it as columns."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vladata.errors import LoadError, UsageError
from vladata.loaders.chosen import chosen, said
from vladata.loaders.cursor import Identity
from vladata.loaders.order import DatasetOrder, LoadOrder, Places
from vladata.shards.sequence import Samples

ORDERS = ("samples", "episodes")
SEEDS = 1 << 63


class Store(Protocol):
    """What is loaded. sources: those of a mixture, else the dataset alone."""

    @property
    def sources(self) -> Sequence[Samples]: ...

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        """Return the order of its samples. kind: "samples" or "episodes".

        Raises UsageError where the kind or the seed is none, or the samples cannot be had in that order.
        """

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> dict[str, Any]:
        """Return the samples at places as columns, as Samples.read_batch does; in episode order with `lane` and `first`."""


def store_of(
    samples: Samples,
    split: str | None = None,
    *,
    shuffle: bool = True,
    weights: Mapping[str, float] | None = None,
) -> Store:
    """Open what is loaded of an output.

    split:   as in `chosen`.
    shuffle: whether samples come in random order; of a mixture, whether its sources are dealt anew.
    weights: of a mixture the parts that its sources have of all samples, in place of its own.
    Raises UsageError, and whatever a source that cannot be opened raises.
    """
    return DatasetStore(chosen(samples, split), shuffle)


class DatasetStore:
    """The samples of one dataset, or some of them; and those of a mixture in the order in which they are stored."""

    def __init__(self, samples: Samples, shuffle: bool) -> None:
        self.sources, self._shuffle = (samples,), shuffle

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        (samples,) = self.sources
        identity = identity_of(samples, kind, self._shuffle, seed)
        return DatasetOrder(len(samples), identity)

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> dict[str, Any]:
        return self.sources[0].read_batch(places.row, wanted, faults)


def identity_of(samples: Samples, kind: str, shuffle: bool, seed: int, shares: str = "") -> Identity:
    """Return what decides an order. Raises UsageError where the kind of order or the seed is none."""
    if kind not in ORDERS:
        raise UsageError("unknown order", got=kind, allowed=", ".join(ORDERS))
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEEDS:
        raise UsageError("a seed is a whole number", got=seed, allowed="0 to 2^63 - 1")
    return Identity(samples.manifest.digest, said(samples.positions), kind, int(shuffle), seed, shares)
