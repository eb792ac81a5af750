"""Demonstrations as RLDS, written by TFDS's own writer, and beside them a table of where the tip is to go.

Result: OUT/shapes/1.0.0 with the split `train`, and OUT/points.jsonl, an annotation table (docs/annotations.md). A step holds the
picture, the tip, and what the expert does from there, whatever noise then did to it. The last step of an episode is the state at
its end, whose action means nothing, as RLDS has it.
"""

import io
import json
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import PIXELS, Scene
from vladata.consumer.tabletop.suites import Trial, trial
from vladata.consumer.tabletop.world import demonstrated
from vladata.errors import MissingExtra
from vladata.keys import seed_of

NAME, VERSION = "shapes", "1.0.0"
POINTS = "points.jsonl"
QUALITY = 95


def write_episodes(out: Path, count: int, seed: int, suite: str = "robot", shards: int = 4) -> Path:
    """Write `count` demonstrations below `out`; returns the version folder. Equal seeds give equal bytes.

    Raises MissingExtra where TFDS is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("absl").setLevel(logging.ERROR)
    try:
        import tensorflow_datasets as tfds
    except ImportError as fault:
        hint = 'pip install "vladata[tf]"'
        raise MissingExtra("writing episodes as RLDS needs tensorflow-datasets", hint=hint) from fault
    tfds.disable_progress_bar()
    tfds.dataset_builders.store_as_tfds_dataset(
        name=NAME,
        version=VERSION,
        features=_features(tfds.features),
        split_datasets={"train": _examples(suite, seed, count)},
        data_dir=out,
        description="An arm's tip reaches coloured shapes on a table.",
        download_config=tfds.download.DownloadConfig(num_shards=min(shards, count), try_download_gcs=False),
    )
    _in_order(out / NAME / VERSION)
    with open(out / POINTS, "w", encoding="utf-8") as file:
        for number in range(count):
            played = trial(suite, seed, number)
            scenes = [scene for scene, *_ in demonstrated(played, seed_of(seed, "episode", suite, number))]
            for row in points(played, scenes, number):
                print(json.dumps(row), file=file)
    return out / NAME / VERSION


def _in_order(folder: Path) -> None:
    """Write records again with their features in the order of names: TFDS leaves the order to chance, anew in each process."""
    import tensorflow as tf

    for path in sorted(folder.glob("*.tfrecord-*")):
        examples = [tf.train.Example.FromString(data.numpy()) for data in tf.data.TFRecordDataset(str(path))]
        with tf.io.TFRecordWriter(str(path)) as file:
            for example in examples:
                file.write(example.SerializeToString(deterministic=True))


def points(played: Trial, scenes: Sequence[Scene], number: int) -> Iterator[dict[str, Any]]:
    """Where the tip is to go in every picture of episode `number`, in pixels: a row wherever that changes."""
    goals = [[round(c * PIXELS, 3) for c in played.task.goal(scene, played.target)] for scene in scenes]
    starts = [step for step, goal in enumerate(goals) if step == 0 or goal != goals[step - 1]]
    for start, stop in zip(starts, [*starts[1:], None], strict=True):
        value = json.dumps(goals[start])
        row = {"episode_key": str(number), "start": start, "field": "point", "value": value}
        yield row if stop is None else {**row, "stop": stop}


def _features(features: Any) -> Any:
    def scalar(dtype: type) -> Any:
        return features.Scalar(dtype=dtype)

    step = {
        "observation": {
            "image": features.Image(shape=(PIXELS, PIXELS, 3), dtype=np.uint8, encoding_format="jpeg"),
            "tip": features.Tensor(shape=(2,), dtype=np.float32, doc="x y of the arm's tip, 0 to 1"),
        },
        "action": features.Tensor(shape=(2,), dtype=np.float32, doc="dx dy, -0.16 to 0.16"),
        "language_instruction": features.Text(),
        "is_first": scalar(np.bool_),
        "is_last": scalar(np.bool_),
        "is_terminal": scalar(np.bool_),
        "reward": scalar(np.float32),
        "discount": scalar(np.float32),
    }
    metadata = {"episode_id": scalar(np.int32)}
    return features.FeaturesDict({"steps": features.Dataset(step), "episode_metadata": metadata})


def _examples(suite: str, seed: int, count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for number in range(count):
        steps = episode(trial(suite, seed, number), seed_of(seed, "episode", suite, number))
        yield number, {"steps": steps, "episode_metadata": {"episode_id": number}}


def episode(played: Trial, seed: int) -> list[dict[str, Any]]:
    """The steps of one demonstration, as TFDS takes them; pictures are JPEG files."""
    found = demonstrated(played, seed)
    last = found[-1]
    states = [*found, (last[0], np.zeros(2, np.float32), False)]
    rng = np.random.default_rng(seed_of(seed, "noise"))
    return [
        {
            "observation": {
                "image": io.BytesIO(jpeg(draw(scene, rng))),
                "tip": np.array(scene.tip, np.float32),
            },
            "action": action,
            "language_instruction": played.instruction,
            "is_first": number == 0,
            "is_last": number == len(found),
            "is_terminal": number == len(found) and last[2],
            "reward": np.float32(number == len(found) and last[2]),
            "discount": np.float32(1),
        }
        for number, (scene, action, _) in enumerate(states)
    ]


def jpeg(picture: np.ndarray) -> bytes:
    """The file of a picture, colours at full resolution."""
    data: bytes = simplejpeg.encode_jpeg(picture, quality=QUALITY, colorspace="RGB", colorsubsampling="444")
    return data
