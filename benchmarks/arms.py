"""Arms that pick and place: episodes as numbers, drawn from a seed. Each dataset has another robot, operator and recorder.

Datasets differ in:
    rate        3 to 15 Hz
    episodes    8 to 60, of 20 to 150 steps
    operator    unsteadiness
    action      the difference of reached poses (`reached`), a command that the arm follows with gain, noise and latency
                (`commanded`), a command scaled to [-1, 1] (`normalised`), or a pose to reach (`target`)
    state       there or not; the meaning of its gripper column
    gripper     binary, continuous, or a relative command
Episodes of one dataset differ in the task (pick and place, pick, push, put down a held thing) and the places of things; a few
begin with closed fingers.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

STYLES = ("reached", "commanded", "normalised", "target")
GRIPPERS = ("binary", "continuous", "relative")
FINGERS = ("gripper", "gripper_width", "gripper_closed")
POSE = ("x", "y", "z", "roll", "pitch", "yaw")
VERBS, COLOURS = ("pick up", "move", "lift", "take"), ("red", "green", "blue", "yellow", "white")
THINGS = ("block", "mug", "sponge", "spoon", "bowl", "towel", "can")


@dataclass(frozen=True)
class Robot:
    """The values that all episodes of a dataset share.

    fastest:  metres a second.
    unsteady: the unsteadiness of a step.
    gain, late, noise: the way in which a commanded arm follows; late in steps.
    turned:   the roll of its hand at rest, radians."""

    hz: float
    style: str
    gripper: str
    fingers: str
    has_state: bool
    fastest: float
    unsteady: float
    gain: float
    late: int
    noise: float
    turned: float
    profile: str


@dataclass
class Recorded:
    """One recorded episode.

    action, state: float32 [T, 7].
    time:  float64 [T], seconds.
    pose:  float64 [T, 6], the reached poses.
    text:  the instruction.
    flags: name -> bool [T]."""

    action: np.ndarray
    state: np.ndarray
    time: np.ndarray
    pose: np.ndarray
    text: str
    flags: dict[str, np.ndarray]
    split: str = "train"

    def __len__(self) -> int:
        return len(self.action)


def robot(rng: np.random.Generator, **fixed: object) -> Robot:
    """Return a random robot. fixed: values that are not drawn."""
    drawn: dict[str, object] = {
        "hz": float(rng.choice([3, 5, 8, 10, 12, 15])),
        "style": str(rng.choice(STYLES[:3], p=(0.4, 0.4, 0.2))),
        "gripper": str(rng.choice(GRIPPERS, p=(0.4, 0.35, 0.25))),
        "fingers": str(rng.choice(FINGERS)),
        "has_state": bool(rng.random() < 0.7),
        "fastest": float(rng.uniform(0.1, 0.35)),
        "unsteady": float(rng.choice([0.02, 0.05, 0.15])),
        "gain": float(rng.uniform(0.7, 1.0)),
        "late": int(rng.random() < 0.3),
        "noise": float(rng.choice([0.05, 0.15, 0.3])),
        "turned": float(rng.choice([0.0, np.pi])),
        "profile": str(rng.choice(["even", "eased", "closing in"])),
    }
    return Robot(**(drawn | fixed))  # type: ignore[arg-type]


def record(rng: np.random.Generator, arm: Robot, number: int) -> Recorded:
    """Return an episode of the robot `arm`."""
    length = int(rng.integers(20, 151))
    pose, closed = _path(rng, arm, length)
    commands = np.diff(pose, axis=0, append=pose[-1:])
    if arm.style in ("commanded", "normalised"):
        pose = _followed(rng, arm, pose[0], commands)
    opening = _fingers(rng, closed)
    measured = pose + rng.normal(0, 1, pose.shape) * np.array([2e-4] * 3 + [5e-4] * 3)
    measured[:, 3:] = _wrapped(measured[:, 3:])
    state = np.concatenate([measured, _as_measured(arm, opening)[:, None]], axis=1).astype(np.float32)
    action = np.concatenate([_motion(arm, measured, commands), _grip(rng, arm, closed)[:, None]], axis=1)
    at = np.arange(length)
    flags = {"is_first": at == 0, "is_last": at == length - 1, "is_terminal": at == length - 1}
    text = f"{rng.choice(VERBS)} the {rng.choice(COLOURS)} {rng.choice(THINGS)}"
    time = 1e5 * (number + 1) + np.cumsum(rng.normal(1, 0.03, length)) / arm.hz
    return Recorded(action.astype(np.float32), state, time, pose, text, flags)


def _path(rng: np.random.Generator, arm: Robot, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return planned poses [T, 6], and bool [T], True where the fingers are commanded to close."""
    table, home = (
        rng.uniform(0.0, 0.05),
        np.array([rng.uniform(0.2, 0.4), rng.uniform(-0.15, 0.15), rng.uniform(0.18, 0.3)]),
    )
    first, second = (np.array([rng.uniform(0.2, 0.5), rng.uniform(-0.25, 0.25), table]) for _ in range(2))
    up, turn = np.array([0, 0, rng.uniform(0.1, 0.2)]), rng.uniform(-0.8, 0.8)
    task = rng.choice(["pick and place", "pick", "push", "put down"], p=(0.55, 0.2, 0.1, 0.15))
    begins_closed = task == "put down" or (task in ("pick", "pick and place") and rng.random() < 0.15)
    stops = {
        "pick and place": [
            (first + up, 0),
            (first, 0),
            (first, 1),
            (first + up, 1),
            (second + up, 1),
            (second, 1),
            (second, 0),
            (second + up, 0),
        ],
        "pick": [(first + up, 0), (first, 0), (first, 1), (first + up, 1)],
        "push": [(first + up, 1), (first, 1), (second, 1), (second + up, 1)],
        "put down": [(second + up, 1), (second, 1), (second, 0), (second + up, 0)],
    }[str(task)]
    places, closed = [home], [bool(begins_closed) or task == "push"]
    for place, grip in stops:
        places.append(place + rng.normal(0, 0.004, 3))
        closed.append(bool(grip))
    if begins_closed and task != "put down":
        closed[1] = bool(rng.random() < 0.3)  # opens on the way, or above the thing
    ways = [max(float(np.linalg.norm(b - a)), 0.015) for a, b in pairwise(places)]
    counts = np.maximum(1, np.round(np.array(ways) / sum(ways) * (length - 1)).astype(int))
    poses, told = [], []
    for i, count in enumerate(counts):
        share = _share(arm.profile, count)[:, None]
        poses.append(places[i] + share * (places[i + 1] - places[i]))
        told += [closed[i + 1] if np.allclose(places[i + 1], places[i], atol=0.02) else closed[i]] * count
    xyz = _fitted(np.concatenate(poses), length)
    grips = np.array([*told, *[told[-1]] * length])[:length]
    angles = np.zeros((length, 3))
    angles[:, 2] = turn * _share("eased", length)
    angles[:, 0] = arm.turned
    step = float(np.median(np.linalg.norm(np.diff(xyz, axis=0), axis=1)))
    shaky = np.cumsum(rng.normal(0, 1, (length, 6)), axis=0)
    shaky -= np.linspace(0, 1, length)[:, None] * shaky[-1]
    pose = np.concatenate([xyz, angles], axis=1) + shaky * arm.unsteady * np.array(
        [step] * 3 + [4 * step] * 3
    )
    return pose, grips


