"""A LeRobot dataset as a Source. A record is an episode: its numbers are in Parquet, its frames in Parquet or in videos.

Columns are the features of meta/info.json under their own names ("observation.state"), and "task", the text of each step's
task. The values that the metadata has for an episode are outside the steps: "episode_metadata/episode_index", and so on.

The rows of an episode are the rows with its number. They must be as many as the metadata lists, frame_index must count from 0
without a gap, and timestamps must rise; otherwise the episode is damaged, and the error names it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from vladata import keys
from vladata.errors import FormatError, MissingFile, MissingKey, SourceChanged, nearest
from vladata.records import Episode, Place
from vladata.sources.features import Kind, Leaf
from vladata.sources.folder import Folder
from vladata.sources.info import DatasetInfo
from vladata.sources.lerobot.catalogue import OWN, Catalogue
from vladata.sources.lerobot.files import Files, files_of
from vladata.sources.lerobot.listed import catalogue_of, stamp_of
from vladata.sources.lerobot.meta import INFO, Meta, parse_meta
from vladata.sources.lerobot.modality import MODALITY, names_of
from vladata.sources.lerobot.recording import Recorded, Recordings, crc_of
from vladata.sources.lerobot.rows import NUMBER
from vladata.sources.source import EpisodeRecord, NamedColumns, ShardFile, shard_files

TEXT = "task"
EPISODE = f"{OWN}{NUMBER}"
LISTLESS = ("http://", "https://")


@dataclass(frozen=True)
class LeRobotSource(NamedColumns):
    """A LeRobot dataset; vladata/sources/source.py describes the other members.

    stamp: a text that changes when the metadata changes.
    """

    folder: Folder
    meta: Meta
    identity: str
    stamp: str
    _versions: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    reader = "native"
    counted_in = described_in = INFO
    last_action = True

    @property
    def url(self) -> str:
        return self.folder.url

    @property
    def name(self) -> str:
        return _name(self.folder)

    @property
    def frequency(self) -> float:
        return self.meta.fps

    @property
    def info(self) -> DatasetInfo:
        return self.files.info

    @property
    def files(self) -> Files:
        return _files(self.folder, self.meta, self.stamp)

    @property
    def columns(self) -> Mapping[str, Leaf]:
        return _columns(self.folder, self.meta, self.stamp)

    def version(self, name: str) -> str:
        """Return a text that changes when a file of the shard changes: made of sizes and times, or the store's versions."""
        if name not in self._versions:
            told = [f"{file} {self._version_of(file)}" for file in self.files.names(name)]
            self._versions[name] = keys.digest(told)
        return self._versions[name]

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        return shard_files(self.info, split)

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        """Yield all episodes of a shard that the metadata lists, then a fault for each other episode in its files. Episodes that
        the metadata only counts are found by comparing counts."""
        files = self.files
        positions = files.spans[shard.file].tolist()
        for record, (file, found) in enumerate(Recordings(self.folder, files).each(positions)):
            if isinstance(found, FormatError):
                yield EpisodeRecord(Place(file, shard.shard, record, -1, 0), 0, None, found)
            else:
                place = Place(file, shard.shard, record, found.rows.first, found.rows.bytes)
                yield EpisodeRecord(place, crc_of(found), found)

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Recorded:
        at = self._position(place)
        episodes = Recordings(self.folder, self.files)
        try:
            found = episodes.read(at, place.offset, place.length)
        except FormatError as fault:
            raise _changed(episodes.where(at), str(fault)) from None
        if crc not in (None, crc_of(found)):
            raise _changed(episodes.where(at), "other data is in its place")
        return found

    def content(self, data: Recorded) -> str:
        return Recordings(self.folder, self.files).content(data)

    def decode(
        self, split: str, place: Place, data: Recorded, wanted: frozenset[str] | None = None
    ) -> Episode:
        columns = self.columns
        if unknown := sorted((wanted or frozenset()) - columns.keys()):
            hint = nearest(unknown[0], list(columns))
            raise MissingKey("the data has no such key", where=INFO, got=", ".join(unknown), hint=hint)
        leaves = [leaf for name, leaf in columns.items() if wanted is None or name in wanted]
        for leaf in leaves:
            leaf.require_supported()
        steps = self._steps(data, [leaf for leaf in leaves if leaf.per_step])
        once = {leaf.path: self._value(leaf, data.at) for leaf in leaves if not leaf.per_step}
        return Episode(self.name, split, place, steps, once, np.arange(data.rows.count))

    def _steps(self, data: Recorded, leaves: list[Leaf]) -> dict[str, Any]:
        episodes = Recordings(self.folder, self.files)
        pictures = episodes.pictures(data, [leaf for leaf in leaves if leaf.kind == "image"])
        found: dict[str, Any] = {}
        for leaf in leaves:
            if leaf.kind == "image":
                found[leaf.path] = pictures[leaf.path]
            elif leaf.kind == "video":
                found[leaf.path] = episodes.footage(data, leaf.path)
            elif leaf.path in self.meta.leaves:
                found[leaf.path] = episodes.column(data, leaf)
            else:
                found[leaf.path] = episodes.texts(data)
        return found

    def _position(self, place: Place) -> int:
        """Return the position in the catalogue of the episode at `place`."""
        files = self.files
        for split in files.info.splits.values():
            span = files.spans[split.files[place.shard]] if place.shard < len(split.files) else ()
            if place.record < len(span) and files.data(int(span[place.record])) == place.file:
                return int(span[place.record])
        raise _changed(place.file, "the metadata does not list it")

    def _value(self, leaf: Leaf, at: int) -> Any:
        catalogue = self.files.catalogue
        if leaf.path == EPISODE:
            return catalogue.number[at]
        value = catalogue.beside[leaf.path][at].as_py()
        return value.encode() if isinstance(value, str) else np.dtype(leaf.dtype).type(value)

    def _version_of(self, file: str) -> str:
        if not self.folder.is_local:
            return self._stored.get(file, "missing")
        try:
            return self.folder.version(file)
        except MissingFile:
            return "missing"

    @cached_property
    def _stored(self) -> Mapping[str, str]:
        """File -> its version in the store, by one listing: a request for each of thousands of files would take longer than
        reading them. A web server cannot list files, so only the metadata shows that a dataset there has changed."""
        return {} if self.folder.url.startswith(LISTLESS) else self.folder.versions()


