"""The rows of one episode in a Parquet file.

Rows are found by the episode's number in the column episode_index, and not by the positions in the metadata. So a row of another
episode is never taken, even if the files were merged, cut or sorted.

A file may hold thousands of episodes, in one row group or in a group each, and episodes are read one by one. So this process
keeps the metadata of the four files that were read last, and the two row groups that were read last. Of these four files it keeps
small remote ones whole, since a request takes longer than the transfer of their bytes.
"""

import errno
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.errors import CorruptRecord, MalformedExample
from vladata.sources.folder import Folder, explained

WHOLE = 8 << 20  # bytes; a remote file up to this size is fetched whole
NUMBER, FRAME, TIME, TASK = "episode_index", "frame_index", "timestamp", "task_index"
_HINT = "Fetch the file again from where the dataset came from."


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The place of one episode's rows.

    file:  the name of the Parquet file.
    first: the number of the first row in the file, from 0.
    count: the number of rows.
    bytes: an estimate of the memory that the rows take.
    """

    file: str
    first: int
    count: int
    bytes: int


@dataclass(frozen=True, eq=False)
class DataFile:
    """A Parquet file with its metadata parsed, in one version of its content. The file is not open.

    paths: the paths of the columns in a row group, in order ("action.list.element").
    ends:  the number of the row after the last of each row group, int64 [row groups].
    whole: the bytes of the file if it is remote and small; else None.
    """

    folder: Folder
    name: str
    metadata: pq.FileMetaData
    columns: frozenset[str]
    paths: tuple[str, ...]
    ends: np.ndarray
    whole: bytes | None

    def table(self, rows: ParquetRows, columns: Collection[str]) -> pa.Table:
        """Return `columns` of the rows. Raises MalformedExample for a column that the file lacks."""
        if lacking := [name for name in columns if name not in self.columns]:
            raise MalformedExample(
                "the file lacks a column that meta/info.json declares",
                where=self.name,
                got=", ".join(lacking),
            )
        wanted = tuple(columns)
        if not rows.count:
            return _row_groups(self, (), wanted)
        first = int(np.searchsorted(self.ends, rows.first, side="right"))
        last = int(np.searchsorted(self.ends, rows.first + rows.count - 1, side="right"))
        before = int(self.ends[first - 1]) if first else 0
        table = pa.concat_tables([_row_group(self, group, wanted) for group in range(first, last + 1)])
        return table.slice(rows.first - before, rows.count)

    def numbers(self) -> np.ndarray:
        """Return the column episode_index, int64 [rows]."""
        if NUMBER not in self.columns:
            raise MalformedExample(f"the file has no column {NUMBER}", where=self.name)
        groups = tuple(range(self.metadata.num_row_groups))
        column = _row_groups(self, groups, (NUMBER,))[NUMBER].combine_chunks()
        if pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type):
            column = column.flatten()
        is_whole = pa.types.is_integer(column.type) and not column.null_count
        if not is_whole or len(column) != self.metadata.num_rows:
            raise MalformedExample(
                f"expected one whole number in each row of the column {NUMBER}",
                where=self.name,
                got=f"{column.type}, {column.null_count:,} of {self.metadata.num_rows:,} rows without a value",
            )
        values: np.ndarray = column.to_numpy(zero_copy_only=False)
        return values

    def bytes_a_row(self, columns: Collection[str]) -> np.ndarray:
        """Return the bytes that each row takes in `columns`, float64 [rows]: the average in its row group."""
        counted = [c for c, path in enumerate(self.paths) if _is_of(path, columns)]
        sizes = []
        for g in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(g)
            total = sum(group.column(c).total_uncompressed_size for c in counted)
            sizes.append(np.full(group.num_rows, total / max(1, group.num_rows)))
        return np.concatenate(sizes) if sizes else np.zeros(0)

    def episodes(self, columns: Collection[str]) -> dict[int, ParquetRows | CorruptRecord]:
        """Return a map from an episode's number to its rows, or to the error if its rows are not next to each other.

        columns: the columns that count for `ParquetRows.bytes`.
        """
        numbers, sizes = self.numbers(), self.bytes_a_row(columns)
        borders = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        edges = [0, *borders.tolist(), len(numbers)]
        found: dict[int, ParquetRows | CorruptRecord] = {}
        for start, end in pairwise(edges if len(numbers) else ()):
            number = int(numbers[start])
            if number in found:
                what = f"the rows of episode {number} do not lie together: rows of others are between them"
                found[number] = CorruptRecord(what, where=self.name, hint=_HINT)
            else:
                found[number] = ParquetRows(self.name, start, end - start, int(sizes[start:end].sum()))
        return found


def data_file(folder: Folder, name: str) -> DataFile:
    """Return the Parquet file `name`. Raises MissingFile, or CorruptRecord if it is damaged or cut off."""
    return _data_file(folder, name, folder.version(name))


@lru_cache(maxsize=4)
def _data_file(folder: Folder, name: str, version: str) -> DataFile:
    """Parse the metadata of a file. version: part of the cache's key, so that a changed file is parsed again."""
    size = int(version.partition(" ")[0])  # a version begins with the size
    whole = folder.read_range(name, 0, size) if not folder.is_local and 0 < size <= WHOLE else None
    with _opened(folder, name, whole) as found:
        rows = [found.metadata.row_group(g).num_rows for g in range(found.num_row_groups)]
        names = found.schema_arrow.names
        if repeated := [column for column in dict.fromkeys(names) if names.count(column) > 1]:
            raise CorruptRecord("the file has a column twice", where=name, got=", ".join(repeated))
        paths = tuple(found.schema.column(c).path for c in range(found.metadata.num_columns))
        ends = np.cumsum(rows, dtype=np.int64)
        return DataFile(folder, name, found.metadata, frozenset(names), paths, ends, whole)


@lru_cache(maxsize=2)
def _row_group(file: DataFile, group: int, columns: tuple[str, ...]) -> pa.Table:
    return _row_groups(file, (group,), columns)


def _row_groups(file: DataFile, groups: tuple[int, ...], columns: tuple[str, ...]) -> pa.Table:
    with _opened(file.folder, file.name, file.whole, file.metadata) as found:
        return found.read_row_groups(list(groups), columns=list(columns), use_threads=False)


@contextmanager
def _opened(
    folder: Folder, file: str, whole: bytes | None, metadata: pq.FileMetaData | None = None
) -> Iterator[pq.ParquetFile]:
    path = folder.path(file)
    with folder.open(file) if whole is None else BytesIO(whole) as opened, explained(path):
        try:
            with pq.ParquetFile(path if folder.is_local else opened, metadata=metadata) as found:
                yield found
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            # Arrow reports damage by OSErrors without a number. An error of a disk or a server has a number, and does not
            # mean that the file is damaged.
            if getattr(error, "errno", None) not in (None, errno.EINVAL):
                raise
            said = str(error).partition("\n")[0]
            raise CorruptRecord(f"the Parquet file cannot be read: {said}", where=file, hint=_HINT) from None


def _is_of(path: str, columns: Collection[str]) -> bool:
    """Return True if a path of Parquet ("action", "action.list.element") belongs to one of the columns. Names of columns may
    contain dots."""
    return any(path == name or path.startswith(f"{name}.") for name in columns)
