"""A LeRobot dataset as a Source: an episode is a record, whose numbers lie in Parquet and whose frames in Parquet or in videos.

Columns are the features of meta/info.json under their own names ("observation.state"), and "task", the text of each step's
task. What the metadata says of an episode is a value outside the steps: "episode_metadata/episode_index", and so on.

Rule: the rows of an episode are those of its number, in order, frame_index from 0 without a gap, timestamps rising; their
count is the one that the metadata lists. An episode for which that does not hold is damaged, and named.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import google_crc32c
import numpy as np
import pyarrow as pa
import xxhash

from vladata import keys
from vladata.errors import (
    CorruptRecord,
    FormatError,
    MalformedExample,
    MissingFile,
    MissingKey,
    SourceChanged,
    SourceError,
    nearest,
)
from vladata.footage import Footage
from vladata.records import Episode, Place
from vladata.sources.features import Leaf
from vladata.sources.folder import Folder
from vladata.sources.info import DatasetInfo
from vladata.sources.lerobot.catalogue import OWN, Catalogue, catalogue_of, stamp_of
from vladata.sources.lerobot.files import Files, files_of
from vladata.sources.lerobot.meta import INFO, Meta, parse_meta
from vladata.sources.lerobot.rows import FRAME, NUMBER, TASK, TIME, Rows, episodes_in, parquet, table_of
from vladata.sources.lerobot.values import column_of
from vladata.sources.lerobot.video import clip_of
from vladata.sources.source import EpisodeRecord, ShardFile, shard_files

TEXT = "task"
EPISODE = f"{OWN}{NUMBER}"
ORDER = (NUMBER, FRAME, TIME)
"""The columns by which rows are known to be the steps of an episode."""
POSITION = (NUMBER, "index", TASK)
"""Columns that say where an episode stands in a dataset, and nothing of what happened in it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The data of one episode: where its rows are, and those of them that are numbers or texts.

    at: position of the episode in the catalogue.
    """

    at: int
    rows: Rows
    table: pa.Table


@dataclass(frozen=True)
class LeRobotSource:
    """A LeRobot dataset. What it is to the rest of vladata says source.py."""

    folder: Folder
    meta: Meta
    identity: str
    stamp: str
    _versions: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    reader = "native"
    counted_in = INFO
    last_action = True

    @property
    def url(self) -> str:
        return self.folder.url

    @property
    def name(self) -> str:
        return _name(self.url)

    @property
    def frequency(self) -> float:
        return self.meta.fps

    @property
    def info(self) -> DatasetInfo:
        return self.files.info

    @property
    def catalogue(self) -> Catalogue:
        return catalogue_of(self.folder, self.meta, self.stamp)

    @property
    def files(self) -> Files:
        return _files(self.folder.url, self.stamp, self.meta)

    @property
    def columns(self) -> Mapping[str, Leaf]:
        return _leaves(self.folder.url, self.stamp, self.meta)

    @property
    def step_columns(self) -> list[str]:
        return [name for name, leaf in self.columns.items() if leaf.per_step]

    @property
    def values(self) -> list[str]:
        return [name for name, leaf in self.columns.items() if not leaf.per_step]

    def version(self, name: str) -> str:
        """What tells one content of a shard's files from another.

        Local: size and time of change of each of them. A remote dataset is known by its metadata, which is part of `identity`:
        asking for each of thousands of files would take longer than reading them.
        """
        if not self.folder.is_local:
            return "by its metadata"
        if name not in self._versions:
            files = self.files
            there = sorted(
                {file for at in files.spans.get(name, ()) for file in self._files_of(files, int(at))}
            )
            self._versions[name] = keys.digest([self._stat(file) for file in there])
        return self._versions[name]

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        return shard_files(self.info, split)

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        """All episodes of a shard that the metadata lists; those that it only counts are left to whoever compares the counts."""
        files = self.files
        known: dict[int, Rows | CorruptRecord] = {}
        opened = ""
        for record, at in enumerate(files.spans[shard.file].tolist()):
            file = files.data(at)
            try:
                if file != opened:
                    known, opened = {}, file
                    with parquet(self.folder, file) as found:
                        known = episodes_in(found, file, self._stored)
                rows = self._found(known, at, file)
                with parquet(self.folder, file) as found:
                    table = table_of(found, rows, self._plain)
                _in_order(table, rows, f"{file}, episode {self.catalogue.number[at]}")
            except (FormatError, MissingFile) as fault:
                place = Place(file, shard.shard, record, -1, 0)
                yield EpisodeRecord(place, 0, None, _as_fault(fault))
                continue
            place = Place(file, shard.shard, record, rows.first, rows.bytes)
            yield EpisodeRecord(place, _crc(table), Recorded(at, rows, table))

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Recorded:
        files = self.files
        at = self._position(files, place)
        file = files.data(at)
        where = f"{file}, episode {self.catalogue.number[at]}"
        try:
            with parquet(self.folder, file) as found:
                # The rows are where they were, or the file is another one: their numbers and checksum tell.
                rows = Rows(file, place.offset, int(self.catalogue.length[at]), place.length)
                table = table_of(found, rows, self._plain)
            _in_order(table, rows, where)
            numbers = table[NUMBER].to_numpy()
        except FormatError as fault:
            raise _changed(where, str(fault)) from None
        if (numbers != self.catalogue.number[at]).any() or crc not in (None, _crc(table)):
            raise _changed(where, "other data is in its place")
        return Recorded(at, rows, table)

    def content(self, data: Recorded) -> str:
        """A digest of the numbers, the tasks and the pictures; not of where the episode stands."""
        leaves, hasher = self.meta.leaves, xxhash.xxh3_128()
        hasher.update(_written(data.table.select([n for n in data.table.column_names if n not in POSITION])))
        for text in self._texts(data):
            hasher.update(b"%d " % len(text) + text)
        if stored := [name for name, leaf in leaves.items() if leaf.kind == "image"]:
            with parquet(self.folder, data.rows.file) as found:
                present = [name for name in stored if name in found.schema_arrow.names]
                hasher.update(_written(table_of(found, data.rows, present)))
        for name in [name for name, leaf in leaves.items() if leaf.kind == "video"]:
            hasher.update(f"{name} {self._film_digest(data, name)}".encode())
        return hasher.hexdigest()

    def _film_digest(self, data: Recorded, name: str) -> str:
        """A digest of the encoded frames; of a video that cannot be read, nothing."""
        try:
            footage = self._footage(data, name)
        except (FormatError, SourceError):
            return ""
        return footage.film.digest(footage.times.tolist())

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
        where = f"{data.rows.file}, episode {self.catalogue.number[data.at]}"
        steps = self._pictures(
            data, [leaf for leaf in leaves if leaf.kind == "image" and leaf.per_step], where
        )
        for leaf in leaves:
            if leaf.kind == "video":
                steps[leaf.path] = self._footage(data, leaf.path)
            elif leaf.per_step and leaf.kind != "image":
                stored = leaf.path in self.meta.leaves
                steps[leaf.path] = (
                    column_of(leaf, data.table[leaf.path], where) if stored else self._texts(data)
                )
        once = {leaf.path: self._value(leaf, data.at) for leaf in leaves if not leaf.per_step}
        ordered = {leaf.path: steps[leaf.path] for leaf in leaves if leaf.per_step}
        return Episode(self.name, split, place, ordered, once, np.arange(data.rows.count))

    @property
    def _plain(self) -> list[str]:
        """The columns that are read with an episode: all numbers and texts, and none that is not understood."""
        leaves = self.meta.leaves
        return list(
            dict.fromkeys(
                (*ORDER, TASK, *(name for name, leaf in leaves.items() if leaf.kind in ("number", "text")))
            )
        )

    @property
    def _stored(self) -> list[str]:
        return [*self._plain, *(name for name, leaf in self.meta.leaves.items() if leaf.kind == "image")]

    def _found(self, known: Mapping[int, Rows | CorruptRecord], at: int, file: str) -> Rows:
        """The rows of an episode, as many as the metadata says."""
        number, length = int(self.catalogue.number[at]), int(self.catalogue.length[at])
        found = known.get(number)
        if isinstance(found, CorruptRecord):
            raise found
        got = found.count if found else 0
        if found is None or got != length:
            raise CorruptRecord(
                "the file has another number of rows of the episode than the metadata lists",
                where=f"{file}, episode {number}",
                got=f"{got:,} rows",
                allowed=f"{length:,}",
                hint="The file is cut or the metadata is of another version: fetch both again.",
            )
        return found

    def _position(self, files: Files, place: Place) -> int:
        """The position in the catalogue of the episode at `place`."""
        for split in files.info.splits.values():
            span = files.spans[split.files[place.shard]] if place.shard < len(split.files) else ()
            if place.record < len(span) and files.data(int(span[place.record])) == place.file:
                return int(span[place.record])
        raise _changed(place.file, "the metadata lists no such episode")

    def _pictures(self, data: Recorded, leaves: Collection[Leaf], where: str) -> dict[str, Any]:
        if not leaves:
            return {}
        with parquet(self.folder, data.rows.file) as found:
            table = table_of(found, data.rows, [leaf.path for leaf in leaves])
            return {leaf.path: column_of(leaf, table[leaf.path], where) for leaf in leaves}

    def _footage(self, data: Recorded, name: str) -> Footage:
        span = self.files.video(data.at, name)
        try:
            clip = clip_of(self.folder, span, self.meta.fps)
        except MissingFile:
            raise CorruptRecord("the video of the episode is not there", where=span.file) from None
        times = span.start + data.table[TIME].to_numpy().astype(np.float64)
        clip.require_whole(times.tolist())
        return Footage(clip, times)

    def _texts(self, data: Recorded) -> list[bytes]:
        """The text of each step's task; no text for a number that no task has."""
        tasks = self.catalogue.tasks
        numbers = data.table[TASK].to_pylist()
        return [tasks.get(number, "").encode() for number in numbers]

    def _value(self, leaf: Leaf, at: int) -> Any:
        if leaf.path == EPISODE:
            return self.catalogue.number[at]
        value = self.catalogue.beside[leaf.path][at].as_py()
        return value.encode() if isinstance(value, str) else np.dtype(leaf.dtype).type(value)

    def _files_of(self, files: Files, at: int) -> Iterator[str]:
        yield files.data(at)
        for name, leaf in self.meta.leaves.items():
            if leaf.kind == "video":
                yield files.video(at, name).file

    def _stat(self, file: str) -> str:
        try:
            return f"{file} {self.folder.version(file)}"
        except MissingFile:
            return f"{file} missing"


