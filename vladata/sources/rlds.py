"""An RLDS source: its columns from features.json, and its records as Episodes. Only this file uses RLDS keys.

RLDS is a TFDS dataset in which every record is an episode: a Dataset "steps" of dictionaries, and values of the whole episode
(episode_metadata). A column is a path without "steps/"; a value outside the steps keeps its path. A `Framing` finds records in
files (tfrecord.py, array_record.py), a `Decoder` decodes them (here, and tfds.py).

Only wanted values are decoded, and images are never decoded. A record that does not match features.json is MalformedExample, with
its file, record and byte. Specification: github.com/google-research/rlds.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from vladata.errors import (
    MalformedExample,
    MalformedJson,
    MissingKey,
    SourceChanged,
    VladataError,
    nearest,
)
from vladata.formats import example
from vladata.formats.tfrecord import FramedRecord
from vladata.records import Episode, Place
from vladata.sources import columns
from vladata.sources.features import FEATURES, Features, Leaf, parse_features
from vladata.sources.folder import Folder
from vladata.sources.foreign import no_episodes
from vladata.sources.info import DATASET_INFO, DatasetInfo, parse_dataset_info
from vladata.sources.source import EpisodeRecord, NamedColumns, ShardFile, shard_files
from vladata.sources.version_folder import version_folder

STEPS = "steps"
Fault = TypeVar("Fault", bound=VladataError)
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Framing:
    """The way in which the files of a format hold records.

    file_format: as in dataset_info.json.
    scan:        a function from folder and file to all records of the file, with their faults.
    read_at:     a function from folder and place to the record at this place; if it differs or is missing, it has a fault.
    """

    file_format: str
    scan: Callable[[Folder, str], Iterator[FramedRecord]]
    read_at: Callable[[Folder, Place], FramedRecord]


@dataclass(frozen=True, slots=True)
class DecodePlan:
    """The values to decode from a record.

    asked:     the names of the wanted columns and values; empty for all.
    keys:      the keys of the record that are needed.
    steps:     name in an Episode -> leaf, for leaves with one value per step.
    outside:   name in an Episode -> leaf, for the other wanted leaves.
    reference: the leaf by which the steps are counted.
    """

    asked: frozenset[str]
    keys: frozenset[str]
    steps: Mapping[str, Leaf]
    outside: Mapping[str, Leaf]
    reference: Leaf


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder of the bytes of a record.

    reader:     the name of the decoder, a reader in readers.py.
    decode:     a function from features, data and plan to the number of steps, columns, and values outside the steps.
    connectors: True if it reads every connector of TFDS; then a Video outside the steps may become a column.
    """

    reader: str
    decode: Callable[[Features, bytes | memoryview, DecodePlan], tuple[int, Values, Values]]
    connectors: bool = False


@dataclass(frozen=True)
class RldsSource(NamedColumns):
    """An RLDS dataset as a Source (source.py describes the other members).

    folder:   the version folder.
    info:     the content of dataset_info.json.
    features: the content of features.json.
    """

    folder: Folder
    info: DatasetInfo
    features: Features
    framing: Framing
    decoder: Decoder
    counted_in = DATASET_INFO
    last_action = False
    frequency = None
    described_in = FEATURES

    @property
    def url(self) -> str:
        return self.folder.url

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def reader(self) -> str:
        return self.decoder.reader

    @property
    def identity(self) -> str:
        return self.features.text.decode("utf-8", "replace")

    @property
    def columns(self) -> Mapping[str, Leaf]:
        return _layout(self.features).columns

    @property
    def step_columns(self) -> list[str]:
        video = "Video" if self.decoder.connectors else None
        return [name for name, leaf in self.columns.items() if leaf.per_step or leaf.tfds_class == video]

    def version(self, name: str) -> str:
        return self.folder.version(name)

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        return shard_files(self.info, split)

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        for record in self.framing.scan(self.folder, shard.file):
            place = Place(shard.file, shard.shard, record.number, record.offset, record.length)
            yield EpisodeRecord(place, record.crc, record.data, record.fault)

    def content(self, data: bytes | memoryview) -> str:
        return example.content_of(data)

    def read(
        self, place: Place, crc: int | None = None, room: memoryview | None = None
    ) -> bytes | memoryview:
        record = self.framing.read_at(self.folder, place)
        if record.fault is not None:
            if len(record.data) == place.length:
                raise located(record.fault, place.file)
            raise _changed(place, record.fault.what)
        if crc not in (None, record.crc):
            raise _changed(place, "different data is in its place")
        if room is None:
            return record.data
        room[:] = record.data
        return room

    def decode(
        self,
        split: str,
        place: Place,
        data: bytes | memoryview,
        wanted: frozenset[str] | None = None,
    ) -> Episode:
        """Return the record as a raw Episode; its images are views of `data`."""
        plan = _plan(self.features, wanted, self.decoder)
        try:
            count, steps, metadata = self.decoder.decode(self.features, data, plan)
        except MalformedExample as error:
            raise located(error, f"{place.file}, record {place.record}, byte {place.offset:,}") from None
        return Episode(self.name, split, place, steps, metadata, np.arange(count))


