"""The episodes that a LeRobot dataset's metadata lists: how long they are, what they are about, and where they lie.

    v2   meta/episodes.jsonl, a line an episode; meta/tasks.jsonl
    v3   meta/episodes/chunk-000/file-000.parquet, a row an episode; meta/tasks.parquet

Kept as arrays, since there are datasets of a million episodes: some 100 bytes an episode. Read once in a process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata import keys
from vladata.errors import MalformedJson, MissingFile, SourceError
from vladata.sources.folder import Folder, explained
from vladata.sources.lerobot.meta import Meta

EPISODES_2, TASKS_2 = "meta/episodes.jsonl", "meta/tasks.jsonl"
EPISODES_3, TASKS_3 = "meta/episodes", "meta/tasks.parquet"
OWN = "episode_metadata/"
KNOWN = (
    "episode_index",
    "length",
    "tasks",
    "dataset_from_index",
    "dataset_to_index",
    "data/chunk_index",
    "data/file_index",
)
_STATS, _VIDEOS, _META = "stats/", "videos/", "meta/"
_FETCH = "The metadata is damaged or cut: fetch it again from where the dataset came from."


@dataclass(frozen=True, eq=False)
class Videos:
    """Where the frames of one feature lie (v3): numbers of chunk and file, int64 [E], and from which to which second they are
    there, float64 [E]."""

    chunk: np.ndarray
    file: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    @cached_property
    def overlaps(self) -> np.ndarray:
        """bool [E]: whether an episode shares some of its time in a file with another."""
        order = np.lexsort((self.start, self.file, self.chunk))
        same = (np.diff(self.chunk[order]) == 0) & (np.diff(self.file[order]) == 0)
        # Times are sums of many floats: a thousandth of a second is no frame.
        shared = same & (self.start[order][1:] < self.stop[order][:-1] - 1e-3)
        found = np.zeros(len(order), bool)
        found[order[1:][shared]] = found[order[:-1][shared]] = True
        return found


@dataclass(frozen=True, eq=False)
class Catalogue:
    """E episodes, by their number.

    number:  int64 [E], rising: episode_index.
    length:  int64 [E], steps.
    chunk, file: int64 [E], numbers of the data file (v3).
    videos:  by feature (v3).
    tasks:   number of a task -> its text.
    beside:  what else is said of each: name -> E values, all texts, whole numbers, numbers or bools.
    digest:  of all of it.
    where:   the file that lists them, for errors.
    """

    number: np.ndarray
    length: np.ndarray
    chunk: np.ndarray
    file: np.ndarray
    videos: Mapping[str, Videos]
    tasks: Mapping[int, str]
    beside: Mapping[str, pa.Array]
    digest: str
    where: str
    at: Mapping[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", {number: i for i, number in enumerate(self.number.tolist())})

    def __len__(self) -> int:
        return len(self.number)


def catalogue_of(folder: Folder, meta: Meta, stamp: str) -> Catalogue:
    """The episodes of the dataset at `folder`; `stamp` of its metadata. Raises SourceError and MalformedJson for metadata that
    cannot be believed."""
    return (_of_tables if meta.several_a_file else _of_lines)(folder.url, stamp)


def stamp_of(folder: Folder, meta: Meta) -> str:
    """What tells one content of the metadata from another without reading it."""
    names = [*_parquet_files(folder, EPISODES_3), TASKS_3] if meta.several_a_file else [EPISODES_2, TASKS_2]
    return keys.digest(
        [meta.text.decode("utf-8", "replace"), *(f"{name} {folder.version(name)}" for name in names)]
    )


@lru_cache(maxsize=4)
def _of_lines(url: str, stamp: str) -> Catalogue:
    folder = Folder(url)
    text = folder.read(EPISODES_2)
    rows = list(_lines(text, folder.path(EPISODES_2)))
    tasks_text = folder.read(TASKS_2)
    tasks = {}
    for where, row in _lines(tasks_text, folder.path(TASKS_2)):
        tasks[_whole(row, "task_index", where)] = _text(row, "task", where)
    number = [_whole(row, "episode_index", where) for where, row in rows]
    length = [_whole(row, "length", where) for where, row in rows]
    beside = _beside([row for _, row in rows])
    empty = np.zeros(len(rows), np.int64)
    digest = keys.digest([text.decode("utf-8", "replace"), tasks_text.decode("utf-8", "replace")])
    return _sorted(number, length, empty, empty, {}, tasks, beside, digest, folder.path(EPISODES_2))


@lru_cache(maxsize=4)
def _of_tables(url: str, stamp: str) -> Catalogue:
    folder = Folder(url)
    names = list(_parquet_files(folder, EPISODES_3))
    if not names:
        raise MissingFile("the metadata lists no episodes", where=folder.path(EPISODES_3), hint=_FETCH)
    parts = [_table(folder, name, without=_STATS) for name in names]
    try:
        table = pa.concat_tables(parts, promote_options="default")
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"the files of the metadata do not fit each other: {error}", where=folder.path(EPISODES_3)
        ) from None
    where = folder.path(EPISODES_3)
    tasks_table = _table(folder, TASKS_3)
    tasks = _tasks(tasks_table, folder.path(TASKS_3))
    ints = {
        name: _numbers(table, name, where, np.int64)
        for name in ("episode_index", "length", "data/chunk_index", "data/file_index")
    }
    videos = {}
    for name in table.column_names:
        if name.startswith(_VIDEOS) and name.endswith("/from_timestamp"):
            key = name.removeprefix(_VIDEOS).removesuffix("/from_timestamp")
            base = f"{_VIDEOS}{key}/"
            whole = (_numbers(table, base + each, where, np.int64) for each in ("chunk_index", "file_index"))
            times = (_numbers(table, f"{base}{each}_timestamp", where, np.float64) for each in ("from", "to"))
            videos[key] = Videos(*whole, *times)
    beside = {
        OWN + name: table[name].combine_chunks()
        for name in table.column_names
        if name not in KNOWN and not name.startswith((_STATS, _VIDEOS, _META)) and _is_plain(table[name])
    }
    digest = keys.digest([_digest(each) for each in (table, tasks_table)])
    numbers = (ints[name] for name in ("episode_index", "length", "data/chunk_index", "data/file_index"))
    return _sorted(*numbers, videos, tasks, beside, digest, where)


def _sorted(
    number: Any, length: Any, chunk: Any, file: Any, videos: Mapping[str, Videos], tasks: Mapping[int, str],
    beside: Mapping[str, pa.Array], digest: str, where: str,
) -> Catalogue:  # fmt: skip
    """The catalogue in the order of the episodes' numbers, each of which must be there once."""
    number, length = np.asarray(number, np.int64), np.asarray(length, np.int64)
    order = np.argsort(number, kind="stable")
    number = number[order]
    twice = number[1:][number[1:] == number[:-1]]
    if len(twice):
        raise SourceError("an episode is listed twice", where=where, got=int(twice[0]), hint=_FETCH)
    if len(number) and (number[0] < 0 or length.min() < 0):
        raise SourceError("an episode has a negative number or length", where=where, hint=_FETCH)
    moved = {
        key: Videos(each.chunk[order], each.file[order], each.start[order], each.stop[order])
        for key, each in videos.items()
    }
    taken = {name: column.take(pa.array(order)) for name, column in beside.items()}
    return Catalogue(
        number,
        length[order],
        np.asarray(chunk)[order],
        np.asarray(file)[order],
        moved,
        tasks,
        taken,
        digest,
        where,
    )


