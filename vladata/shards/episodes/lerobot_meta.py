"""The files of a LeRobot dataset beside its frames: info.json, stats.json, tasks and episodes."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.shards.manifest import PRETTY
from vladata.shards.naming import FILES_A_CHUNK

VERSION = "v3.0"
GROUP = 1000  # rows that are held at once
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
"""Metadata with which pandas uses the texts as the index of the table."""


def info_json(
    robot: str,
    fps: float,
    episodes: int,
    frames: int,
    tasks: int,
    splits: Mapping[str, tuple[int, int]],
    features: Mapping[str, Any],
    video: bool,
) -> bytes:
    """Return the content of info.json. splits: name -> the number of its first episode, and one more than that of its last."""
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
        "splits": {name: f"{start}:{stop}" for name, (start, stop) in splits.items()},
        "data_path": f"data/{place}.parquet",
        "video_path": f"videos/{{video_key}}/{place}.mp4" if video else None,
        "features": features,
    }
    return orjson.dumps(info, option=PRETTY)


def tasks_parquet(tasks: Sequence[str]) -> bytes:
    """Return the content of tasks.parquet: the number of each text, in a pandas table whose index is the texts."""
    schema = pa.schema(
        [(_TASK_INDEX, pa.int64()), (_TASK, pa.string())], metadata={"pandas": orjson.dumps(_PANDAS)}
    )
    table = pa.table([pa.array(range(len(tasks)), pa.int64()), pa.array(tasks, pa.string())], schema=schema)
    return b"".join(_written([table], schema))


def episode_row(
    episode: int,
    tasks: Sequence[str],
    first: int,
    length: int,
    file: int,
    videos: Mapping[str, tuple[float, float]],
    statistics: Mapping[str, Mapping[str, Any]],
    own: tuple[int, int],
) -> dict[str, Any]:
    """Return the row of one episode in the table of episodes.

    first:  the number of its first frame in the dataset.
    file:   the number of its data file and video files.
    videos: key -> the seconds at which its frames begin and end in the video.
    own:    chunk and file of the row itself.
    """
    chunk, place = divmod(file, FILES_A_CHUNK)
    row: dict[str, Any] = {"episode_index": episode, "tasks": list(tasks), "length": length}
    row |= {"data/chunk_index": chunk, "data/file_index": place}
    row |= {"dataset_from_index": first, "dataset_to_index": first + length}
    for key, (start, stop) in videos.items():
        row |= {f"videos/{key}/chunk_index": chunk, f"videos/{key}/file_index": place}
        row |= {f"videos/{key}/from_timestamp": start, f"videos/{key}/to_timestamp": stop}
    for feature, found in statistics.items():
        row |= {f"stats/{feature}/{name}": value for name, value in found.items()}
    return row | {"meta/episodes/chunk_index": own[0], "meta/episodes/file_index": own[1]}


def episodes_schema(row: Mapping[str, Any]) -> pa.Schema:
    """Return the columns of the table of episodes. row: any of its rows."""
    return pa.Table.from_pylist([dict(row)]).schema


def episodes_parquet(rows: Iterator[Mapping[str, Any]], schema: pa.Schema) -> Iterator[bytes]:
    """Yield the content of a file of the table of episodes, piece by piece. rows: results of `episode_row`."""

    def groups() -> Iterator[pa.Table]:
        while group := [dict(row) for row in islice(rows, GROUP)]:
            yield pa.Table.from_pylist(group, schema)

    return _written(groups(), schema)


class _Pipe(io.RawIOBase):
    """A file that counts its written bytes, and from which they are taken out with `taken`."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._count = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self._count += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._count

    def taken(self) -> bytes:
        """Return the bytes that were written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _written(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """Yield the bytes of a Parquet file, one group of rows per table."""
    pipe = _Pipe()
    with pq.ParquetWriter(pa.PythonFile(pipe, mode="w"), schema, compression="snappy") as writer:
        for each in tables:
            writer.write_table(each)
            yield pipe.taken()
    yield pipe.taken()
