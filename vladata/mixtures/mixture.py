"""vladata.open of a mixture: any sample of a virtual one, found from its position.

The unit that holds the position, the order within it, the range of the source, the row of its index: nothing is read but the
sample itself.
"""

import os
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from vladata.errors import ChecksumMismatch, SourceChanged, UsageError
from vladata.mixtures.fields import in_form
from vladata.mixtures.job import JobSource, MixJob
from vladata.mixtures.ranges import MixUnit, unit_of
from vladata.plan.table import PlanFile
from vladata.records import Sample
from vladata.shards.dataset import Dataset, in_order, open_dataset
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.naming import MIXTURE_PLAN
from vladata.shards.parts import MixturePart
from vladata.shards.sequence import Positions, Samples
from vladata.shards.storage import LocalOutput, Output, open_output
from vladata.shards.whole import Written

UNITS_HELD = 4  # of those that were read last, ranges and order are kept


class Mixture(Samples):
    """The samples of a virtual mixture, by position. It is used as a Dataset is, but has no index."""

    def __init__(
        self,
        output: Output,
        manifest: Manifest,
        positions: Positions | None = None,
        opened: "Opened | None" = None,
    ) -> None:
        """opened: what another sequence of the same mixture has opened already."""
        self._opened = Opened(output, manifest) if opened is None else opened
        super().__init__(
            output, manifest, range(self._opened.job.samples) if positions is None else positions
        )

    def _at(self, positions: Positions) -> "Mixture":
        return Mixture(self._output, self.manifest, positions, self._opened)

    def _sample_at(self, position: int) -> Sample:
        return self._opened.sample(position)

    @property
    def datasets(self) -> dict[str, Dataset]:
        """Its sources by their paths, opened. Raises SourceChanged for one that is no longer what was mixed."""
        names = (source.name for source in self._opened.job.sources)
        return dict(zip(names, self._opened.datasets, strict=True))


class Opened:
    """A virtual mixture and its sources, opened where something of them is asked for."""

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self.manifest, self._output = manifest, output
        self.job = MixJob.from_json(_placed(output, manifest))

    def sample(self, position: int) -> Sample:
        """The sample at a position of the mixture, from 0."""
        number = int(np.searchsorted(self._ends, position, side="right"))
        unit: _Unit = self._unit(number)
        return unit[position - int(self._ends[number - 1] if number else 0)]

    @cached_property
    def datasets(self) -> tuple[Dataset, ...]:
        """Its sources, opened. Raises SourceChanged for one that is no longer what was mixed."""
        return tuple(map(self.open_source, self.job.sources))

    def open_source(self, source: JobSource) -> Dataset:
        """One of its sources. Raises SourceChanged, or NotADataset where it is gone."""
        dataset = open_dataset(source.url)
        if dataset.manifest.digest != source.manifest:
            says = "the dataset is not the one that was mixed"
            raise SourceChanged(says, where=f"{source.name}, {source.url}", hint="Mix again.")
        return dataset

    @cached_property
    def _plan(self) -> PlanFile:
        (entry,) = (file for file in self.manifest.files if file.path == MIXTURE_PLAN)
        if self._output.measure(MIXTURE_PLAN) != Written(entry.bytes, entry.checksum):
            where = f"{self._output.url}/{MIXTURE_PLAN}"
            raise ChecksumMismatch("the plan is missing or damaged", where=where, hint="Mix again.")
        if isinstance(self._output, LocalOutput):
            return PlanFile(self._output.root / MIXTURE_PLAN)
        return PlanFile(self._output.read(MIXTURE_PLAN) or b"")

    @cached_property
    def _ends(self) -> np.ndarray:
        """int64 [U], where each unit ends."""
        return np.cumsum([self._plan.batch(n)["samples"][0].as_py() for n in range(len(self._plan))])

    @cached_property
    def _unit(self) -> Any:
        return lru_cache(maxsize=UNITS_HELD)(lambda number: _Unit(self, unit_of(self._plan.batch(number))))


class _Unit:
    """One unit of an opened mixture: any of its samples."""

    def __init__(self, mixture: Opened, unit: MixUnit) -> None:
        job, ranges = mixture.job, unit.ranges
        self.mixture, self.ranges = mixture, ranges
        self.order = job.order(unit)
        # ends[s][r]: how many samples of source s its first r + 1 ranges hold; starts[s]: its first range.
        self.starts = np.searchsorted(ranges.source, np.arange(len(job.sources)))
        self.ends = [np.cumsum(ranges.samples[ranges.source == source]) for source in range(len(job.sources))]

    def __getitem__(self, i: int) -> Sample:
        source, turn = int(self.order.source[i]), int(self.order.turn[i])
        ends = self.ends[source]
        r = int(np.searchsorted(ends, turn, side="right"))
        at = int(self.starts[source]) + r
        row = int(self.ranges.first[at]) + turn - int(ends[r - 1] if r else 0)
        dataset, mixed = self.mixture.datasets[source], self.mixture.manifest
        sample = dataset[row]
        key = self.mixture.job.sources[source].key(sample.key, int(self.ranges.repeat[at]))
        fields = in_form(sample.fields, dataset.manifest.fields, mixed.fields)
        return Sample(key, in_order(sample.images, mixed.cameras), fields)


def _placed(output: Output, manifest: Manifest) -> dict[str, Any]:
    """The job, with its sources where they lie from here."""
    pointers = manifest.of(MixturePart).virtual
    assert pointers is not None, "only a virtual mixture has no shards"
    places = {
        name: place if "://" in place else os.path.normpath(os.path.join(os.path.realpath(output.url), place))
        for name, place in pointers.places.items()
    }
    sources = [{**source, "url": places[source["name"]]} for source in pointers.job["sources"]]
    return {**pointers.job, "sources": sources}


def open(path: str | os.PathLike[str]) -> Dataset | Mixture:  # the public name is vladata.open
    """The dataset or virtual mixture in the folder (or at the fsspec URL) `path`.

    Raises NotADataset where there is no manifest, ChecksumMismatch where it is damaged.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError("a dataset is opened by its path", got=path, allowed="text or a path")
    output = open_output(os.fspath(path))
    manifest = read_manifest(output)
    return Mixture(output, manifest) if manifest.format is None else Dataset(output, manifest)
