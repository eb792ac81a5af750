"""An RLDS source: its shards, its records, and a record as an Episode. The only place that knows RLDS keys.

RLDS is a TFDS dataset whose every record is an episode: a Dataset "steps" of dictionaries, and whatever else is said once
(episode_metadata). A column is a path without "steps/"; a value outside the steps keeps its path.

Rule: nothing is decoded that is not wanted, images never; a record that does not match features.json is MalformedExample,
with its file, record and byte. Specification: github.com/google-research/rlds.
"""

import os
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from vladata.errors import (
    FormatError,
    MalformedExample,
    MalformedJson,
    MissingKey,
    SourceChanged,
    nearest,
)
from vladata.formats import example, tfrecord
from vladata.formats.tfrecord import Record
from vladata.records import Episode, Place
from vladata.sources import columns
from vladata.sources.features import FEATURES, Features, Leaf, parse_features
from vladata.sources.folder import Folder, explained
from vladata.sources.foreign import no_episodes
from vladata.sources.info import DATASET_INFO, DatasetInfo, parse_dataset_info
from vladata.sources.splits import parse_split
from vladata.sources.version_folder import find_version_folder

STEPS = "steps"
Reader = Literal["native", "tfds"]


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One file of a split, and the records in it that a split expression wants.

    shard:       number of the file within its split, from 0.
    start, stop: the wanted records, stop not included.
    expected:    records that dataset_info.json promises for the whole file.
    """

    file: str
    split: str
    shard: int
    start: int
    stop: int
    expected: int

    @property
    def name(self) -> str:
        """Unlike that of any other file of the dataset."""
        return self.file

    @property
    def rows(self) -> tuple[int, int]:
        """Which rows of the file's part of the index are wanted: the first, and how many."""
        return self.start, self.stop - self.start


@dataclass(frozen=True)
class Source:
    """An RLDS dataset that can be read; small, and picklable.

    folder:   the version folder.
    info:     what dataset_info.json says.
    features: what features.json says; `columns` has it by column.
    reader:   who decodes: vladata, or tensorflow-datasets.
    """

    folder: Folder
    info: DatasetInfo
    features: Features
    reader: Reader = "native"

    @property
    def url(self) -> str:
        return self.folder.url

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def version_folder(self) -> str:
        """The last parts of the url: "bridge_dataset/1.0.0"."""
        return "/".join(self.url.split("/")[-2:])

    def version(self, name: str) -> str:
        """What tells one content of the file `name` from another without reading it."""
        return self.folder.version(name)

    @property
    def columns(self) -> Mapping[str, Leaf]:
        """Every column and value outside the steps, by the name that Episode has for it."""
        return _layout(self.features).columns

    @property
    def step_columns(self) -> list[str]:
        """The columns that have one value a step: what a schema may name. A video of the episode may be one (tfds.py)."""
        video = "Video" if self.reader == "tfds" else None
        return [name for name, leaf in self.columns.items() if leaf.per_step or leaf.tfds_class == video]

    @property
    def values(self) -> list[str]:
        """The values outside the steps, one an episode."""
        return [name for name, leaf in self.columns.items() if not leaf.per_step]

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        """The files that a split expression reads, in its order."""
        found = []
        for part in parse_split(split, self.info):
            info, first = self.info.splits[part.split], 0
            for shard, (file, length) in enumerate(zip(info.files, info.shard_lengths, strict=True)):
                start, stop = max(part.start - first, 0), min(part.stop - first, length)
                if start < stop:
                    found.append(ShardFile(file, part.split, shard, start, stop, length))
                first += length
        return tuple(found)


def open_source(src: str | os.PathLike[str], reader: Reader = "native") -> Source:
    """The dataset at `src`: a version folder or the folder above it, local or by URL."""
    folder = find_version_folder(Folder.at(src))
    info = parse_dataset_info(folder.read(DATASET_INFO), folder.path(DATASET_INFO))
    features = parse_features(folder.read(FEATURES), folder.path(FEATURES), STEPS)
    _layout(features)
    return Source(folder, info, features, reader)


def scan_shard(source: Source, shard: ShardFile) -> Iterator[Record]:
    """All records of a file, wanted or not, with their faults. It ends where the file ends, expected or not."""
    if source.info.file_format == "array_record":
        from vladata.sources import array_record

        yield from array_record.scan(source.folder, shard.file)
        return
    _keep_freed_memory()
    with source.folder.open(shard.file) as file, explained(source.folder.path(shard.file)):
        for record in tfrecord.scan_records(file):
            if record.fault is not None:
                record = replace(record, fault=located(record.fault, shard.file))
            yield record


