"""Read the episodes and tasks of LeRobot v3: the Parquet files of meta/episodes and meta/tasks.parquet, one in each row."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata import keys
from vladata.errors import MissingFile, SourceError
from vladata.sources.folder import Folder, explained
from vladata.sources.lerobot.catalogue import FETCH, KNOWN, OWN, Catalogue, Videos, add_task, in_order

EPISODES, TASKS = "meta/episodes", "meta/tasks.parquet"
PLACES = ("data/chunk_index", "data/file_index")
NUMBERS = ("episode_index", "length", *PLACES)
SKIPPED = (*KNOWN, *PLACES, "dataset_from_index", "dataset_to_index")
_STATS, _VIDEOS, _META = "stats/", "videos/", "meta/"


def of_tables(folder: Folder) -> Catalogue:
    """Return the episodes that the tables list. Raises MissingFile, or SourceError, which names the file."""
    names = list(parquet_files(folder, EPISODES))
    if not names:
        raise MissingFile("the metadata lists no episodes", where=folder.path(EPISODES), hint=FETCH)
    parts = [_table(folder, name, without=_STATS) for name in names]
    try:
        table = pa.concat_tables(parts, promote_options="permissive")
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"the files of the metadata have columns of different types: {error}", where=folder.path(EPISODES)
        ) from None
    where = folder.path(EPISODES)
    tasks_table = _table(folder, TASKS)
    tasks = _tasks(tasks_table, folder.path(TASKS))
    numbers = [_numbers(table, name, where, np.int64) for name in NUMBERS]
    videos = {key: _videos(table, key, where) for key in _shown(table)}
    beside = {
        OWN + name: table[name].combine_chunks()
        for name in table.column_names
        if name not in SKIPPED and not name.startswith((_STATS, _VIDEOS, _META)) and _is_plain(table[name])
    }
    digest = keys.digest([_digest(each) for each in (table, tasks_table)])
    number, length, chunk, file = numbers
    return in_order(number, length, chunk, file, videos, tasks, beside, digest, where)


def _shown(table: pa.Table) -> list[str]:
    """Return the features for whose videos the table gives times."""
    ends = "/from_timestamp"
    named = [name for name in table.column_names if name.startswith(_VIDEOS) and name.endswith(ends)]
    return [name.removeprefix(_VIDEOS).removesuffix(ends) for name in named]


def _videos(table: pa.Table, key: str, where: str) -> Videos:
    base = f"{_VIDEOS}{key}/"
    whole = (_numbers(table, f"{base}{each}_index", where, np.int64) for each in ("chunk", "file"))
    times = (_numbers(table, f"{base}{each}_timestamp", where, np.float64) for each in ("from", "to"))
    return Videos(*whole, *times)


def files(folder: Folder) -> list[str]:
    """Return the names of the files that hold the metadata."""
    return [*parquet_files(folder, EPISODES), TASKS]


def parquet_files(folder: Folder, below: str) -> Iterator[str]:
    """Yield the Parquet files below a folder, chunk after chunk."""
    for chunk in folder.within(below).names():
        if chunk.endswith("/"):
            for name in folder.within(f"{below}/{chunk.rstrip('/')}").names():
                if name.endswith(".parquet"):
                    yield f"{below}/{chunk}{name}"
        elif chunk.endswith(".parquet"):
            yield f"{below}/{chunk}"


def _table(folder: Folder, name: str, without: str = "/") -> pa.Table:
    """Read a file of the metadata, without columns whose names begin with `without`: statistics would be most of the data."""
    path = folder.path(name)
    with folder.open(name) as file, explained(path):
        try:
            with pq.ParquetFile(file) as found:
                wanted = [name for name in found.schema_arrow.names if not name.startswith(without)]
                return found.read(columns=wanted, use_threads=False)
        except pa.ArrowException as error:
            raise SourceError(f"the Parquet file cannot be read: {error}", where=path, hint=FETCH) from None


def _tasks(table: pa.Table, where: str) -> dict[int, str]:
    """Return a map from number to text. pandas wrote the texts as the index of its frame: their column may have any name."""
    texts = [name for name in table.column_names if name != "task_index"]
    wanted = next(
        (name for name in ("task", "__index_level_0__") if name in texts), texts[0] if texts else ""
    )
    if "task_index" not in table.column_names or not wanted:
        raise SourceError(
            "the table of tasks lacks a column",
            where=where,
            got=", ".join(table.column_names),
            allowed="task_index and task",
        )
    pairs = zip(table["task_index"].to_pylist(), table[wanted].to_pylist(), strict=True)
    found: dict[int, str] = {}
    for number, text in pairs:
        if not isinstance(number, int) or not isinstance(text, str):
            raise SourceError("a task must be a number with a text", where=where, got=f"{number!r}: {text!r}")
        add_task(found, number, text, where)
    return found


def _numbers(table: pa.Table, name: str, where: str, dtype: Any) -> np.ndarray:
    if name not in table.column_names:
        raise SourceError(
            "the metadata lacks a column", where=where, got=", ".join(table.column_names[:12]), allowed=name
        )
    column = table[name]
    if column.null_count or not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise SourceError(
            "a column of the metadata must have a number in each row",
            where=f"{where}, {name}",
            got=f"{column.type}, {column.null_count:,} of {len(column):,} rows without a value",
        )
    values = column.to_numpy()
    with np.errstate(invalid="ignore"):
        found: np.ndarray = values.astype(dtype)
    wrong = np.flatnonzero((found != values) | ~np.isfinite(values))
    if len(wrong):
        kind = "whole numbers" if np.issubdtype(dtype, np.integer) else "numbers"
        what = f"a column of the metadata must have {kind}"
        raise SourceError(
            what, where=f"{where}, {name}, row {wrong[0]}", got=values[wrong[0]].item(), hint=FETCH
        )
    return found


def _is_plain(column: pa.ChunkedArray) -> bool:
    kind = column.type
    is_one = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind)
    return bool(is_one or pa.types.is_integer(kind) or pa.types.is_floating(kind)) and not column.null_count


def _digest(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table.replace_schema_metadata(None).combine_chunks())
    return keys.digest([sink.getvalue().to_pybytes().hex()])
