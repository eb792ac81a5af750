"""The protocol `Source` of robot datasets of every file format.

A dataset has splits of files, a file has numbered records, and a record is one episode in the form of its format: the bytes of a
tf.Example, a group of an HDF5 file, rows of a table with frames of a video. Only the source itself looks into a record: `scan`
and `read` return its `data`, and `decode` makes the columns of an Episode from it.

A source is a small, picklable value, since workers get a copy; files are open only within one call. Equal files give equal
records, places and checksums, on every machine and in every process.
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
    """One file of a split, and the records in it that a split expression names.

    shard:       the number of the file within its split, from 0.
    start, stop: the wanted records, stop not included.
    expected:    the number of records that the dataset's metadata gives for the whole file.
    """

    file: str
    split: str
    shard: int
    start: int
    stop: int
    expected: int

    @property
    def name(self) -> str:
        """The name of the file, which no other file of the dataset has."""
        return self.file

    @property
    def rows(self) -> tuple[int, int | None]:
        """The wanted rows of the file's part of the index: (number of the first row, number of rows; None for all others).

        After the promised records a part may have rows of episodes that the metadata does not list.
        """
        return self.start, None if self.stop == self.expected else self.stop - self.start


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """One episode in its file.

    place: its place. place.length is the number of bytes of memory that it takes when it is read; plans of units use it.
    crc:   a checksum of 32 bits of its content; 0 if it has no data.
    data:  the record, for `decode` of the same source; bytes or a memoryview if records are bytes.
    fault: the reason why the data cannot be trusted; None if there is none.
    """

    place: Place
    crc: int
    data: Any
    fault: FormatError | DataError | None = None


class HasColumns(Protocol):
    """A part of a source: its columns and values by name."""

    @property
    def columns(self) -> Mapping[str, Leaf]: ...


class NamedColumns:
    """`step_columns` and `values` of a source, made from its `columns`."""

    @property
    def step_columns(self: HasColumns) -> list[str]:
        return [name for name, leaf in self.columns.items() if leaf.per_step]

    @property
    def values(self: HasColumns) -> list[str]:
        return [name for name, leaf in self.columns.items() if not leaf.per_step]


class Source(Protocol):
    """A dataset that can be read; readers.py opens one.

    url:          its folder, an absolute path or a URL.
    reader:       the name of its decoder, a reader in the table in readers.py.
    info:         name, version, file format, and splits with the number of records of each file.
    counted_in:   the metadata file with the number of records, for messages.
    described_in: the metadata file with the columns, for messages.
    identity:     a text of everything on which decoded records depend apart from the files' content (types and shapes). When
                  it changes, the index is made again.
    columns:      name in an Episode -> leaf, for every column and every value outside the steps.
    step_columns: the names of columns with one value per step, which a schema may use.
    values:       the names of values outside the steps, one per episode.
    frequency:    steps per second, if the dataset gives it; else None.
    last_action:  True if the last step of an episode has a valid action in this format; in RLDS it does not.
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
        """Return a text that changes with the content of the file `name`, without reading the file."""

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        """Return the files that a split expression reads, in its order."""

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        """Yield all records of a file with their faults, numbered from 0, whether wanted or not."""

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Any:
        """Return the data of the record at `place`. Raises SourceChanged if a different record is there.

        crc:  the checksum of the record when it was indexed; None if the caller does not have it.
        room: place.length writeable bytes that live as long as the episode. A source whose records are bytes puts the record
              there, so that all records of a unit are in one block. Memory that is not touched costs nothing.
        """

    def content(self, data: Any) -> str:
        """Return a digest of the record `data`, by which an episode is recognised even in another file or at another place."""

    def decode(self, split: str, place: Place, data: Any, wanted: frozenset[str] | None = None) -> Episode:
        """Return the record `data` as a raw Episode with the wanted columns and values; None for all. Raises MalformedExample.

        Numbers are arrays [T, ...] of the declared dtype; texts are list[bytes]; images are lists of T encoded pictures
        (bytes-like). Lists within steps are arrays if all their lengths are declared, else lists of T arrays.
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