def native(folder: Folder) -> LeRobotSource | None:
    """The LeRobot dataset at `folder`; None where there is no meta/info.json."""
    if not folder.exists(INFO):
        return None
    meta = parse_meta(folder.read(INFO), folder.path(INFO))
    stamp = stamp_of(folder, meta)
    identity = f"{meta.text.decode('utf-8', 'replace')} {catalogue_of(folder, meta, stamp).digest}"
    source = LeRobotSource(folder, meta, identity, stamp)
    _ = source.info  # counts that do not agree are an error here, and not in a worker
    return source


@lru_cache(maxsize=4)
def _files(url: str, stamp: str, meta: Meta) -> Files:
    return files_of(_name(url), meta, catalogue_of(Folder(url), meta, stamp))


@lru_cache(maxsize=4)
def _leaves(url: str, stamp: str, meta: Meta) -> Mapping[str, Leaf]:
    catalogue = catalogue_of(Folder(url), meta, stamp)
    beside = {
        name: Leaf(name, *_kind(column.type), (), "none", False, (), "value")
        for name, column in catalogue.beside.items()
    }
    text = {TEXT: Leaf(TEXT, "text", "string", (), "", True, (None,), "string")}
    own = {EPISODE: Leaf(EPISODE, "number", "int64", (), "none", False, (), "int64")}
    return {**text, **meta.leaves, **own, **beside}


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _kind(stored: pa.DataType) -> tuple[Any, str]:
    if pa.types.is_string(stored) or pa.types.is_large_string(stored):
        return "text", "string"
    return "number", "bool" if pa.types.is_boolean(stored) else stored.to_pandas_dtype()(0).dtype.name


