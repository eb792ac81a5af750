"""The files of a LeRobot dataset beside its frames: info.json, stats.json, tasks and episodes."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.shards.manifest import PRETTY
from vladata.shards.naming import FILES_A_CHUNK

VERSION = "v3.0"
PLACES = "{}/chunk_index", "{}/file_index"
INTEGERS = ("min", "max", "count")  # statistics of whole numbers that are whole
_TASK_INDEX, _TASK = "task_index", "__index_level_0__"
_PANDAS = {
    "index_columns": [_TASK],
    "column_indexes": [
        {
            "name": None,
            "field_name": None,
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": {"encoding": "UTF-8"},
        }
    ],
    "columns": [
        {
            "name": _TASK_INDEX,
            "field_name": _TASK_INDEX,
            "pandas_type": "int64",
            "numpy_type": "int64",
            "metadata": None,
        },
        {
            "name": None,
            "field_name": _TASK,
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": None,
        },
    ],
    "creator": {"library": "pyarrow", "version": "0"},
    "pandas_version": "2.0.0",
}
"""What pandas wants to know to make the texts the index of the table."""


def info_json(
    robot: str,
    fps: float,
    episodes: int,
    frames: int,
    tasks: int,
    split: str,
    features: Mapping[str, Any],
    video: bool,
) -> bytes:
    """The content of info.json."""
    place = "chunk-{chunk_index:03d}/file-{file_index:03d}"
    info = {
        "codebase_version": VERSION,
        "robot_type": robot,
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": tasks,
        "chunks_size": FILES_A_CHUNK,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": int(fps) if fps == int(fps) else fps,
        "splits": {split: f"0:{episodes}"},
        "data_path": f"data/{place}.parquet",
        "video_path": f"videos/{{video_key}}/{place}.mp4" if video else None,
        "features": features,
    }
    return orjson.dumps(info, option=PRETTY)


def tasks_parquet(tasks: Sequence[str]) -> bytes:
    """The content of tasks.parquet: the texts, each beside its number, as pandas has a table whose index they are."""
    schema = pa.schema(
        [(_TASK_INDEX, pa.int64()), (_TASK, pa.string())], metadata={"pandas": orjson.dumps(_PANDAS)}
    )
    return _written(
        [pa.table([pa.array(range(len(tasks)), pa.int64()), pa.array(tasks, pa.string())], schema=schema)],
        schema,
    )


def episode_row(
    episode: int,
    tasks: Sequence[str],
    first: int,
    length: int,
    file: int,
    videos: Mapping[str, tuple[float, float]],
    statistics: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What the table of episodes says of one. first: its first frame in the dataset.   file: the number of its files.
    videos: key -> the seconds at which its frames begin and end there."""
    chunk, place = divmod(file, FILES_A_CHUNK)
    row: dict[str, Any] = {"episode_index": episode, "tasks": list(tasks), "length": length}
    row |= {"data/chunk_index": chunk, "data/file_index": place}
    row |= {"dataset_from_index": first, "dataset_to_index": first + length}
    for key, (start, stop) in videos.items():
        row |= {f"videos/{key}/chunk_index": chunk, f"videos/{key}/file_index": place}
        row |= {f"videos/{key}/from_timestamp": start, f"videos/{key}/to_timestamp": stop}
    for feature, found in statistics.items():
        row |= {f"stats/{feature}/{name}": value for name, value in found.items()}
    return row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}


def episodes_parquet(parts: Iterable[Sequence[Mapping[str, Any]]]) -> bytes:
    """The content of the table of episodes. parts: rows, as `episode_row` gives them."""
    tables = (pa.Table.from_pylist([dict(row) for row in rows]) for rows in parts if rows)
    first = next(tables)
    schema = first.schema

    def all_of_them() -> Iterable[pa.Table]:
        yield first
        yield from (each.cast(schema) for each in tables)

    return _written(all_of_them(), schema)


def _written(tables: Iterable[pa.Table], schema: pa.Schema) -> bytes:
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema, compression="snappy") as writer:
        for each in tables:
            writer.write_table(each)
    return sink.getvalue()