def _share(profile: str, count: int) -> np.ndarray:
    u = np.arange(1, count + 1) / count
    if profile == "eased":
        return np.asarray(u**3 * (10 - 15 * u + 6 * u**2))
    if profile == "closing in":
        return np.asarray((1 - np.exp(-3 * u)) / (1 - np.exp(-3)))
    return u


def _fitted(places: np.ndarray, length: int) -> np.ndarray:
    """Return `places` with `length` steps: cut, or with the last one repeated."""
    missing = max(0, length - len(places))
    return np.concatenate([places, np.repeat(places[-1:], missing, axis=0)])[:length]


def _followed(rng: np.random.Generator, arm: Robot, start: np.ndarray, commands: np.ndarray) -> np.ndarray:
    late = np.concatenate([np.zeros((arm.late, 6)), commands])[: len(commands)]
    size = np.sqrt(np.mean(np.square(commands), axis=0))
    moved = arm.gain * late + rng.normal(0, 1, commands.shape) * arm.noise * size
    return np.concatenate([start[None], start + np.cumsum(moved, axis=0)[:-1]])


def _fingers(rng: np.random.Generator, closed: np.ndarray) -> np.ndarray:
    """Return the opening, 0 to 1: it follows the command in a few steps, and stops at a held thing."""
    held, rate = rng.uniform(0.0, 0.5), rng.uniform(0.3, 0.9)
    opening, now = [], 1.0 - float(closed[0]) * (1 - held)
    for told in closed:
        opening.append(now)
        now += rate * ((held if told else 1.0) - now)
    return np.array(opening)


def _as_measured(arm: Robot, opening: np.ndarray) -> np.ndarray:
    return np.asarray(
        {"gripper": opening, "gripper_width": 0.085 * opening, "gripper_closed": 1 - opening}[arm.fingers]
    )


def _grip(rng: np.random.Generator, arm: Robot, closed: np.ndarray) -> np.ndarray:
    if arm.gripper == "relative":
        change = np.diff(closed.astype(float), prepend=float(closed[0]))
        held: np.ndarray = change + np.roll(change, 1) * (
            np.arange(len(change)) > 0
        )  # each command for two steps
        return held
    if arm.gripper == "binary":
        return 1.0 - closed
    told = np.convolve(np.pad(1.0 - closed, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    return np.clip(told + rng.normal(0, 0.01, len(closed)), 0, 1)


def _motion(arm: Robot, measured: np.ndarray, commands: np.ndarray) -> np.ndarray:
    if arm.style == "target":
        return np.concatenate([measured[1:], measured[-1:]])
    if arm.style == "reached":
        moved = np.diff(measured, axis=0, append=measured[-1:])
        moved[:, 3:] = _wrapped(moved[:, 3:])
        return moved
    if arm.style == "commanded":
        return commands
    # A joystick at its limit is 1: a tenth of the steps would be larger, and are clipped to 1.
    limits = np.array([2.5 * arm.fastest / arm.hz] * 3 + [1.0 / arm.hz] * 3)
    return np.asarray(np.clip(commands / limits, -1, 1))


def _wrapped(angles: np.ndarray) -> np.ndarray:
    return np.asarray((angles + np.pi) % (2 * np.pi) - np.pi)