def _in_order(table: pa.Table, rows: Rows, where: str) -> None:
    """Raise MalformedExample unless the rows are the steps of one episode, in order."""
    frames, times = (column_of(_ORDERED[name], table[name], where) for name in (FRAME, TIME))
    wrong = np.flatnonzero(frames != np.arange(len(frames)))
    if len(wrong):
        at = int(wrong[0])
        raise MalformedExample(
            f"{FRAME} does not count the rows of the episode",
            where=f"{where}, row {at}",
            got=int(frames[at]),
            allowed=at,
        )
    late = np.flatnonzero(~(np.diff(times) > 0))
    if len(late):
        at = int(late[0]) + 1
        raise MalformedExample(
            f"{TIME} does not rise from row to row",
            where=f"{where}, row {at}",
            got=float(times[at]),
            allowed=f"more than {times[at - 1]}",
        )


_ORDERED = {
    FRAME: Leaf(FRAME, "number", "int64", (), "none", True, (None,), "int64"),
    TIME: Leaf(TIME, "number", "float64", (), "none", True, (None,), "float64"),
}


def _crc(table: pa.Table) -> int:
    """32 bits of all that was read with the episode."""
    crc: int = google_crc32c.value(_written(table))
    return crc


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    plain = table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    return sink.getvalue().to_pybytes()


def _as_fault(fault: FormatError | MissingFile) -> FormatError:
    if isinstance(fault, FormatError):
        return fault
    return CorruptRecord("the file of the episode is not there", where=fault.where)


def _changed(where: str, what: str) -> SourceChanged:
    return SourceChanged(
        f"the episode that was indexed is not there: {what}",
        where=where,
        hint="The files changed since they were indexed: run the command again, and they are indexed anew.",
    )
