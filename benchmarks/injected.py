"""Faults that are put into a clean dataset on purpose, by name.

A fault's function changes the dataset that it gets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.arms import Recorded
from benchmarks.rlds_folder import Dataset
from benchmarks.scenes import jpegs

Change = Callable[[np.random.Generator, Dataset], None]
METRIC = {"style": "commanded"}


@dataclass(frozen=True)
class Fault:
    """A fault.

    kind:   the kind of finding that must be reported.
    change: the function that makes the fault.
    robot:  the values of the robot that are not drawn."""

    kind: str
    change: Change
    robot: Mapping[str, Any] = field(default_factory=dict)


def _each(change: Callable[[np.random.Generator, Recorded], None]) -> Change:
    def all_of_them(rng: np.random.Generator, data: Dataset) -> None:
        for episode in data.episodes:
            change(rng, episode)

    return all_of_them


def _scaled(columns: slice, factor: float, state: bool = False) -> Change:
    def change(_: np.random.Generator, episode: Recorded) -> None:
        values = episode.state if state else episode.action
        values[:, columns] *= factor

    return _each(change)


def _inverted(_: np.random.Generator, data: Dataset) -> None:
    for episode in data.episodes:
        grip = episode.action[:, 6]
        episode.action[:, 6] = -grip if data.arm.gripper == "relative" else 1 - grip


def _exchanged(first: int, second: int) -> Change:
    def change(_: np.random.Generator, episode: Recorded) -> None:
        episode.action[:, [first, second]] = episode.action[:, [second, first]]

    return _each(change)


def _reversed(dimension: int) -> Change:
    def change(_: np.random.Generator, episode: Recorded) -> None:
        episode.action[:, dimension] *= -1

    return _each(change)


def _gripper_scaled(scale: float, offset: float) -> Change:
    def change(_: np.random.Generator, episode: Recorded) -> None:
        episode.action[:, 6] = scale * episode.action[:, 6] + offset

    return _each(change)


def _absolute(_: np.random.Generator, episode: Recorded) -> None:
    episode.action[:, :6] = np.concatenate([episode.pose[1:], episode.pose[-1:]])


def _twice(_: np.random.Generator, episode: Recorded) -> None:
    episode.action[:, :6] = np.diff(episode.action[:, :6], axis=0, prepend=0)


def _differences(_: np.random.Generator, episode: Recorded) -> None:
    episode.action[:, :6] = np.diff(episode.pose, axis=0, append=episode.pose[-1:])


def _shifted(by: int) -> Change:
    def change(_: np.random.Generator, episode: Recorded) -> None:
        episode.action[:] = np.roll(episode.action, by, axis=0)
        if by > 0:
            episode.action[:by, :6] = 0
        else:
            episode.action[by:, :6] = 0

    return _each(change)


def _rests(rng: np.random.Generator, data: Dataset) -> None:
    for number, episode in enumerate(data.episodes):
        at, long = int(rng.integers(4, len(episode) - 4)), int(rng.integers(10, 26))
        taken = np.concatenate([np.arange(at), np.full(long, at), np.arange(at, len(episode))])
        for name in ("action", "state", "pose"):
            setattr(episode, name, getattr(episode, name)[taken])
        episode.action[at : at + long, :6] = 0
        if data.arm.gripper == "relative":
            episode.action[at : at + long, 6] = 0
        episode.state[at : at + long, :6] += rng.normal(0, 2e-4, (long, 6)).astype(np.float32)
        episode.time = episode.time[0] + np.arange(len(taken)) / data.arm.hz
        episode.flags = {name: flag[taken] & (taken != at) for name, flag in episode.flags.items()}
        data.images[number] = {c: [files[i] for i in taken] for c, files in data.images[number].items()}


def _clipped(_: np.random.Generator, data: Dataset) -> None:
    values = np.concatenate([e.action[:, 0] for e in data.episodes])
    limit = np.quantile(np.abs(values), 0.9).astype(np.float32)
    for episode in data.episodes:
        episode.action[:, 0] = np.clip(episode.action[:, 0], -limit, limit)


def _still(_: np.random.Generator, episode: Recorded) -> None:
    episode.action[:, 4] = 0


def _spikes(rng: np.random.Generator, data: Dataset) -> None:
    size = max(float(np.ptp(e.action[:, 1])) for e in data.episodes)
    for episode in data.episodes:
        for at in np.flatnonzero(rng.random(len(episode) - 1) < 0.005):
            episode.action[at, 1] = rng.choice([-1, 1]) * rng.uniform(10, 30) * size
    data.episodes[0].action[len(data.episodes[0]) // 2, 1] = 15 * size


def _pictured(change: Callable[[np.random.Generator, list[bytes]], list[bytes]], part: float = 1.0) -> Change:
    def all_of_them(rng: np.random.Generator, data: Dataset) -> None:
        count = max(1, round(part * len(data.images)))
        for number in rng.permutation(len(data.images))[:count]:
            files = data.images[number]
            camera = next(iter(files))
            data.images[number] = {**files, camera: change(rng, files[camera])}

    return all_of_them


def _blue(_: np.random.Generator, files: list[bytes]) -> list[bytes]:
    import simplejpeg

    return jpegs([simplejpeg.decode_jpeg(file)[:, :, ::-1] for file in files])


def _dark(rng: np.random.Generator, files: list[bytes]) -> list[bytes]:
    (black,) = jpegs([np.zeros((64, 64, 3), np.uint8)])
    at = rng.integers(0, len(files) - 3)
    return [black if at <= i < at + 3 else file for i, file in enumerate(files)]


def _hung(_: np.random.Generator, files: list[bytes]) -> list[bytes]:
    return [files[i - i % 3] for i in range(len(files))]


def _frozen(_: np.random.Generator, data: Dataset) -> None:
    for number, files in enumerate(data.images):
        camera = next(iter(files))
        data.images[number] = {**files, camera: [data.images[0][camera][0]] * len(files[camera])}


def _worded(text: str, part: float = 1.0) -> Change:
    def change(rng: np.random.Generator, data: Dataset) -> None:
        for number in rng.permutation(len(data.episodes))[: max(1, round(part * len(data.episodes)))]:
            data.episodes[number].text = text

    return change


def _unflagged(_: np.random.Generator, episode: Recorded) -> None:
    episode.flags = {name: np.zeros_like(flag) for name, flag in episode.flags.items()}


def _misflagged(_: np.random.Generator, episode: Recorded) -> None:
    episode.flags["is_last"] = np.roll(episode.flags["is_last"], -3)


def _one_step(rng: np.random.Generator, data: Dataset) -> None:
    for number in rng.permutation(len(data.episodes))[:2]:
        episode = data.episodes[number]
        for name in ("action", "state", "time", "pose"):
            setattr(episode, name, getattr(episode, name)[:1])
        episode.flags = {name: np.ones(1, bool) for name in episode.flags}
        data.images[number] = {camera: files[:1] for camera, files in data.images[number].items()}


def _held(_: np.random.Generator, episode: Recorded) -> None:
    at = np.arange(len(episode))
    episode.state[:] = episode.state[at - at % 3]


def _faster(_: np.random.Generator, data: Dataset) -> None:
    data.declared["control_frequency_hz"] = 3 * data.arm.hz


def _timeless(_: np.random.Generator, data: Dataset) -> None:
    for episode in data.episodes:
        episode.time = np.arange(len(episode)) / 1000.0
    data.declared["control_frequency_hz"] = 30 * data.arm.hz


def _copied(split: str, words: bool = False) -> Change:
    def change(_: np.random.Generator, data: Dataset) -> None:
        for number in (1, 4):
            original = data.episodes[number]
            copy = Recorded(**{**vars(original), "split": split})
            copy.text = "push the cup away" if words else original.text
            data.episodes.append(copy)
            data.images.append(data.images[number])

    return change


def _broken(rng: np.random.Generator, data: Dataset) -> None:
    for episode in data.episodes[::3]:
        episode.action[rng.integers(len(episode)), 2] = np.nan


STATE, DELTAS = {"has_state": True}, {"style": "commanded"}
FAULTS: dict[str, Fault] = {
    "gripper-polarity": Fault("gripper-polarity", _inverted),
    "gripper-polarity, no state": Fault("gripper-polarity", _inverted, {"has_state": False}),
    "gripper-range, -1 to 1": Fault("gripper-range", _gripper_scaled(2, -1), {"gripper": "continuous"}),
    "gripper-range, 0 to 255": Fault("gripper-range", _gripper_scaled(255, 0), {"gripper": "binary"}),
    "action-kind, values, state": Fault("action-kind", _each(_absolute), STATE),
    "action-kind, values, none": Fault("action-kind", _each(_absolute), {"has_state": False}),
    "action-kind, twice, state": Fault("action-kind", _each(_twice), STATE),
    "action-kind, twice, none": Fault("action-kind", _each(_twice), {"has_state": False}),
    "action-kind, changes": Fault("action-kind", _each(_differences), {**STATE, "style": "target"}),
    "swapped-dimensions, x y": Fault("swapped-dimensions", _exchanged(0, 1), STATE),
    "swapped-dimensions, roll yaw": Fault("swapped-dimensions", _exchanged(3, 5), STATE),
    "swapped-dimensions, targets": Fault(
        "swapped-dimensions", _exchanged(0, 2), {**STATE, "style": "target"}
    ),
    "reversed-dimension, x": Fault("reversed-dimension", _reversed(0), STATE),
    "reversed-dimension, yaw": Fault("reversed-dimension", _reversed(5), STATE),
    "unit-scale, mm, state": Fault("unit-scale", _scaled(slice(0, 3), 1000), {**STATE, **DELTAS}),
    "unit-scale, mm, none": Fault("unit-scale", _scaled(slice(0, 3), 1000), {"has_state": False, **DELTAS}),
    "unit-scale, cm": Fault("unit-scale", _scaled(slice(0, 3), 100), {**STATE, **DELTAS}),
    "unit-scale, degrees, state": Fault("unit-scale", _scaled(slice(3, 6), 180 / np.pi), {**STATE, **DELTAS}),
    "unit-scale, degrees, none": Fault(
        "unit-scale", _scaled(slice(3, 6), 180 / np.pi), {"has_state": False, **DELTAS}
    ),
    "unit-scale, state in mm": Fault("unit-scale", _scaled(slice(0, 3), 1000, True), STATE),
    "unit-scale, state in degrees": Fault("unit-scale", _scaled(slice(3, 6), 180 / np.pi, True), STATE),
    "time-shift, a step late": Fault("time-shift", _shifted(1), {**STATE, "late": 0}),
    "time-shift, two late": Fault("time-shift", _shifted(2), {**STATE, "late": 0}),
    "time-shift, a step early": Fault("time-shift", _shifted(-1), {**STATE, "late": 0}),
    "idle": Fault("idle", _rests),
    "saturated": Fault("saturated", _clipped),
    "constant": Fault("constant", _each(_still)),
    "outliers": Fault("outliers", _spikes),
    "bgr, all": Fault("bgr", _pictured(_blue)),
    "bgr, a third": Fault("bgr", _pictured(_blue, 0.33)),
    "black-frames": Fault("black-frames", _pictured(_dark, 0.5)),
    "duplicate-frames": Fault("duplicate-frames", _pictured(_hung)),
    "camera-constant": Fault("camera-constant", _frozen),
    "instruction-missing": Fault("instruction-missing", _worded("", 0.2)),
    "instruction-constant": Fault("instruction-constant", _worded("pick up the block")),
    "instruction-odd": Fault("instruction-odd", _worded("N/A", 0.2)),
    "flags-missing, never": Fault("flags-missing", _each(_unflagged)),
    "flags-missing, wrong step": Fault("flags-missing", _each(_misflagged)),
    "one-step": Fault("one-step", _one_step),
    "frequency, clock": Fault("frequency", _faster),
    "frequency, states held": Fault("frequency", _each(_held), STATE),
    "frequency, no clock": Fault("frequency", _timeless, STATE),
    "duplicates, splits": Fault("duplicates", _copied("val")),
    "duplicates, twice": Fault("duplicates", _copied("train")),
    "duplicates, two words": Fault("duplicates", _copied("train", words=True)),
    "rejected": Fault("rejected", _broken),
}
