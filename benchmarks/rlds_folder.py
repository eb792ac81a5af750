"""Episodes of arms.py as an RLDS folder, as TFDS would write it in a hundred times the time; and the schema of this folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.arms import POSE, Recorded, Robot
from vladata.formats.example import encode_example
from vladata.formats.tfrecord import frame

NAME = "arms"
CLASS = "tensorflow_datasets.core.features."


@dataclass
class Dataset:
    """A dataset to write.

    arm:      the robot.
    episodes: its episodes.
    images:   for each episode, camera -> JPEG files.
    declared: keys of the schema that contradict the robot, with their values."""

    arm: Robot
    episodes: list[Recorded]
    images: list[dict[str, list[bytes]]]
    declared: dict[str, Any]


def write(folder: Path, data: Dataset) -> tuple[Path, Path]:
    """Write the dataset, and return its version folder and the file of its schema."""
    version = folder / NAME / "1.0.0"
    version.mkdir(parents=True)
    splits = []
    for split in dict.fromkeys(e.split for e in data.episodes):
        records = [
            _record(data.arm, episode, images)
            for episode, images in zip(data.episodes, data.images, strict=True)
            if episode.split == split
        ]
        file = version / f"{NAME}-{split}.tfrecord-00000-of-00001"
        file.write_bytes(b"".join(map(frame, records)))
        size = str(file.stat().st_size)
        splits.append({"name": split, "shardLengths": [str(len(records))], "numBytes": size})
    info = {"name": NAME, "version": "1.0.0", "fileFormat": "tfrecord", "splits": splits}
    (version / "dataset_info.json").write_text(json.dumps(info))
    (version / "features.json").write_text(json.dumps(_features(data)))
    schema = folder / "schema.yaml"
    schema.write_text(yaml.safe_dump(_schema(data), sort_keys=False))
    return version, schema


def _record(arm: Robot, episode: Recorded, images: Mapping[str, list[bytes]]) -> bytes:
    features: dict[str, Sequence[bytes] | np.ndarray] = {
        "steps/action": episode.action.reshape(-1),
        "steps/observation/time": _milliseconds(episode.time),
        "steps/language_instruction": [episode.text.encode()] * len(episode),
        **{f"steps/{name}": flag.astype(np.int64) for name, flag in episode.flags.items()},
        **{f"steps/observation/{camera}": files for camera, files in images.items()},
    }
    if arm.has_state:
        features["steps/observation/state"] = episode.state.reshape(-1)
    return encode_example(features)


def _milliseconds(time: np.ndarray) -> np.ndarray:
    """Return the times as int64 [T], because a tf.Example has no float64."""
    return np.round(1000 * time).astype(np.int64)


def _features(data: Dataset) -> dict[str, Any]:
    cameras = {
        camera: {
            "pythonClassName": f"{CLASS}image_feature.Image",
            "image": {"shape": {"dimensions": ["64", "64", "3"]}, "dtype": "uint8", "encodingFormat": "jpeg"},
        }
        for camera in data.images[0]
    }
    observation = {**cameras, "time": _tensor("int64")}
    if data.arm.has_state:
        observation["state"] = _tensor("float32", 7)
    step = {
        "observation": _dict(observation),
        "action": _tensor("float32", 7),
        "language_instruction": {"pythonClassName": f"{CLASS}text_feature.Text", "text": {}},
        **{flag: _tensor("bool") for flag in ("is_first", "is_last", "is_terminal")},
    }
    steps = {
        "pythonClassName": f"{CLASS}dataset_feature.Dataset",
        "sequence": {"feature": _dict(step), "length": "-1"},
    }
    return _dict({"steps": steps})


def _dict(features: dict[str, Any]) -> dict[str, Any]:
    return {"pythonClassName": f"{CLASS}features_dict.FeaturesDict", "featuresDict": {"features": features}}


def _tensor(dtype: str, *shape: int) -> dict[str, Any]:
    name = "tensor_feature.Tensor" if shape else "scalar.Scalar"
    dimensions = {"dimensions": [str(n) for n in shape]} if shape else {}
    return {
        "pythonClassName": f"{CLASS}{name}",
        "tensor": {"shape": dimensions, "dtype": dtype, "encoding": "none"},
    }


def _schema(data: Dataset) -> dict[str, Any]:
    arm = data.arm
    names = list(POSE) if arm.style == "target" else [f"d{name}" for name in POSE]
    chain = {
        "gripper": "closing_relative" if arm.gripper == "relative" else "open_absolute",
        "names": [*names, "gripper"],
        "operations": [{"op": "concat", "of": ["action"]}],
    }
    found: dict[str, Any] = {
        "name": NAME,
        "robot": "drawn",
        "control_frequency_hz": arm.hz,
        "cameras": {camera: f"observation/{camera}" for camera in data.images[0]},
        "language": {"path": "language_instruction"},
        "actions": {"default": "recorded", "chains": {"recorded": chain}},
        "terminate": {"path": "is_terminal", "form": "flag"},
    }
    if arm.has_state:
        found["state"] = {"of": ["observation/state"], "encoding": "pos_euler", "names": [*POSE, arm.fingers]}
    return found | data.declared
