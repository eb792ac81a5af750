"""What a robot dataset is to everything that reads one, whatever its file format: the protocol `Source`.

A dataset is splits of files, a file is numbered records, and a record is one episode in whatever form its format has it: the
bytes of a tf.Example, a group of an HDF5 file, rows of a table with frames of a video. Nobody but the source that made it
looks into a record: `scan` and `read` give its `data`, `decode` takes it and gives the columns of an Episode.

Rule: a source is a small, picklable value, since workers get it whole; what is open is open within one call. Equal files give
equal records, places and checksums, on every machine and in every process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vladata.errors import DataError, FormatError
from vladata.records import Episode, Place
from vladata.sources.features import Leaf
from vladata.sources.info import DatasetInfo
from vladata.sources.splits import parse_split


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One file of a split, and the records in it that a split expression wants.

    shard:       number of the file within its split, from 0.
    start, stop: the wanted records, stop not included.
    expected:    records that the dataset's metadata promises for the whole file.
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


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """One episode as its file has it.

    place: where it lies. place.length is the bytes that it takes in memory once it is read: units are planned by it.
    crc:   32 bits that tell its content from another's; 0 where it has no data.
    data:  what `decode` of the same source takes; bytes or memoryview where a record is bytes.
    fault: None, or why the data cannot be trusted.
    """

    place: Place
    crc: int
    data: Any
    fault: FormatError | DataError | None = None


class Source(Protocol):
    """A dataset that can be read; readers.py opens one.

    url:          its folder, an absolute path or a URL.
    reader:       name of who decodes it, a key of the table in readers.py.
    info:         name, version, file format, and splits with the records of each file.
    counted_in:   the metadata file that says how many records there are, for messages.
    described_in: what says which columns there are, likewise.
    identity:     beside the files' own content, all that decides what their records become (their types and shapes, as
                  text): an index is made anew when it changes.
    columns:      every column and value outside the steps, by the name that Episode has for it.
    step_columns: the columns that have one value a step: what a schema may name.
    values:       the values outside the steps, one an episode.
    frequency:    steps a second, where the dataset itself says it; else None.
    last_action:  whether the last step of an episode has an action of its own, by the format; RLDS has none there.
    """

    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def reader(self) -> str: ...
    @property
    def info(self) -> DatasetInfo: ...
    @property
    def counted_in(self) -> str: ...
    @property
    def described_in(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, Leaf]: ...
    @property
    def step_columns(self) -> list[str]: ...
    @property
    def values(self) -> list[str]: ...
    @property
    def frequency(self) -> float | None: ...
    @property
    def last_action(self) -> bool: ...

    def version(self, name: str) -> str:
        """What tells one content of the file `name` from another without reading it."""

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        """Return the files that a split expression reads, in its order."""

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        """All records of a file, wanted or not, with their faults, numbered from 0; until the file ends, expected or not."""

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Any:
        """Return the data of the record at `place`. SourceChanged when another record is there.

        crc:  as the record had it when it was indexed, where the caller knows it.
        room: place.length writeable bytes that live as long as the episode: a source whose records are bytes puts them
              there, so that a unit's records lie in one block. Memory that nobody touches costs nothing.
        """

    def content(self, data: Any) -> str:
        """Return a digest of the record `data`, by which the same episode is known wherever it lies: under another name, in another
        file, in another order."""

    def decode(self, split: str, place: Place, data: Any, wanted: frozenset[str] | None = None) -> Episode:
        """Return the record `data` as a raw Episode: the wanted columns and values, None = all. MalformedExample when it is none.

        Numbers are arrays [T, ...] of the declared dtype, texts list[bytes], images lists of T bytes-like encoded pictures,
        lists within steps arrays where all lengths are declared, else lists of T arrays.
        """


def shard_files(info: DatasetInfo, split: str) -> tuple[ShardFile, ...]:
    """Return the files of a dataset that a split expression reads, in its order."""
    found = []
    for part in parse_split(split, info):
        whole, first = info.splits[part.split], 0
        for shard, (file, length) in enumerate(zip(whole.files, whole.shard_lengths, strict=True)):
            start, stop = max(part.start - first, 0), min(part.stop - first, length)
            if start < stop:
                found.append(ShardFile(file, part.split, shard, start, stop, length))
            first += length
    return tuple(found)
