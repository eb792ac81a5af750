"""The rows of one episode in a Parquet file.

They are found by the episode's number in the column episode_index, and not by the positions that the metadata says: a row of
another episode is never taken, whatever files were merged, cut or filtered by whom.
"""

import errno
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.errors import CorruptRecord, MalformedExample
from vladata.sources.folder import Folder, explained

NUMBER, FRAME, TIME, TASK = "episode_index", "frame_index", "timestamp", "task_index"
_HINT = "Fetch the file again from where the dataset came from."


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of one episode lie: a file, the first row and how many. bytes: what they take in memory, about."""

    file: str
    first: int
    count: int
    bytes: int


@contextmanager
def parquet(folder: Folder, file: str) -> Iterator[pq.ParquetFile]:
    """The file `file`, open. MissingFile where there is none, CorruptRecord where it is no Parquet file, or a cut one."""
    path = folder.path(file)
    with folder.open(file) as opened, explained(path):
        try:
            with pq.ParquetFile(path if folder.is_local else opened) as found:
                yield found
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            # Arrow's own verdicts are OSErrors without a number; what a disk or a server says has one, and is not the fault
            # of the file.
            if getattr(error, "errno", None) not in (None, errno.EINVAL):
                raise
            said = str(error).partition("\n")[0]
            raise CorruptRecord(f"this is no readable Parquet file: {said}", where=file, hint=_HINT) from None


def episodes_in(
    found: pq.ParquetFile, file: str, columns: Collection[str]
) -> dict[int, Rows | CorruptRecord]:
    """The rows of each episode in a file, by its number; an error of one whose rows do not lie together.

    columns: those that count for `Rows.bytes`.
    """
    numbers = _numbers(found, file)
    sizes = _bytes_a_row(found, columns)
    borders = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    starts = [0, *borders.tolist()] if len(numbers) else []
    ends = [*starts[1:], len(numbers)]
    rows: dict[int, Rows | CorruptRecord] = {}
    for start, end in zip(starts, ends, strict=True):
        number = int(numbers[start])
        if number in rows:
            what = f"the rows of episode {number} do not lie together: others are between them"
            rows[number] = CorruptRecord(what, where=file, hint=_HINT)
        else:
            rows[number] = Rows(file, start, end - start, int(sizes[start:end].sum()))
    return rows


def table_of(found: pq.ParquetFile, rows: Rows, columns: Collection[str]) -> pa.Table:
    """Some columns of the rows. MalformedExample for a column that the file lacks."""
    known = set(found.schema_arrow.names)
    if lacking := [name for name in columns if name not in known]:
        raise MalformedExample(
            "the file lacks a column that meta/info.json declares", where=rows.file, got=", ".join(lacking)
        )
    ends = np.cumsum([found.metadata.row_group(g).num_rows for g in range(found.num_row_groups)])
    first = int(np.searchsorted(ends, rows.first, side="right"))
    last = int(np.searchsorted(ends, rows.first + rows.count - 1, side="right"))
    groups = list(range(first, last + 1)) if rows.count else []
    before = int(ends[first - 1]) if first else 0
    table = found.read_row_groups(groups, columns=list(columns), use_threads=False)
    return table.slice(rows.first - before, rows.count)


def _numbers(found: pq.ParquetFile, file: str) -> np.ndarray:
    if NUMBER not in found.schema_arrow.names:
        raise MalformedExample(f"the file has no column {NUMBER}", where=file)
    column = found.read(columns=[NUMBER], use_threads=False)[NUMBER].combine_chunks()
    if pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type):
        column = column.flatten()
    if column.null_count or not pa.types.is_integer(column.type) or len(column) != found.metadata.num_rows:
        raise MalformedExample(
            f"the column {NUMBER} is not one whole number in each row", where=file, got=str(column.type)
        )
    values: np.ndarray = column.to_numpy(zero_copy_only=False)
    return values


def _bytes_a_row(found: pq.ParquetFile, columns: Collection[str]) -> np.ndarray:
    """float64 [rows]: what a row of `columns` takes, on average of its row group."""
    sizes = []
    for g in range(found.num_row_groups):
        group = found.metadata.row_group(g)
        parts = (group.column(c) for c in range(group.num_columns))
        total = sum(p.total_uncompressed_size for p in parts if _is_of(p.path_in_schema, columns))
        sizes.append(np.full(group.num_rows, total / max(1, group.num_rows)))
    return np.concatenate(sizes) if sizes else np.zeros(0)


def _is_of(path: str, columns: Collection[str]) -> bool:
    """Whether a path of Parquet ("action", "action.list.element") is of one of the columns, whose names may hold dots."""
    return any(path == name or path.startswith(f"{name}.") for name in columns)
