"""The episodes of a LeRobot dataset one by one: their rows, compared with the metadata, and their pictures."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import google_crc32c
import numpy as np
import pyarrow as pa
import xxhash

from vladata.errors import (
    CorruptRecord,
    FormatError,
    MalformedExample,
    MissingFile,
    SourceError,
    UnlistedEpisode,
)
from vladata.footage import Footage
from vladata.sources.features import Leaf
from vladata.sources.folder import Folder
from vladata.sources.lerobot.files import Files
from vladata.sources.lerobot.rows import FRAME, NUMBER, TASK, TIME, DataFile, ParquetRows, data_file
from vladata.sources.lerobot.values import column_of
from vladata.sources.lerobot.video import episode_video

POSITION = (NUMBER, "index", TASK)
"""Columns that give the place of an episode in a dataset, and not its content."""
_HINT = "The file is cut or the metadata is of another version: fetch both again."


@dataclass(frozen=True, slots=True)
class Recorded:
    """One episode.

    at:     its position in the catalogue.
    rows:   the place of its rows.
    table:  the columns of its rows that are numbers or texts.
    videos: feature -> its frames, for videos that were opened; each is opened once, when it is needed.
    """

    at: int
    rows: ParquetRows
    table: pa.Table
    videos: dict[str, Footage] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Recordings:
    """A reader of the episodes of the dataset at `folder`. Its methods take positions of episodes in the catalogue."""

    folder: Folder
    files: Files

    def where(self, at: int) -> str:
        """Return the file and the episode, for errors."""
        return f"{self.files.data(at)}, episode {self.files.catalogue.number[at]}"

    def each(self, positions: Collection[int]) -> Iterator[tuple[str, Recorded | FormatError]]:
        """Yield the file and the content of the episodes at `positions`, in this order; for an episode that cannot be read, the
        error. After them, yield an UnlistedEpisode for each other episode that has rows in their files.

        positions: with all episodes of a file next to each other, so that each file is opened and searched once.
        """
        others: list[tuple[str, FormatError]] = []
        for name, same in groupby(positions, self.files.data):
            run = list(same)
            try:
                file = data_file(self.folder, name)
                known = file.episodes(self._stored)
            except FormatError as fault:
                yield from [(name, fault)] * len(run)
                continue
            except MissingFile as fault:
                missing = CorruptRecord("the file of the episode is missing", where=fault.where)
                yield from [(name, missing)] * len(run)
                continue
            for at in run:
                try:
                    yield name, self._checked(at, file, self._as_listed(known, at))
                except FormatError as fault:
                    yield name, fault
            others += [(name, fault) for fault in self._unlisted(name, run[0], known)]
        yield from others

    def _unlisted(
        self, name: str, first: int, known: Mapping[int, ParquetRows | CorruptRecord]
    ) -> Iterator[UnlistedEpisode]:
        """Yield an error for each episode in the file of the episode at `first` that the metadata does not list for this file.

        Splits may share a file; then the file's first episode in the catalogue reports them.
        """
        here = self.files.together(first)
        if first != here[0]:
            return
        listed = set(self.files.catalogue.number[here].tolist())
        for number in sorted(known.keys() - listed):
            rows = known[number]
            yield UnlistedEpisode(
                "the file has rows of an episode that the metadata does not list for it",
                where=f"{name}, episode {number}",
                got=f"{rows.count:,} rows" if isinstance(rows, ParquetRows) else "rows in several places",
                hint="If the episode belongs to the dataset, fetch the metadata again. If not, there is nothing to do.",
            )

    def read(self, at: int, first: int, size: int) -> Recorded:
        """Return the episode at position `at`, whose rows begin with row `first`. Raises FormatError if the rows are not there
        (any more)."""
        name, count = self.files.data(at), int(self.files.catalogue.length[at])
        return self._checked(at, data_file(self.folder, name), ParquetRows(name, first, count, size))

    def pictures(self, data: Recorded, leaves: Collection[Leaf]) -> dict[str, Any]:
        """Return a map from feature to the encoded pictures of the rows."""
        if not leaves:
            return {}
        table = data_file(self.folder, data.rows.file).table(data.rows, [leaf.path for leaf in leaves])
        return {leaf.path: column_of(leaf, table[leaf.path], self.where(data.at)) for leaf in leaves}

    def column(self, data: Recorded, leaf: Leaf) -> Any:
        """Return the numbers or texts of a feature."""
        return column_of(leaf, data.table[leaf.path], self.where(data.at))

    def footage(self, data: Recorded, name: str) -> Footage:
        """Return the frames of a feature. Raises CorruptRecord if there is no video, or it lacks frames."""
        if name not in data.videos:
            span = self.files.video(data.at, name)
            times = span.start + data.table[TIME].to_numpy().astype(np.float64)
            try:
                video = episode_video(self.folder, span, self.files.meta.fps, times.tolist())
            except MissingFile:
                raise CorruptRecord("the video of the episode is missing", where=span.file) from None
            data.videos[name] = Footage(video, times)
        return data.videos[name]

    def texts(self, data: Recorded) -> list[bytes]:
        """Return the text of each step's task; b"" for a number that no task has."""
        tasks = self.files.catalogue.tasks
        return [tasks.get(number, "").encode() for number in data.table[TASK].to_pylist()]

    def content(self, data: Recorded) -> str:
        """Return a digest of the numbers, the tasks and the pictures; the episode's place in the dataset is not part of it."""
        leaves, hasher = self.files.meta.leaves, xxhash.xxh3_128()
        hasher.update(_written(data.table.select([n for n in data.table.column_names if n not in POSITION])))
        for text in self.texts(data):
            hasher.update(b"%d " % len(text) + text)
        if stored := [name for name, leaf in leaves.items() if leaf.kind == "image"]:
            file = data_file(self.folder, data.rows.file)
            present = [name for name in stored if name in file.columns]
            hasher.update(_written(file.table(data.rows, present)))
        for name in [name for name, leaf in leaves.items() if leaf.kind == "video"]:
            hasher.update(f"{name} {self._video_digest(data, name)}".encode())
        return hasher.hexdigest()

    def _video_digest(self, data: Recorded, name: str) -> str:
        """Return a digest of the encoded frames; "" for a video that cannot be read."""
        try:
            return self.footage(data, name).source.digest()
        except (FormatError, SourceError):
            return ""

    @property
    def _plain(self) -> list[str]:
        """The columns that are read with an episode: all numbers and texts that the reader understands."""
        leaves = self.files.meta.leaves.items()
        declared = [name for name, leaf in leaves if leaf.kind in ("number", "text")]
        return list(dict.fromkeys((NUMBER, FRAME, TIME, TASK, *declared)))

    @property
    def _stored(self) -> list[str]:
        """The columns that take memory: `_plain`, and pictures."""
        leaves = self.files.meta.leaves.items()
        return [*self._plain, *(name for name, leaf in leaves if leaf.kind == "image")]

    def _as_listed(self, known: Mapping[int, ParquetRows | CorruptRecord], at: int) -> ParquetRows:
        """Return the rows of an episode. Raises an error unless they are as many as the metadata lists."""
        catalogue = self.files.catalogue
        found, listed = known.get(int(catalogue.number[at])), int(catalogue.length[at])
        if isinstance(found, CorruptRecord):
            raise found
        if found is None and not listed:
            return ParquetRows(self.files.data(at), 0, 0, 0)
        if found is None or found.count != listed:
            what = "the file has another number of rows of the episode than the metadata lists"
            got = f"{found.count if found else 0:,} rows"
            raise CorruptRecord(what, where=self.where(at), got=got, allowed=f"{listed:,}", hint=_HINT)
        return found

    def _checked(self, at: int, file: DataFile, rows: ParquetRows) -> Recorded:
        """Return the episode of `rows`. Raises an error unless they are exactly the steps of this episode, in order."""
        where, number = self.where(at), int(self.files.catalogue.number[at])
        table = file.table(rows, self._plain)
        numbers, frames, times = (column_of(_LEAVES[n], table[n], where) for n in (NUMBER, FRAME, TIME))
        _require(numbers == number, where, NUMBER, numbers, number)
        _require(frames == np.arange(len(frames)), where, FRAME, frames, "the number of the row, from 0")
        rises = np.concatenate([np.ones(min(1, len(times)), bool), np.diff(times) > 0])
        _require(rises & np.isfinite(times), where, TIME, times, "more than in the row before")
        return Recorded(at, rows, table)


_LEAVES = {
    name: Leaf(name, "number", dtype, (), "none", True, (None,), dtype)
    for name, dtype in ((NUMBER, "int64"), (FRAME, "int64"), (TIME, "float64"))
}


def crc_of(data: Recorded) -> int:
    """Return a checksum of 32 bits of all numbers and texts that were read with the episode."""
    crc: int = google_crc32c.value(_written(data.table))
    return crc


def _require(right: np.ndarray, where: str, name: str, values: np.ndarray, allowed: object) -> None:
    if not right.all():
        row = int(np.argmin(right))
        what = f"expected the rows of one episode in order, but the column {name} has another value"
        raise MalformedExample(
            what, where=f"{where}, row {row}", got=values[row].item(), allowed=str(allowed)
        )


def _written(table: pa.Table) -> bytes:
    """Return the table as bytes: equal for equal values."""
    sink = pa.BufferOutputStream()
    plain = table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    data: bytes = sink.getvalue().to_pybytes()
    return data
