"""LeRobot's format v3.0: the features of a dataset, and stretches of episodes as one Parquet file of frames.

    observation.state, action      float32 [S], [D]
    observation.images.CAMERA      {bytes, path}: the encoded picture; there is no such column if pictures are videos
    language_persistent, language_events   rows of the texts for which LeRobot has a style (language.py)
    plan, annotations.NAME         text, for the other texts
    next.reward, next.done         float32, bool
    timestamp, frame_index         of the frame in its episode; timestamp is frame_index / fps, in seconds
    episode_index, index, task_index   numbers of the episode, the frame and the instruction in the dataset

N actions are N frames: in LeRobot every step has an action, so the moment after the last one is left out.
Format: github.com/huggingface/lerobot, src/lerobot/datasets (0.4.4 was read).
"""

import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.image_kinds import Size
from vladata.shards.episodes import language
from vladata.shards.episodes.stretch import INSTRUCTION, Columns, Stretch
from vladata.shards.naming import IMAGES

STATE, ACTION, REWARD, DONE = "observation.state", "action", "next.reward", "next.done"
PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NUMBERS = {
    "timestamp": "float32",
    **dict.fromkeys(("frame_index", "episode_index", "index", "task_index"), "int64"),
}
"""The columns of numbers that every dataset has."""
_TYPES = {"float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_(), "string": pa.string()}


def features(
    columns: Columns,
    names: Mapping[str, Sequence[str]],
    sizes: Mapping[str, Size],
    video: Mapping[str, Any] | None,
    spoken: Collection[str] = (),
) -> dict[str, Any]:
    """Return `features` of info.json.

    names:  "action" and "state" -> the names of their dimensions.
    sizes:  camera -> height and width.
    video:  the facts about every video in info.json; None if pictures are in Parquet files.
    spoken: names of the texts that are rows of the language columns; each other text has a column.
    """
    found: dict[str, Any] = {}
    if columns.state:
        found[STATE] = _feature("float32", [columns.state], list(names["state"]))
    found[ACTION] = _feature("float32", [columns.action], list(names["action"]))
    for camera in columns.cameras:
        height, width = sizes[camera]
        shown = _feature(
            "image" if video is None else "video", [height, width, 3], ["height", "width", "channels"]
        )
        if video is not None:
            shown["info"] = {"video.height": height, "video.width": width, **video}
        found[IMAGES + camera] = shown
    for name in columns.texts:
        if name != INSTRUCTION and name not in spoken:
            found[column_name(name)] = _feature("string", [1], None)
    if spoken:
        found |= {name: _feature(language.DTYPE, [1], None) for name in language.COLUMNS}
    if "reward" in columns.numbers:
        found[REWARD] = _feature("float32", [1], None)
    found[DONE] = _feature("bool", [1], None)
    return found | {name: _feature(dtype, [1], None) for name, dtype in NUMBERS.items()}


def _feature(dtype: str, shape: list[int], names: list[str] | None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "names": names}


def column_name(text: str) -> str:
    """Return LeRobot's name for a text of the steps: without a slash."""
    return text.replace("/", ".")


def values(
    stretch: Stretch, fps: float, episode: int, index: int, tasks: Mapping[str, int]
) -> dict[str, Any]:
    """Return the columns of numbers of one stretch, from which statistics are taken.

    episode, index: numbers of the episode and of its first frame in the dataset.   tasks: instruction -> its number.
    """
    count = len(stretch)
    frames = np.arange(count, dtype=np.int64)
    found: dict[str, Any] = {ACTION: stretch.action}
    if stretch.state.shape[1]:
        found[STATE] = stretch.state[:count]
    if "reward" in stretch.values:
        found[REWARD] = stretch.values["reward"][:count]
    done = np.zeros(count, bool)
    done[-1] = stretch.ended
    return found | {
        DONE: done,
        "timestamp": (frames / fps).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full(count, episode, np.int64),
        "index": index + frames,
        "task_index": np.array([tasks[text] for text in stretch.texts[INSTRUCTION]], np.int64),
    }


def table(stretch: Stretch, numbers: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """Return the frames of one stretch. numbers: the result of `values`."""
    texts = {column_name(name): column for name, column in stretch.texts.items()}
    rows = _language_rows(stretch, numbers["timestamp"], schema)
    arrays = []
    for field in schema:
        if field.type == PICTURE:
            pictures = stretch.images[field.name.removeprefix(IMAGES)][: len(stretch)]
            data = pa.array(list(map(bytes, pictures)), pa.binary())
            arrays.append(
                pa.StructArray.from_arrays([data, pa.nulls(len(stretch), pa.string())], fields=list(PICTURE))
            )
        elif field.name in rows:
            arrays.append(rows[field.name])
        elif field.name in texts:
            arrays.append(pa.array(list(texts[field.name]), pa.string()))
        elif pa.types.is_fixed_size_list(field.type):
            flat = pa.array(np.ascontiguousarray(numbers[field.name]).reshape(-1), pa.float32())
            arrays.append(pa.FixedSizeListArray.from_arrays(flat, field.type.list_size))
        else:
            arrays.append(pa.array(numbers[field.name].reshape(-1), field.type))
    return pa.table(arrays, schema=schema)


def _language_rows(stretch: Stretch, times: np.ndarray, schema: pa.Schema) -> dict[str, pa.Array]:
    """Return the language columns of a stretch, from texts without a column of their own; {} if `schema` has no such columns."""
    if language.PERSISTENT not in schema.names:
        return {}
    kinds = language.spoken(stretch.texts, stretch.images)
    own = {name: kind for name, kind in kinds.items() if column_name(name) not in schema.names}
    return language.columns(own, stretch.texts, times.tolist())


def schema_of(features: Mapping[str, Any]) -> pa.Schema:
    """Return the columns of a Parquet file, with the metadata that Hugging Face's `datasets` reads."""
    fields: list[pa.Field] = []
    told: dict[str, Any] = {}
    for name, feature in features.items():
        dtype, (first, *_) = feature["dtype"], feature["shape"]
        if dtype == "video":
            continue
        if dtype == "image":
            fields.append(pa.field(name, PICTURE))
            told[name] = {"_type": "Image"}
            continue
        if dtype == language.DTYPE:
            fields.append(pa.field(name, language.TYPES[name]))
            told[name] = language.hugging_face(name)
            continue
        one = {"dtype": dtype, "_type": "Value"}
        is_list = name in (STATE, ACTION) and first > 1
        fields.append(pa.field(name, pa.list_(_TYPES[dtype], first) if is_list else _TYPES[dtype]))
        told[name] = {"feature": one, "length": first, "_type": "List"} if is_list else one
    return pa.schema(fields, metadata={"huggingface": orjson.dumps({"info": {"features": told}})})


def parquet(tables: Sequence[pa.Table], schema: pa.Schema) -> bytes:
    """Return the bytes of a file, with one group of rows per stretch, so that a reader of one episode reads only its group."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema, compression="snappy") as writer:
        for each in tables:
            writer.write_table(each)
    return sink.getvalue()
