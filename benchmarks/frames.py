"""Clean datasets whose actions are in another frame than their states: name -> the robot it needs, and the change.

A small turn by roll, pitch and yaw is first made a vector, since that is what is turned into another frame.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.arms import Recorded
from benchmarks.injected import DELTAS, STATE, Change, Fault
from benchmarks.rlds_folder import Dataset


def _turned(turns: Callable[[np.random.Generator, Recorded], np.ndarray]) -> Change:
    """The action's motion in another frame. turns: float64 [3, 3] or [T, 3, 3], from the base's frame to that one."""

    def change(rng: np.random.Generator, data: Dataset) -> None:
        seed = int(rng.integers(2**32))
        for episode in data.episodes:
            turn = turns(np.random.default_rng(seed), episode)  # the same for all episodes
            moves = episode.action[:, :3], _angular(episode.pose, episode.action[:, 3:6])
            episode.action[:, :6] = np.hstack([(turn @ move[:, :, None])[:, :, 0] for move in moves])

    return change


def _rotations(angle: np.ndarray, axis: int) -> np.ndarray:
    """Return turns by angles [T] about x, y or z, float64 [T, 3, 3]."""
    after, last = (axis + 1) % 3, (axis + 2) % 3
    found = np.zeros((len(angle), 3, 3))
    found[:, axis, axis] = 1
    found[:, after, after] = found[:, last, last] = np.cos(angle)
    found[:, last, after] = np.sin(angle)
    found[:, after, last] = -np.sin(angle)
    return found


def _angular(pose: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Small turns about the base's axes, of changes of roll, pitch and yaw [T, 3]."""
    yaw, pitch = _rotations(pose[:, 5], 2), _rotations(pose[:, 4], 1)
    axes = np.stack([(yaw @ pitch)[:, :, 0], yaw[:, :, 1], np.tile([0.0, 0, 1], (len(pose), 1))], axis=2)
    found: np.ndarray = (axes @ changes[:, :, None])[:, :, 0]
    return found


def _to_hand(_: np.random.Generator, episode: Recorded) -> np.ndarray:
    roll, pitch, yaw = (_rotations(episode.pose[:, 3 + axis], axis) for axis in range(3))
    found: np.ndarray = (yaw @ pitch @ roll).transpose(0, 2, 1)
    return found


def _to_camera(rng: np.random.Generator, _: Recorded) -> np.ndarray:
    turn = np.linalg.qr(rng.normal(0, 1, (3, 3)))[0]
    return np.asarray(turn * np.linalg.det(turn))  # a rotation, and no mirror


FRAMES: dict[str, Fault] = {
    "clean, hand's frame": Fault("", _turned(_to_hand), {**STATE, **DELTAS}),
    "clean, camera's frame": Fault("", _turned(_to_camera), {**STATE, **DELTAS}),
}