def read_record(source: Source, place: Place, crc: int | None = None) -> bytes:
    """The data of the record at `place`, its checksum checked. SourceChanged when another record is there.

    crc: the masked CRC-32C that the record had when it was indexed, where the caller knows it.
    """
    if source.info.file_format == "array_record":
        from vladata.sources import array_record

        record = array_record.read_at(source.folder, place)
    elif source.folder.is_local:
        with source.folder.open(place.file) as file, explained(source.folder.path(place.file)):
            record = tfrecord.read_at(file, place.offset, place.length)
    else:
        size = tfrecord.HEAD + place.length + tfrecord.TAIL
        frame = source.folder.read_range(place.file, place.offset, size)
        record = tfrecord.parse_frame(frame, place.offset, place.length)
    if record.fault is None and crc in (None, record.crc):
        return bytes(record.data)
    if record.fault is None:
        raise _changed(place, "other data is in its place")
    if len(record.data) == place.length:
        raise located(record.fault, place.file)
    raise _changed(place, record.fault.what)


def _changed(place: Place, what: str) -> SourceChanged:
    return SourceChanged(
        f"the record that was indexed is not there: {what}",
        where=f"{place.file}, record {place.record}, byte {place.offset:,}",
        hint="The files changed since they were indexed: run the command again, and they are indexed anew.",
    )


def decode_episode(
    source: Source, split: str, place: Place, data: bytes | memoryview, wanted: frozenset[str] | None = None
) -> Episode:
    """The record `data` as a raw Episode: the wanted columns and values, None = all.

    Numbers are arrays [T, ...] of features.json's dtype, texts list[bytes], images list[memoryview] of the encoded bytes
    within `data`; lists within steps are arrays where all lengths are declared, else lists of T arrays.
    """
    plan = _plan(source.features, wanted, source.reader)
    try:
        if source.reader == "tfds":
            from vladata.sources import tfds

            count, steps, metadata = tfds.decode(
                source.features, data, STEPS, plan.steps, plan.outside, plan.reference
            )
            if missing := (wanted or frozenset()).intersection(source.step_columns) - steps.keys():
                what = f"a video of the episode has not one frame for each of {count:,} steps"
                raise MalformedExample(what, where=", ".join(sorted(missing)))
        else:
            features = example.parse_example(data, plan.keys)
            count = columns.count(plan.reference, features)
            steps = {name: columns.column(leaf, features, count) for name, leaf in plan.steps.items()}
            metadata = {name: columns.value(leaf, features) for name, leaf in plan.outside.items()}
    except MalformedExample as error:
        raise located(error, f"{place.file}, record {place.record}, byte {place.offset:,}") from None
    return Episode(source.name, split, place, steps, metadata, np.arange(count))


def located(error: FormatError, where: str) -> FormatError:
    """The same error with the place that the layer below could not know in front of its own."""
    found = copy(error)
    found.where = f"{where}, {error.where}" if error.where else where
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """The leaves of a source under their names in an Episode, and the one that counts the steps."""

    columns: Mapping[str, Leaf]
    reference: Leaf


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to decode: `keys` of the record, leaves by their names in an Episode, the leaf that counts the steps."""

    keys: frozenset[str]
    steps: Mapping[str, Leaf]
    outside: Mapping[str, Leaf]
    reference: Leaf


@lru_cache(maxsize=64)
def _layout(features: Features) -> _Layout:
    found: dict[str, Leaf] = {}
    for path, leaf in features.leaves.items():
        name = path.removeprefix(f"{STEPS}/") if leaf.per_step else path
        if name in found:
            raise MalformedJson(
                "a column and a value outside the steps share a path", where=FEATURES, got=name
            )
        found[name] = leaf
    countable = [leaf for leaf in found.values() if leaf.per_step and leaf.kind != "unsupported"]
    if not countable:
        raise no_episodes(list(found), FEATURES)
    return _Layout(found, min(countable, key=_cost))


def _cost(leaf: Leaf) -> tuple[int, bool, int]:
    """How much work it is to count the leaf's values: flags are counted first."""
    return len(leaf.lengths), leaf.kind != "number" or leaf.encoding != "none", len(leaf.shape)


@lru_cache(maxsize=64)
def _plan(features: Features, wanted: frozenset[str] | None, reader: Reader) -> _Plan:
    layout = _layout(features)
    unknown = sorted((wanted or frozenset()) - set(layout.columns))
    if unknown:
        hint = nearest(unknown[0], list(layout.columns))
        raise MissingKey("the data has no such key", where=FEATURES, got=", ".join(unknown), hint=hint)
    leaves = {name: leaf for name, leaf in layout.columns.items() if wanted is None or name in wanted}
    if reader == "native":
        for leaf in leaves.values():
            leaf.require_supported()
    keys = {key for leaf in (*leaves.values(), layout.reference) for key in columns.keys(leaf)}
    steps = {name: leaf for name, leaf in leaves.items() if leaf.per_step}
    outside = {name: leaf for name, leaf in leaves.items() if not leaf.per_step}
    return _Plan(frozenset(keys), steps, outside, layout.reference)


def _keep_freed_memory() -> None:
    """Have the C library keep a freed record's memory for the next one: it doubles the speed of a scan.

    glibc gives blocks over 128 KiB back to the system at once, and the system clears every page that it hands out again.
    Freeing one large block raises that limit for the process, to the size of the block (mallopt(3), M_MMAP_THRESHOLD:
    it adapts up to 32 MiB). The block is never touched, so it costs no memory; elsewhere this does nothing.
    """
    block = bytearray(8 << 20)
    del block