def open_rlds(folder: Folder, framing: Framing, decoder: Decoder) -> RldsSource | None:
    """Return the RLDS dataset at `folder`; None if its files have another framing, or it is not a TFDS folder."""
    found = version_folder(folder)
    if found is None:
        return None
    info = parse_dataset_info(found.read(DATASET_INFO), found.path(DATASET_INFO))
    if info.file_format != framing.file_format:
        return None
    features = parse_features(found.read(FEATURES), found.path(FEATURES), STEPS)
    _layout(features)
    return RldsSource(found, info, features, framing, decoder)


def _native(features: Features, data: bytes | memoryview, plan: DecodePlan) -> tuple[int, Values, Values]:
    found = example.parse_example(data, plan.keys)
    count = columns.count(plan.reference, found)
    steps = {name: columns.column(leaf, found, count) for name, leaf in plan.steps.items()}
    return count, steps, {name: columns.value(leaf, found) for name, leaf in plan.outside.items()}


NATIVE = Decoder("native", _native)
"""Numbers of features.json's dtype, texts list[bytes], images memoryviews of the encoded bytes within the record."""


def _changed(place: Place, what: str) -> SourceChanged:
    return SourceChanged(
        f"the record that was indexed is not there: {what}",
        where=f"{place.file}, record {place.record}, byte {place.offset:,}",
        hint="The files changed after they were indexed: run the command again, and they are indexed again.",
    )


def located(error: Fault, where: str) -> Fault:
    """Return a copy of the error with `where` (file and record) before the place that it names itself."""
    found = copy(error)
    found.where = f"{where}, {error.where}" if error.where else where
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """The leaves of a source by their names in an Episode, and the leaf by which the steps are counted."""

    columns: Mapping[str, Leaf]
    reference: Leaf


@lru_cache(maxsize=64)
def _layout(features: Features) -> _Layout:
    found: dict[str, Leaf] = {}
    for path, leaf in features.leaves.items():
        name = path.removeprefix(f"{STEPS}/") if leaf.per_step else path
        if name in found:
            raise MalformedJson(
                "a column and a value outside the steps have the same path", where=FEATURES, got=name
            )
        found[name] = leaf
    countable = [leaf for leaf in found.values() if leaf.per_step and leaf.kind != "unsupported"]
    if not countable:
        raise no_episodes(list(found), FEATURES)
    return _Layout(found, min(countable, key=_cost))


def _cost(leaf: Leaf) -> tuple[int, bool, int]:
    """Return a sort key for the work of counting the leaf's values; leaves with the least work, such as flags, come first."""
    return len(leaf.lengths), leaf.kind != "number" or leaf.encoding != "none", len(leaf.shape)


@lru_cache(maxsize=64)
def _plan(features: Features, wanted: frozenset[str] | None, decoder: Decoder) -> DecodePlan:
    layout = _layout(features)
    unknown = sorted((wanted or frozenset()) - set(layout.columns))
    if unknown:
        hint = nearest(unknown[0], list(layout.columns))
        raise MissingKey("the data lacks this key", where=FEATURES, got=", ".join(unknown), hint=hint)
    leaves = {name: leaf for name, leaf in layout.columns.items() if wanted is None or name in wanted}
    if not decoder.connectors:
        for leaf in leaves.values():
            leaf.require_supported()
    keys = {key for leaf in (*leaves.values(), layout.reference) for key in columns.keys(leaf)}
    steps = {name: leaf for name, leaf in leaves.items() if leaf.per_step}
    outside = {name: leaf for name, leaf in leaves.items() if not leaf.per_step}
    return DecodePlan(wanted or frozenset(), frozenset(keys), steps, outside, layout.reference)
