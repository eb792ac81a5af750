"""A writer of episodes as RLDS, by TFDS's own writer, as for Open X-Embodiment datasets.

TFDS orders the features in a record differently in each process. So the records are written a second time with their features
sorted by name, and equal episodes become equal bytes.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vladata.sources.tfds import library

VERSION = "1.0.0"
Examples = Iterator[tuple[int, dict[str, Any]]]


def write_rlds(
    out: Path,
    name: str,
    description: str,
    step: Callable[[Any], Mapping[str, Any]],
    examples: Examples,
    shards: int,
) -> Path:
    """Write episodes as split `train` of OUT/NAME/1.0.0, and return that folder.

    step:     a function from tfds.features to the features of a step's observation and action.
    examples: for each episode, (its number, {steps, episode_metadata}).
    Raises MissingExtra if TFDS is not installed."""
    tfds = library("writing episodes as RLDS")
    tfds.disable_progress_bar()
    downloads = out / "downloads"  # TFDS makes this folder, although nothing is downloaded
    was_there = downloads.exists()
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version=VERSION,
        features=_features(tfds.features, step(tfds.features)),
        split_datasets={"train": examples},
        data_dir=out,
        description=description,
        download_config=tfds.download.DownloadConfig(num_shards=shards, try_download_gcs=False),
    )
    if not was_there:
        shutil.rmtree(downloads, ignore_errors=True)
    folder = out / name / VERSION
    _in_order(folder)
    return folder


def as_step(observation: Mapping[str, Any], action: np.ndarray, instruction: str) -> dict[str, Any]:
    """Return a step of an episode that is neither its first nor its last."""
    return {
        "observation": dict(observation),
        "action": np.asarray(action, np.float32),
        "language_instruction": instruction,
        "is_first": False,
        "is_last": False,
        "is_terminal": False,
        "reward": np.float32(0),
        "discount": np.float32(1),
    }


def as_episode(number: int, steps: list[dict[str, Any]], ended: bool) -> tuple[int, dict[str, Any]]:
    """Return (number, episode) with at least one step. ended: True if the episode has really ended, and was not cut off."""
    steps[0] = {**steps[0], "is_first": True}
    steps[-1] = {**steps[-1], "is_last": True, "is_terminal": ended, "reward": np.float32(ended)}
    return number, {"steps": steps, "episode_metadata": {"episode_id": number}}


def _features(features: Any, step: Mapping[str, Any]) -> Any:
    flags = {name: features.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")}
    numbers = {name: features.Scalar(dtype=np.float32) for name in ("reward", "discount")}
    whole = {**step, "language_instruction": features.Text(), **flags, **numbers}
    metadata = {"episode_id": features.Scalar(dtype=np.int32)}
    return features.FeaturesDict({"steps": features.Dataset(whole), "episode_metadata": metadata})


def _in_order(folder: Path) -> None:
    import tensorflow as tf

    for path in sorted(folder.glob("*.tfrecord-*")):
        examples = [tf.train.Example.FromString(data.numpy()) for data in tf.data.TFRecordDataset(str(path))]
        with tf.io.TFRecordWriter(str(path)) as file:
            for example in examples:
                file.write(example.SerializeToString(deterministic=True))
