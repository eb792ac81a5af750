"""An opened virtual mixture: any sample, found from its position.

The position gives the unit, then the place in the unit's order, then the range of a source and the row of its index. Only the
sample itself is read. Several samples are read source by source, and their columns are put together.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vladata.errors import ChecksumMismatch, SourceChanged
from vladata.mixtures.fields import in_form
from vladata.mixtures.job import JobSource, MixJob
from vladata.mixtures.ranges import MixUnit, unit_of
from vladata.plan.table import PlanFile
from vladata.records import Sample
from vladata.shards.dataset import Dataset, open_dataset
from vladata.shards.manifest import Manifest
from vladata.shards.naming import MIXTURE_PLAN
from vladata.shards.parts import MixturePart
from vladata.shards.reading.bytes_of import whole_file
from vladata.shards.reading.columns import Columns, Shapes
from vladata.shards.reading.merging import asked, merged
from vladata.shards.reading.reader import Faults, in_order
from vladata.shards.sequence import Positions, Samples
from vladata.shards.storage import LocalOutput, Output
from vladata.shards.whole import Written

UNITS_HELD = 4  # units read last, whose ranges and order stay in memory


class Mixture(Samples):
    """The samples of a virtual mixture, by position. It is used like a Dataset, but has no index."""

    def __init__(
        self,
        output: Output,
        manifest: Manifest,
        positions: Positions | None = None,
        opened: "Opened | None" = None,
    ) -> None:
        """Open the samples at `positions`, or all.

        opened: the files that another sequence of the same mixture has opened.
        """
        self._opened = Opened(output, manifest) if opened is None else opened
        super().__init__(
            output, manifest, range(self._opened.job.samples) if positions is None else positions
        )

    def _at(self, positions: Positions) -> "Mixture":
        return Mixture(self._output, self.manifest, positions, self._opened)

    def _samples_at(self, positions: np.ndarray) -> tuple[list[Sample], Faults]:
        found: dict[int, Sample] = {}
        faults: Faults = {}
        for source, at, rows, repeats in self._opened.groups(positions):
            samples, wrong = source.dataset._samples_at(rows)
            faults |= {int(at[i]): fault for i, fault in wrong.items()}
            places = (int(at[i]) for i in range(len(at)) if i not in wrong)
            for i, repeat, sample in zip(places, _kept(repeats, wrong).tolist(), samples, strict=True):
                found[i] = self._opened.mixed(source, repeat, sample)
        return [found[i] for i in sorted(found)], faults

    def _columns_at(self, positions: np.ndarray, wanted: Sequence[str]) -> tuple[Columns, Faults]:
        return self._opened.columns(self._opened.groups(positions), positions, wanted, self.shapes)

    @property
    def datasets(self) -> dict[str, Dataset]:
        """The opened sources by their names. Raises SourceChanged if a source is not the dataset that was mixed."""
        names = (source.name for source in self._opened.job.sources)
        return dict(zip(names, self._opened.datasets, strict=True))

    @property
    def opened(self) -> "Opened":
        """The job of the mixture and its sources."""
        return self._opened

    def _where_at(self, position: int) -> str:
        ((source, _, rows, _),) = self._opened.groups(np.array([position], np.int64))
        return source.dataset._where_at(int(rows[0]))


def _kept(values: np.ndarray, wrong: Collection[int]) -> np.ndarray:
    """Return the values without those at the positions in `wrong`."""
    return np.delete(values, sorted(wrong)) if wrong else values


class Opened:
    """A virtual mixture and its sources, each opened at its first use."""

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self.manifest, self._output = manifest, output
        self.job = MixJob.from_json(_placed(output, manifest))
        # Opened at the first use. There is no lock, since a process forked while it is held would find it locked for ever.
        # So two threads may open a file twice, and one of the two is kept.
        self._datasets: tuple[Dataset, ...] | None = None
        self._plan: PlanFile | None = None
        self._ends: np.ndarray | None = None
        self._unit = lru_cache(maxsize=UNITS_HELD)(self._read_unit)

    def groups(self, positions: np.ndarray) -> Iterator["Group"]:
        """Yield, for each source, the group of its samples among the positions of the mixture, int64 [B]."""
        source, row, repeat = self.found(positions)
        for number in np.unique(source).tolist():
            at = np.flatnonzero(source == number)
            yield MixedPart(self.job.sources[number], self.datasets[number]), at, row[at], repeat[at]

    def columns(
        self, groups: Iterable["Group"], index: np.ndarray, wanted: Sequence[str], shapes: Shapes
    ) -> tuple[Columns, Faults]:
        """Return the samples of groups as columns of one batch, and the faults of samples that cannot be loaded (left out).

        index:  int64 [B], the position of each sample in the mixture.
        wanted: the columns to load.
        shapes: the shapes of the mixture.
        """
        parts: list[tuple[np.ndarray, Columns]] = []
        faults: Faults = {}
        for source, at, rows, repeats in groups:
            columns, wrong = source.dataset._columns_at(rows, asked(wanted, source.dataset.shapes))
            faults |= {int(at[i]): fault for i, fault in wrong.items()}
            kept = _kept(at, wrong)
            self._mix_columns(source, _kept(repeats, wrong), columns)
            parts.append((kept, columns | {"index": index[kept]}))
        left = np.array(sorted(faults), np.int64)
        # The samples after one that is left out move up by one.
        moved = [(at - np.searchsorted(left, at), part) for at, part in parts]
        return merged(moved, wanted, shapes), faults

    def mixed(self, source: "MixedPart", repeat: int, sample: Sample) -> Sample:
        """Return a source's sample with its key and fields in the mixture. repeat: the pass over the source, from 0."""
        fields = in_form(sample.fields, source.dataset.manifest.fields, self.manifest.fields)
        images = in_order(sample.images, self.manifest.cameras)
        return Sample(source.job.key(sample.key, repeat), images, fields)

    def _mix_columns(self, source: "MixedPart", repeats: np.ndarray, columns: Columns) -> None:
        """Change the keys in a source's columns to those in the mixture, and the order of cameras to the mixture's."""
        if "key" in columns:
            both = zip(columns["key"], repeats.tolist(), strict=True)
            columns["key"] = [source.job.key(key, repeat) for key, repeat in both]
        if "images" in columns:
            columns["images"] = [in_order(images, self.manifest.cameras) for images in columns["images"]]

    def found(self, positions: np.ndarray) -> np.ndarray:
        """Return int64 [3, B]: the source of each position, its row in the source, and the pass over the source."""
        found = np.empty((3, len(positions)), np.int64)
        units = np.searchsorted(self.ends, positions, side="right")
        for number in np.unique(units).tolist():
            here, unit = units == number, self._unit(number)
            found[:, here] = unit.at(positions[here] - (int(self.ends[number - 1]) if number else 0))
        return found

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """The opened sources. Raises SourceChanged if a source is not the dataset that was mixed."""
        if self._datasets is None:
            self._datasets = tuple(map(self.open_source, self.job.sources))
        return self._datasets

    def open_source(self, source: JobSource) -> Dataset:
        """Open one source. Raises SourceChanged if it is another dataset, and NotADataset if it is gone."""
        dataset = open_dataset(source.url, self._output.cache)
        if dataset.manifest.digest != source.manifest:
            says = "the dataset is not the one that was mixed"
            raise SourceChanged(says, where=f"{source.name}, {source.url}", hint="Mix again.")
        return dataset

    @property
    def plan(self) -> PlanFile:
        """The units. Raises ChecksumMismatch if the plan is damaged."""
        if self._plan is None:
            self._plan = self._opened_plan()
        return self._plan

    def _opened_plan(self) -> PlanFile:
        if isinstance(self._output, LocalOutput):  # of a remote one the copy was compared when it was made
            (entry,) = (file for file in self.manifest.files if file.path == MIXTURE_PLAN)
            if self._output.measure(MIXTURE_PLAN) != Written(entry.bytes, entry.checksum):
                where = f"{self._output.url}/{MIXTURE_PLAN}"
                raise ChecksumMismatch("the plan is missing or damaged", where=where, hint="Mix again.")
        return PlanFile(whole_file(self._output, self.manifest, MIXTURE_PLAN))

    @property
    def ends(self) -> np.ndarray:
        """The position at which each unit ends, int64 [U]."""
        if self._ends is None:
            counts = [self.plan.batch(n)["samples"][0].as_py() for n in range(len(self.plan))]
            self._ends = np.cumsum(counts)
        return self._ends

    def _read_unit(self, number: int) -> "_Unit":
        return _Unit(self, unit_of(self.plan.batch(number)))


