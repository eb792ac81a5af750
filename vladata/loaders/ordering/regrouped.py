"""A materialised mixture, or a slice or selection of any mixture, that is loaded: its own samples, dealt in exact shares.

An epoch has as many samples as are loaded. A sample that the mixture repeats comes as often as in the mixture, each time
under its own key.

Memory: the counts of blocks (parted.py); for a part of a virtual mixture also 2 bytes per sample, since it has no index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from vladata.errors import LoadError, UsageError
from vladata.loaders.order import LoadOrder, Places
from vladata.loaders.ordering.dealing import DealtOrder
from vladata.loaders.ordering.identity import dealt_identity
from vladata.loaders.ordering.parted import Parted
from vladata.loaders.ordering.rows import read_rows
from vladata.loaders.ordering.weighing import weighed
from vladata.mixtures.mixture import Mixture
from vladata.shards.dataset import Dataset
from vladata.shards.parts import MixturePart
from vladata.shards.reading.columns import Columns
from vladata.shards.sequence import Samples

LOOKED_UP = 1 << 16  # samples of a virtual mixture that are looked up together


class RegroupedStore:
    """A mixture whose own samples are loaded: a materialised mixture, or a part of any mixture."""

    def __init__(self, samples: Samples, weights: Mapping[str, float] | None) -> None:
        part = samples.manifest.of(MixturePart)
        names = [source.name for source in part.sources]
        parted = Parted(_codes(samples, names), len(samples), len(names))
        sizes = dict(zip(names, parted.sizes.tolist(), strict=True))
        stored = {source.name: Fraction(source.share) for source in part.sources}
        if weights is None:  # leave out a source of which the epoch has no sample
            stored = {name: share for name, share in stored.items() if sizes[name]}
        self._samples, self._shares = samples, weighed(stored, weights, samples.url)
        for name in self._shares:
            if not sizes[name]:
                raise UsageError(
                    "a source has a weight, but none of its samples is loaded",
                    where=f"{samples.url}, source {name}",
                    allowed=", ".join(name for name, size in sizes.items() if size),
                    hint="Give it the weight 0, or mix again with a longer epoch.",
                )
        self._sizes = {name: sizes[name] for name in self._shares}
        self._parted, self._codes = parted, np.array([names.index(name) for name in self._shares])
        self.sources = (samples,) * len(self._shares)

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        identity = dealt_identity(self._samples, kind, seed, self._shares)
        return DealtOrder(len(self._samples), identity, self._shares, self._sizes, self._rows)

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> Columns:
        return read_rows(self._samples, places, wanted, faults)

    def _rows(self, source: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Return the rows among the loaded samples, from the rows of their sources."""
        return self._parted.rows(self._codes[source], row)


@dataclass(frozen=True)
class _IndexCodes:
    """A function from rows to the sources of samples, by the index. of: int64, the number of the source for each name in the
    index; -1 for none."""

    samples: Dataset
    of: np.ndarray

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(self.of[self.samples.places.codes("source", self.samples.absolute(rows))])


def _codes(samples: Samples, names: Sequence[str]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from rows to the numbers of their samples' sources."""
    if isinstance(samples, Dataset):
        listed = samples.places.names("source")
        return _IndexCodes(samples, np.array([names.index(name) if name in names else -1 for name in listed]))
    assert isinstance(samples, Mixture), "a mixture without shards is virtual"
    found = [
        samples.opened.found(samples.absolute(np.arange(start, min(start + LOOKED_UP, len(samples)))))[0]
        for start in range(0, len(samples), LOOKED_UP)
    ]
    return partial(np.take, np.concatenate(found).astype(np.int16))
