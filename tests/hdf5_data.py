"""Small datasets in HDF5, written with h5py as LIBERO, robomimic and ALOHA's recorder lay them out.

    write_libero(folder)      one file per task: data/demo_N with obs/..., actions, dones; problem_info has the instruction
    write_robomimic(file)     one file: like LIBERO's, with next_obs, mask/train and mask/valid, env_args
    write_aloha(folder)       one file per episode: action, observations/qpos, observations/images/<camera>

Rule: equal calls write equal values: all are drawn from the numbers of the file and the episode.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from tests.aloha import ARMS
from tests.rlds_data import jpeg
from vladata.sources.source import EpisodeRecord, Source

TASKS = ("pick_up_the_bowl", "open_the_drawer", "turn_on_the_stove")
CAMERAS = ("cam_high", "cam_low", "cam_left_wrist", "cam_right_wrist")
"""In the order in which ALOHA's recorder has them, which is not that of their names."""
SIZE = 16

LIBERO_SCHEMA = """
name: libero
robot: Franka
control_frequency_hz: 20
cameras: {primary: obs/agentview_rgb, wrist: obs/eye_in_hand_rgb}
language: {path: problem_info/language_instruction}
state:
  of: [obs/ee_states, obs/gripper_states]
  encoding: other
  names: [x, y, z, rx, ry, rz, gripper_0, gripper_1]
actions:
  default: recorded
  chains:
    recorded:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations:
        - {op: clip, in: "actions[-1:]", out: $clipped, low: 0.0, high: 1.0}
        - {op: invert_gripper, in: $clipped, out: $gripper}
        - {op: concat, of: ["actions[0:6]", $gripper]}
terminate: {path: dones, form: flag}
"""

ALOHA_SCHEMA = ARMS.format(
    name="aloha",
    images="observations/images",
    state="observations/qpos",
    language="{constant: open the jar}",
    more="",
    terminate="{fallback: [position]}",
)


