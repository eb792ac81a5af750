"""What is loaded, opened: its sources, the order of its samples, and the samples at places of it as columns."""

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
    """What is loaded. sources: of a mixture that is dealt the sources, else the dataset alone; places count their samples."""

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
    ) -> Columns:
        """Return the samples at places as columns, as Samples.read_batch does (`index` is -1 where a virtual mixture was dealt).

        faults: where it is given, a sample that cannot be loaded is left out, and comes to it as (its number among the places,
                LoadError).
        """


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
    weights: of a mixture the parts that its sources have of all samples, in place of its own: weighing.py.
    Raises UsageError, UnknownName for weights or a split that the output does not have, and whatever a source that cannot be
    opened raises.
    """
    is_mixture = isinstance(samples.manifest.part, MixturePart)
    if weights is not None and not (is_mixture and shuffle):
        raise UsageError(
            "weights are for a mixture that is dealt anew",
            where=samples.url,
            got="shuffle=False" if is_mixture else f"a {samples.manifest.kind} dataset",
            hint="Load it with shuffle=True."
            if is_mixture
            else "Mix datasets with vladata mix, and load that.",
        )
    loaded = chosen(samples, split)
    if not is_mixture or not shuffle:
        return DatasetStore(loaded, shuffle)
    # Imported here: a dataset needs nothing of it, and is loaded in less time than it takes.
    from vladata.loaders.ordering.pointed import PointedStore
    from vladata.loaders.ordering.regrouped import RegroupedStore
    from vladata.mixtures.mixture import Mixture

    if isinstance(loaded, Mixture) and is_whole(loaded):
        return PointedStore(loaded, weights)
    return RegroupedStore(loaded, weights)


class DatasetStore:
    """The samples of one dataset, or some of them; and those of a mixture in the order in which they are stored."""

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