def native(folder: Folder) -> LeRobotSource | None:
    """Return the LeRobot dataset at `folder`; None if there is no meta/info.json."""
    if not folder.exists(INFO):
        return None
    meta = parse_meta(folder.read(INFO), folder.path(INFO))
    stamp = stamp_of(folder, meta)
    identity = f"{meta.text.decode('utf-8', 'replace')} {catalogue_of(folder, meta, stamp).digest}"
    _files(folder, meta, stamp)  # raises here, and not in a worker, if counts differ
    return LeRobotSource(folder, meta, identity, stamp)


@lru_cache(maxsize=4)
def _files(folder: Folder, meta: Meta, stamp: str) -> Files:
    return files_of(_name(folder), meta, catalogue_of(folder, meta, stamp))


@lru_cache(maxsize=4)
def _columns(folder: Folder, meta: Meta, stamp: str) -> Mapping[str, Leaf]:
    catalogue: Catalogue = catalogue_of(folder, meta, stamp)
    beside = {
        name: Leaf(name, *_kind(column.type), (), "none", False, (), "value")
        for name, column in catalogue.beside.items()
    }
    text = {TEXT: Leaf(TEXT, "text", "string", (), "", True, (None,), "string")}
    own = {EPISODE: Leaf(EPISODE, "number", "int64", (), "none", False, (), "int64")}
    return {**text, **_named(folder, meta), **own, **beside}


def _named(folder: Folder, meta: Meta) -> Mapping[str, Leaf]:
    """Return the features. Where a feature has no names of dimensions, modality.json gives them."""
    if not folder.exists(MODALITY):
        return meta.leaves
    names = names_of(folder.read(MODALITY), meta.leaves)
    return {
        name: replace(leaf, names=names[name]) if name in names and not leaf.names else leaf
        for name, leaf in meta.leaves.items()
    }


def _name(folder: Folder) -> str:
    return folder.url.rstrip("/").rpartition("/")[2]


def _kind(stored: pa.DataType) -> tuple[Kind, str]:
    if pa.types.is_string(stored) or pa.types.is_large_string(stored):
        return "text", "string"
    return "number", "bool" if pa.types.is_boolean(stored) else np.dtype(stored.to_pandas_dtype()).name


def _changed(where: str, what: str) -> SourceChanged:
    return SourceChanged(
        f"the episode that was indexed is not there: {what}",
        where=where,
        hint="The files changed since they were indexed: run the command again, and they are indexed anew.",
    )