@dataclass(frozen=True, eq=False)
class MixedPart:
    """A source of an opened mixture."""

    job: JobSource
    dataset: Dataset


Group = tuple[MixedPart, np.ndarray, np.ndarray, np.ndarray]
"""A source with n of the wanted samples; then int64 [n] each: their positions among all wanted samples, their rows in its index,
and their passes over the source."""


class _Unit:
    """One unit of an opened mixture."""

    def __init__(self, mixture: Opened, unit: MixUnit) -> None:
        job, ranges = mixture.job, unit.ranges
        self.ranges = ranges
        self.order = job.order(unit)
        # ends[s][r]: number of samples in the first r + 1 ranges of source s; starts[s]: its first range.
        self.starts = np.searchsorted(ranges.source, np.arange(len(job.sources)))
        self.ends = [np.cumsum(ranges.samples[ranges.source == source]) for source in range(len(job.sources))]

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the source, row and pass of positions in the unit, int64 [3, n]."""
        source, turn = self.order.source[positions], self.order.turn[positions]
        ranges = np.empty(len(positions), np.int64)
        before = np.zeros(len(positions), np.int64)
        for number in np.unique(source).tolist():
            here, ends = source == number, self.ends[number]
            within = np.searchsorted(ends, turn[here], side="right")
            ranges[here] = self.starts[number] + within
            before[here] = np.append(0, ends)[within]
        rows = self.ranges.first[ranges] + turn - before
        return np.array([source, rows, self.ranges.repeat[ranges]])


def _placed(output: Output, manifest: Manifest) -> dict[str, Any]:
    """Return the job as JSON data, with the places of its sources as seen from this machine."""
    pointers = manifest.of(MixturePart).virtual
    assert pointers is not None, "only a virtual mixture has no shards"
    places = {
        name: place if "://" in place else os.path.normpath(os.path.join(os.path.realpath(output.url), place))
        for name, place in pointers.places.items()
    }
    sources = [{**source, "url": places[source["name"]]} for source in pointers.job["sources"]]
    return {**pointers.job, "sources": sources}
