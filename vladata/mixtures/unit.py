"""One unit of a mixture, from the shards of its sources to its own shards: ranges -> samples -> order -> shards -> receipt."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

import pyarrow as pa

from vladata.errors import FormatError, SourceChanged
from vladata.mixtures.fields import fields_of, in_form
from vladata.mixtures.job import MixJob
from vladata.mixtures.ranges import MixUnit, Ranges, unit_of
from vladata.records import Sample
from vladata.runs.job_file import opened
from vladata.runs.receipts import ROWS, Receipt
from vladata.runs.writing import write_unit
from vladata.shards.dataset import samples_of
from vladata.shards.manifest import Manifest, cameras_of, read_manifest
from vladata.shards.reading.reader import in_order
from vladata.shards.storage import Output, open_output
from vladata.shards.whole import Written

OWN_ROWS = [*((name, pa.string()) for name in ("dataset", "task", "source")), ("repeat", pa.int32())]
MIX_ROWS = pa.schema([*ROWS, *OWN_ROWS])


class Mixing:
    """A function that writes the units of one mixture. It holds the manifests of the sources."""

    def __init__(self, output: Output, job: MixJob) -> None:
        self.output, self.job = output, job
        self.places = [open_output(source.url) for source in job.sources]
        self.manifests = [
            _same_manifest(place, source.manifest)
            for place, source in zip(self.places, job.sources, strict=True)
        ]
        self.cameras = cameras_of(self.manifests)
        self.fields = fields_of(manifest.fields for manifest in self.manifests)

    def __call__(self, unit: MixUnit) -> Receipt:
        """Write the unit's shards and then its receipt. Raises SourceChanged for a source that changed after planning."""
        for source, shard in unit.checks:
            self._check(source, shard)
        held = self._held(unit.ranges)
        order = self.job.order(unit)
        turns = zip(order.source.tolist(), order.turn.tolist(), strict=True)
        rows: list[tuple[Any, ...]] = []
        names = [source.name for source in self.job.sources]

        def samples() -> Iterator[Sample]:
            for source, turn in turns:
                repeat, sample = held[source][turn]
                fields = sample.fields
                rows.append((fields["dataset"], fields["task"], names[source], repeat))
                yield self._mixed(source, repeat, sample)

        return write_unit(
            self.output,
            self.job.layout,
            self.job.split,
            unit,
            samples(),
            schema=MIX_ROWS,
            more=lambda written: list(zip(*rows, strict=True)),
        )

    def _mixed(self, source: int, repeat: int, sample: Sample) -> Sample:
        """Return a source's sample with its key in the mixture, and its images and fields in the mixture's form."""
        key = self.job.sources[source].key(sample.key, repeat)
        fields = in_form(sample.fields, self.manifests[source].fields, self.fields)
        return Sample(key, in_order(sample.images, self.cameras), fields)

    def _held(self, ranges: Ranges) -> list[list[tuple[int, Sample]]]:
        """Return a list for each source: the samples that the unit takes as (pass, sample), in the order of the stream."""
        held: list[list[tuple[int, Sample]]] = [[] for _ in self.places]
        with ExitStack() as files:
            opened: tuple[int, int, BinaryIO] | None = None
            for r in range(len(ranges)):
                source, shard = int(ranges.source[r]), int(ranges.shard[r])
                if opened is None or opened[:2] != (source, shard):
                    files.close()
                    opened = source, shard, files.enter_context(self._open(source, shard))
                opened[2].seek(int(ranges.offset[r]))
                data, repeat = opened[2].read(int(ranges.length[r])), int(ranges.repeat[r])
                samples = self._samples(source, shard, data, int(ranges.samples[r]))
                held[source] += ((repeat, sample) for sample in samples)
        return held

    def _check(self, source: int, shard: int) -> None:
        entry = self.manifests[source].shards[shard]
        there = self.places[source].measure(entry.path)
        if there is None:
            raise self._changed(source, shard, "the file is missing")
        if there != Written(entry.bytes, entry.checksum):
            raise self._changed(source, shard, "the file is not the one that was written")

    def _open(self, source: int, shard: int) -> BinaryIO:
        path = self.manifests[source].shards[shard].path
        try:
            file: BinaryIO = self.places[source].open(path)
        except FileNotFoundError as fault:
            raise self._changed(source, shard, "the file is missing") from fault
        return file

    def _samples(self, source: int, shard: int, data: bytes, count: int) -> list[Sample]:
        manifest = self.manifests[source]
        try:
            samples = list(samples_of(data, manifest))
        except FormatError as fault:
            raise self._changed(source, shard, str(fault)) from fault
        if len(samples) != count:
            raise self._changed(source, shard, f"expected {count} samples there, found {len(samples)}")
        return samples

    def _changed(self, source: int, shard: int, says: str) -> SourceChanged:
        origin, path = self.job.sources[source], self.manifests[source].shards[shard].path
        return SourceChanged(
            says,
            where=f"source {origin.name}, {origin.url}/{path}",
            hint=f"vladata verify {origin.url} names every damaged file. Restore it and run the same command, which goes on; "
            "or convert the dataset again and mix with --overwrite.",
        )


def _same_manifest(place: Output, digest: str) -> Manifest:
    manifest = read_manifest(place)
    if manifest.digest != digest:
        raise SourceChanged(
            "the dataset changed after the mixture was planned",
            where=place.url,
            hint="Mix again with --overwrite.",
        )
    return manifest


def open_units(url: str) -> Callable[[int], Receipt]:
    """Open the mixture at `url` and return a function that writes one unit, given its number."""
    output, job, plan = opened(url, MixJob.from_json, mapped=True)
    mixing = Mixing(output, job)
    return lambda number: mixing(unit_of(plan.batch(number)))