def _lines(text: bytes, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(file and line, its object) for each line that is not empty."""
    if not text.strip(b"\0 \r\n\t"):
        raise MalformedJson("the file is empty", where=where, got=f"{len(text):,} bytes", hint=_FETCH)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise MalformedJson(
                f"this is no JSON: {error}", where=f"{where}, line {number}", got=line, hint=_FETCH
            ) from None
        if not isinstance(row, dict):
            raise MalformedJson("a line is not an object", where=f"{where}, line {number}", got=line)
        yield f"{where}, line {number}", row


def _whole(row: Mapping[str, Any], key: str, where: str) -> int:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedJson(f"{key} is not a whole number", where=where, got=value)
    return value


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise MalformedJson(f"{key} is not text", where=where, got=value)
    return value


def _beside(rows: list[Mapping[str, Any]]) -> dict[str, pa.Array]:
    """What lines say beside the known, where all say it with one type: E texts, numbers or bools each."""
    found = {}
    for name, value in rows[0].items() if rows else ():
        kind = type(value)
        if (
            name not in KNOWN
            and kind in (str, int, float, bool)
            and all(type(row.get(name)) is kind for row in rows)
        ):
            try:
                found[OWN + name] = pa.array([row[name] for row in rows])
            except (pa.ArrowInvalid, OverflowError):
                continue  # a whole number beyond 64 bits: no type of ours holds it
    return found


def _parquet_files(folder: Folder, below: str) -> Iterator[str]:
    """The Parquet files below a folder, chunk after chunk."""
    for chunk in folder.within(below).names():
        if chunk.endswith("/"):
            for name in folder.within(f"{below}/{chunk.rstrip('/')}").names():
                if name.endswith(".parquet"):
                    yield f"{below}/{chunk}{name}"
        elif chunk.endswith(".parquet"):
            yield f"{below}/{chunk}"


def _table(folder: Folder, name: str, without: str = "/") -> pa.Table:
    """A file of the metadata, without the columns whose names begin so: statistics are most of it."""
    path = folder.path(name)
    with folder.open(name) as file, explained(path):
        try:
            with pq.ParquetFile(file) as found:
                wanted = [name for name in found.schema_arrow.names if not name.startswith(without)]
                return found.read(columns=wanted, use_threads=False)
        except pa.ArrowException as error:
            raise SourceError(f"this is no readable Parquet file: {error}", where=path, hint=_FETCH) from None


def _tasks(table: pa.Table, where: str) -> dict[int, str]:
    """tasks.parquet: task_index, and the text in another column, which pandas wrote as the index of its frame."""
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
    found = {}
    for number, text in pairs:
        if not isinstance(number, int) or not isinstance(text, str):
            raise SourceError("a task is no number with a text", where=where, got=f"{number!r}: {text!r}")
        found[number] = text
    return found


def _numbers(table: pa.Table, name: str, where: str, dtype: Any) -> np.ndarray:
    if name not in table.column_names:
        raise SourceError(
            "the metadata lacks a column", where=where, got=", ".join(table.column_names[:12]), allowed=name
        )
    column = table[name]
    if column.null_count or not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise SourceError(
            "a column of the metadata has no numbers, or not everywhere",
            where=f"{where}, {name}",
            got=str(column.type),
        )
    found: np.ndarray = column.to_numpy().astype(dtype)
    return found


def _is_plain(column: pa.ChunkedArray) -> bool:
    kind = column.type
    is_one = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind)
    return (is_one or pa.types.is_integer(kind) or pa.types.is_floating(kind)) and column.null_count == 0


def _digest(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table.replace_schema_metadata(None).combine_chunks())
    return keys.digest([sink.getvalue().to_pybytes().hex()])
