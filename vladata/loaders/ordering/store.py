"""Opened data: its sources, the order of its samples, and the samples at places of that order as columns."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from vladata.errors import LoadError, UsageError
from vladata.loaders.order import DatasetOrder, LoadOrder, Places
from vladata.loaders.ordering.chosen import chosen, is_whole
from vladata.loaders.ordering.episodes import episode_order
from vladata.loaders.ordering.identity import ORDERS as ORDERS
from vladata.loaders.ordering.identity import identity_of, refuse_episodes
from vladata.loaders.ordering.rows import read_rows
from vladata.shards.parts import MixturePart
from vladata.shards.reading.columns import Columns
from vladata.shards.sequence import Samples


class Store(Protocol):
    """Opened data. sources: the sources of a dealt mixture, else the dataset alone; rows of places count their samples."""

    @property
    def sources(self) -> Sequence[Samples]: ...

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        """Return the order of the samples. kind: "samples" or "episodes".

        Raises UsageError for an unknown kind, a wrong seed, or samples that do not have such an order.
        """

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> Columns:
        """Return the samples at places as columns, as Samples.read_batch does (`index` is -1 where a virtual mixture was dealt).

        faults: a list to which (number among the places, LoadError) is added for each sample that cannot be loaded, and is left
                out; without it the LoadError is raised.
        """


def store_of(
    samples: Samples,
    split: str | None = None,
    *,
    shuffle: bool = True,
    weights: Mapping[str, float] | None = None,
) -> Store:
    """Open the samples of an output for loading.

    split:   as in `chosen`.
    shuffle: True for random order; for a mixture True if its sources are dealt again.
    weights: for a mixture, shares of its sources in place of its own (weighing.py).
    Raises UsageError and UnknownName for weights or a split that do not fit the output, and the error of a source that cannot be
    opened.
    """
    is_mixture = isinstance(samples.manifest.part, MixturePart)
    if weights is not None and not (is_mixture and shuffle):
        raise UsageError(
            "weights can be given only for a mixture that is loaded with shuffle=True",
            where=samples.url,
            got="shuffle=False" if is_mixture else f"a {samples.manifest.kind} dataset",
            hint="Load it with shuffle=True."
            if is_mixture
            else "Mix datasets with vladata mix, and load that.",
        )
    loaded = chosen(samples, split)
    if not is_mixture or not shuffle:
        return DatasetStore(loaded, shuffle)
    # Imported here: a dataset does not need it, and is loaded in less time than the import takes.
    from vladata.loaders.ordering.pointed import PointedStore
    from vladata.loaders.ordering.regrouped import RegroupedStore
    from vladata.mixtures.mixture import Mixture

    if isinstance(loaded, Mixture) and is_whole(loaded):
        return PointedStore(loaded, weights)
    return RegroupedStore(loaded, weights)


class DatasetStore:
    """All or some samples of one dataset, or of a mixture in its stored order."""

    def __init__(self, samples: Samples, shuffle: bool) -> None:
        self.sources, self._shuffle = (samples,), shuffle

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        (samples,) = self.sources
        identity = identity_of(samples, kind, self._shuffle, seed)
        if kind == "samples":
            return DatasetOrder(len(samples), identity)
        if isinstance(samples.manifest.part, MixturePart):
            refuse_episodes(samples, kind)
        return episode_order(samples, identity)

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> Columns:
        return read_rows(self.sources[0], places, wanted, faults)
