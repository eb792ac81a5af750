"""A small dataset with ALOHA's features, written by TFDS: four cameras, 14 numbers of state and action, two grippers.

The left gripper's column is 1 open, 0 closed. The right one's is equal or, on request, inverted; `command` has it as +1 closing,
-1 opening, 0 stay. Joints are absolute, in radians; the state follows one step later.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.rlds_data import jpeg, tfds, write

CAMERAS = ("cam_high", "cam_low", "cam_left_wrist", "cam_right_wrist")
LEFT, RIGHT, NUMBERS = 6, 13, 14
JOINTS = tuple(i for i in range(NUMBERS) if i not in (LEFT, RIGHT))

ARMS = """
name: {name}
robot: ALOHA
control_frequency_hz: 50
cameras:
  primary: {images}/cam_high
  low: {images}/cam_low
  left_wrist: {images}/cam_left_wrist
  right_wrist: {images}/cam_right_wrist
language: {language}
state:
  of: [{state}]
  encoding: joint
  names: &joints
    [left_joint_0, left_joint_1, left_joint_2, left_joint_3, left_joint_4, left_joint_5, left_gripper,
     right_joint_0, right_joint_1, right_joint_2, right_joint_3, right_joint_4, right_joint_5, right_gripper]
actions:
  default: recorded
  chains:
    recorded:
      gripper: {{left_gripper: open_absolute, right_gripper: open_absolute}}
      names: *joints
      operations: [{{op: concat, of: [action]}}]
{more}terminate: {terminate}
"""
"""A schema of two arms; what differs from one layout to another stands in braces."""
CHANGES = """    changes:
      gripper: {right_gripper: closing_relative, left_gripper: open_absolute}
      names:
        [left_dj0, left_dj1, left_dj2, left_dj3, left_dj4, left_dj5, left_gripper,
         right_dj0, right_dj1, right_dj2, right_dj3, right_dj4, right_dj5, right_gripper]
      operations:
        - {op: subtract, in: action, minus: observation/state, rotation: none, out: $change}
        - {op: concat, of: ["$change[0:6]", "action[6]", "$change[7:13]", command]}
"""
SCHEMA = ARMS.format(
    name="two_arms",
    images="observation",
    state="observation/state",
    language="{path: language_instruction}",
    more=CHANGES,
    terminate="{path: is_terminal, form: flag}",
)


def episode(number: int, steps: int) -> dict[str, np.ndarray]:
    """action, state [steps, 14] and command [steps]; both hands begin open, close, and open again."""
    rng = np.random.default_rng([7, number])
    action = np.cumsum(rng.normal(0, 0.02, (steps, NUMBERS)), axis=0)
    for hand in (LEFT, RIGHT):
        closes, opens = sorted(rng.choice(np.arange(3, steps - 3), 2, replace=False))
        action[:, hand] = 1
        action[closes:opens, hand] = 0
    state = np.concatenate([action[:1], action[:-1]])
    command = -np.diff(action[:, RIGHT], prepend=1.0)
    return {
        name: v.astype(np.float32) for name, v in (("action", action), ("state", state), ("command", command))
    }


def write_aloha(folder: Path, episodes: int = 12, steps: int = 24, *, inverted: bool = False) -> Path:
    """The version folder. inverted: the right gripper's action is 1 closed, 0 open."""

    def features() -> Any:
        f = tfds().features
        image = {camera: f.Image(shape=(16, 16, 3), encoding_format="jpeg") for camera in CAMERAS}
        numbers = f.Tensor(shape=(NUMBERS,), dtype=np.float32)
        step = {
            "observation": image | {"state": numbers},
            "action": numbers,
            "command": f.Scalar(dtype=np.float32),
            "language_instruction": f.Text(),
            **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
        }
        return f.FeaturesDict({"steps": f.Dataset(step)})

    def train() -> Iterator[dict[str, Any]]:
        for number in range(episodes):
            rng, made = np.random.default_rng(number), episode(number, steps)
            if inverted:
                made["action"][:, RIGHT] = 1 - made["action"][:, RIGHT]
            yield {
                "steps": [
                    {
                        "observation": {camera: io.BytesIO(jpeg(rng, 16)) for camera in CAMERAS}
                        | {"state": made["state"][t]},
                        "action": made["action"][t],
                        "command": made["command"][t],
                        "language_instruction": f"open the jar {number}",
                        "is_first": t == 0,
                        "is_last": t == steps - 1,
                        "is_terminal": t == steps - 1,
                    }
                    for t in range(steps)
                ]
            }

    return write(folder, "two_arms", features, {"train": train})
