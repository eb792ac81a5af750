"""Names in an output folder. They are only made here, and no code takes them apart.

WebDataset:  train/NAME-train-00012-of-00128.tar       one folder per split, as Hugging Face's webdataset builder finds splits
TFRecord:    NAME-train.tfrecord-00012-of-00128        in the root, as tfds.builder_from_directory finds them
RLDS:        as TFRecord
LeRobot:     data/chunk-000/file-012.parquet, videos/KEY/chunk-000/file-012.mp4; as in LeRobot, 1,000 files per chunk,
             numbered through all splits
"""

from collections.abc import Mapping
from typing import Any, Literal

Format = Literal["webdataset", "tfrecord", "rlds", "lerobot"]
FORMATS: tuple[Format, ...] = ("webdataset", "tfrecord")
"""Formats of samples."""
EPISODES: tuple[Format, ...] = ("rlds", "lerobot")
"""Formats of whole episodes."""
READS: Mapping[str, str] = {"rlds": "tfds.builder_from_directory", "lerobot": "LeRobotDataset"}
"""Format of whole episodes -> the function or class that reads it."""
PICTURES = ("images", "video")
"""Forms of the pictures of LeRobot: in Parquet files, or as videos."""
VIDEO_CODECS = ("h264", "av1")
"""Codecs of the videos of LeRobot."""
LANGUAGE = ("rows", "text")
"""Forms of the plans and annotations of LeRobot: rows of its language columns, or a text column each."""
FOR_TFDS = ("tfrecord", "rlds")
"""Formats that TFDS reads."""

DECODED_BY_TFDS = ("jpg", "png")
"""Kinds of images that TFDS decodes into one picture; it decodes a GIF or WebP into several frames."""

MANIFEST = "manifest.json"
INDEX = "index.arrow"
REJECTED = "rejected.jsonl"
KEEP_RANGES, ERRATA = "keep_ranges.json", "errata.json"  # the given choices and corrections of episodes
ANNOTATIONS = "annotations.parquet"  # annotations of the written steps
MIXTURE_PLAN = "mixture.arrow"  # of a virtual mixture
CARD, CROISSANT = "README.md", "croissant.json"
FEATURES, INFO = "features.json", "dataset_info.json"  # files that TFDS reads beside the shards
SCHEMA = "schema.yaml"  # the schema with which RLDS is read again
IMAGES = "observation.images."  # LeRobot's prefix of the name of a camera
FILES_A_CHUNK = 1000
_PLACE = "chunk-{chunk:03d}/file-{file:03d}"
LEROBOT_INFO, LEROBOT_STATS, LEROBOT_TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
LEROBOT_META = (LEROBOT_INFO, LEROBOT_STATS, LEROBOT_TASKS)
LEROBOT_EPISODES = "meta/episodes/"  # a folder
WORK = ".vladata"  # of an unfinished run; removed once the manifest is there


def beside_shards(fmt: Format) -> tuple[str, ...]:
    """Return the files that an output may have beside shards and manifest."""
    return (
        REJECTED,
        KEEP_RANGES,
        ERRATA,
        ANNOTATIONS,
        MIXTURE_PLAN,
        INDEX,
        CARD,
        CROISSANT,
        *((FEATURES, INFO) if fmt in FOR_TFDS else ()),
        *((SCHEMA,) if fmt == "rlds" else ()),
        *(LEROBOT_META if fmt == "lerobot" else ()),
    )


def folders_beside(fmt: Format) -> tuple[str, ...]:
    """Return the folders of further files beside the shards, whose number depends on the dataset."""
    return (LEROBOT_EPISODES,) if fmt == "lerobot" else ()


def shard_path(fmt: Format, name: str, split: str, number: int, count: int) -> str:
    """Return the path of shard `number` of `count`, relative to the output folder."""
    if fmt == "lerobot":
        return f"data/{lerobot_place(number)}.parquet"
    position = f"{number:05d}-of-{count:05d}"
    if fmt == "webdataset":
        return f"{split}/{name}-{split}-{position}.tar"
    return f"{name}-{split}.tfrecord-{position}"


def lerobot_place(number: int) -> str:
    """Return the place of LeRobot's file `number` of a kind."""
    return _PLACE.format(chunk=number // FILES_A_CHUNK, file=number % FILES_A_CHUNK)


def episodes_path(number: int) -> str:
    """Return the path of file `number` of LeRobot's table of episodes."""
    return f"{LEROBOT_EPISODES}{lerobot_place(number)}.parquet"


def video_path(key: str, number: int) -> str:
    """Return the path of the video `key` that goes with data file `number`."""
    return f"videos/{key}/{lerobot_place(number)}.mp4"


REASONS, SAMPLES = "reasons", "samples"  # entries of a ledger after its two counted units


def ledger_units(ledger: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two units that a ledger counts, the whole and its parts: ("episodes", "steps")."""
    whole, part, *_ = ledger
    return whole, part