def demo(seed: Sequence[int], steps: int) -> dict[str, np.ndarray]:
    """The datasets of one demo, by path, as LIBERO's simulator records them."""
    rng = np.random.default_rng(list(seed))
    actions = rng.uniform(-1, 1, (steps, 7))
    actions[:, 6] = np.where(np.arange(steps) < steps // 2, -1, 1)
    dones = np.zeros(steps, np.uint8)
    dones[-1:] = 1
    return {
        "actions": actions,
        "dones": dones,
        "rewards": dones.copy(),
        "states": rng.normal(size=(steps, 31)),
        "robot_states": rng.normal(size=(steps, 9)),
        "obs/ee_states": rng.normal(size=(steps, 6)),
        "obs/gripper_states": rng.normal(size=(steps, 2)),
        "obs/joint_states": rng.normal(size=(steps, 7)),
        "obs/agentview_rgb": rng.integers(0, 256, (steps, SIZE, SIZE, 3), dtype=np.uint8),
        "obs/eye_in_hand_rgb": rng.integers(0, 256, (steps, SIZE, SIZE, 3), dtype=np.uint8),
    }


def put(group: h5py.Group, datasets: Mapping[str, Any], **options: Any) -> None:
    for path, values in datasets.items():
        group.create_dataset(path, data=values, **options)


def write_libero(folder: Path, demos: Sequence[int] = (0, 1, 2, 10), steps: int = 8, **options: Any) -> Path:
    """A file a task; demo N of it has `steps` + N % 3 steps. options: of h5py's create_dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    for task, name in enumerate(TASKS):
        with h5py.File(folder / f"{name}_demo.hdf5", "w") as file:
            data = file.create_group("data")
            data.attrs["problem_info"] = json.dumps(
                {
                    "problem_name": "tabletop",
                    "language_instruction": name.replace("_", " "),
                    "objects": ["bowl"],
                }
            )
            data.attrs["num_demos"] = len(demos)
            data.attrs["macros_image_convention"] = "opengl"
            for number in demos:
                count = steps + number % 3
                group = data.create_group(f"demo_{number}")
                group.attrs["num_samples"] = count
                put(group, demo((task, number), count), **options)
    return folder


def write_robomimic(file: Path, demos: int = 4, steps: int = 8) -> Path:
    """One file, with the next observations of all, and filter keys: demo 1 is for validation, the others for training."""
    with h5py.File(file, "w") as opened:
        data = opened.create_group("data")
        data.attrs["env_args"] = json.dumps(
            {"env_name": "Lift", "type": 1, "env_kwargs": {"robots": ["Panda"]}}
        )
        data.attrs["total"] = demos * steps
        for number in range(demos):
            group = data.create_group(f"demo_{number}")
            group.attrs["num_samples"] = steps
            group.attrs["model_file"] = "<mujoco/>"
            found = demo((9, number), steps)
            put(group, found)
            later = {
                path.replace("obs/", "next_obs/"): np.roll(v, -1, 0)
                for path, v in found.items()
                if "obs/" in path
            }
            put(group, later)
        names = [f"demo_{number}".encode() for number in range(demos)]
        opened["mask/train"] = [name for name in names if name != b"demo_1"]
        opened["mask/valid"] = [b"demo_1"]
    return file


def aloha(number: int, steps: int) -> dict[str, np.ndarray]:
    """action, observations/qpos and qvel [steps, 14] of one episode."""
    rng = np.random.default_rng([7, number])
    action = np.cumsum(rng.normal(0, 0.02, (steps, 14)), axis=0).astype(np.float32)
    for hand in (6, 13):
        action[:, hand] = np.arange(steps) < steps // 2
    qpos = np.concatenate([action[:1], action[:-1]])
    return {"action": action, "observations/qpos": qpos, "observations/qvel": np.zeros_like(qpos)}


def pictures(number: int, camera: str, steps: int) -> list[bytes]:
    """The JPEGs of a camera: of several lengths, none like another."""
    rng = np.random.default_rng([number, CAMERAS.index(camera)])
    return [jpeg(rng, SIZE, 60 + 5 * (t % 7)) for t in range(steps)]


def raw(pictures: Sequence[bytes]) -> np.ndarray:
    """Their pixels, uint8 [T, SIZE, SIZE, 3]."""
    return np.stack([np.asarray(Image.open(io.BytesIO(data))) for data in pictures])


def padded(pictures: Sequence[bytes], width: int = 0, fill: int = 0) -> np.ndarray:
    """uint8 [T, N], each with `fill` behind it."""
    rows = np.full((len(pictures), max(width, *map(len, pictures))), fill, np.uint8)
    for row, data in zip(rows, pictures, strict=True):
        row[: len(data)] = np.frombuffer(data, np.uint8)
    return rows


def write_aloha(
    folder: Path,
    episodes: int = 4,
    steps: int = 8,
    *,
    compressed: bool = True,
    table: bool = True,
    fill: int = 0,
) -> Path:
    """A file an episode; episode N has `steps` + N % 3 steps. table: whether compress_len is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(episodes):
        count = steps + number % 3
        with h5py.File(folder / f"episode_{number}.hdf5", "w") as file:
            file.attrs["sim"] = False
            file.attrs["compress"] = compressed
            put(file, aloha(number, count))
            found = {camera: pictures(number, camera, count) for camera in CAMERAS}
            width = max(len(data) for each in found.values() for data in each) + 3
            for camera, each in found.items():
                values = padded(each, width, fill) if compressed else raw(each)
                file[f"observations/images/{camera}"] = values
            if compressed and table:
                file["compress_len"] = np.array([[len(d) for d in found[c]] for c in CAMERAS], np.float32)
    return folder


def records(source: Source) -> list[EpisodeRecord]:
    """All episodes of the split train."""
    return [record for shard in source.shards("train") for record in source.scan(shard)]
