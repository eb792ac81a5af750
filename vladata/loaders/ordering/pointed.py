"""A virtual mixture that is loaded as a whole: its samples are read from its sources' datasets and dealt in exact shares.

An epoch has as many samples as the mixture. A sample has its key in the mixture: with the ending of its source, and from the
second pass over the source on with the mark of repeats, which counts passes over all epochs.

If filters or a cap leave only a part of a source, this part is found from the index at opening, and takes 8 bytes per sample.
Other sources take no memory.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import orjson

from vladata.errors import LoadError, OutputError, SourceChanged
from vladata.loaders.order import LoadOrder, Places
from vladata.loaders.ordering.chosen import chosen
from vladata.loaders.ordering.dealing import DealtOrder
from vladata.loaders.ordering.identity import dealt_identity
from vladata.loaders.ordering.weighing import weighed
from vladata.mixtures.job import JobSource
from vladata.mixtures.mixture import MixedPart, Mixture
from vladata.mixtures.sources import open_source
from vladata.mixtures.tree import MixLeaf
from vladata.shards.dataset import Dataset
from vladata.shards.reading.columns import Columns
from vladata.shards.sequence import tell
from vladata.spec.mixture import MixSource


class PointedStore:
    """A virtual mixture as a whole, whose samples are read from the datasets of its sources."""

    def __init__(self, mixture: Mixture, weights: Mapping[str, float] | None) -> None:
        job = mixture.opened.job
        stored = {source.name: Fraction(source.share) for source in job.sources}
        self._mixture, self._shares = mixture, weighed(stored, weights, mixture.url)
        self._jobs = [source for source in job.sources if source.name in self._shares]
        self.sources = tuple(self._opened(source) for source in self._jobs)

    def order(self, seed: int, kind: str = "samples") -> LoadOrder:
        identity = dealt_identity(self._mixture, kind, seed, self._shares)
        sizes = {source.name: source.samples for source in self._jobs}
        return DealtOrder(self._mixture.opened.job.samples, identity, self._shares, sizes)

    def read_batch(
        self,
        places: Places,
        wanted: Sequence[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> Columns:
        mixture, groups = self._mixture, []
        for number in np.unique(places.source).tolist():
            at, source = np.flatnonzero(places.source == number), self.sources[number]
            rows = source.absolute(places.row[at])
            groups.append((MixedPart(self._jobs[number], source), at, rows, places.turn[at]))
        nowhere = np.full(
            len(places), -1, np.int64
        )  # -1: samples have no position in the stored mixture, since they were dealt again
        columns, wrong = mixture.opened.columns(
            groups, nowhere, mixture.shapes.wanted(wanted), mixture.shapes
        )
        tell(wrong, faults)
        return columns

    def _opened(self, source: JobSource) -> Dataset:
        """Return the samples that the mixture takes from a source."""
        job = self._mixture.opened.job
        try:
            dataset = self._mixture.opened.open_source(source)
        except OutputError as fault:
            raise type(fault)(
                fault.what,
                where=f"source {source.name}, {fault.where}",
                hint=f'Bring the dataset back, or leave the source out: weights={{"{source.name}": 0, ...}}.',
            ) from fault
        if not source.left:
            found = chosen(dataset, job.split)
        else:
            leaf = MixLeaf(source.name, MixSource.model_validate_json(orjson.dumps({**source.taken})))
            taken = open_source(leaf, source.url, job.split, job.layout.seed)
            found = dataset.select(taken.all_rows())
        if len(found) != source.samples:
            raise SourceChanged(
                "the mixture now takes another number of samples from the source than when it was made",
                where=f"source {source.name}, {source.url}",
                got=f"{len(found):,} samples",
                allowed=f"{source.samples:,}",
                hint="Mix again.",
            )
        return found
