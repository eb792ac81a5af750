"""Episodes for the detectors, without a file: those of benchmarks/arms.py as tracks, and the facts of them."""

from dataclasses import replace

import numpy as np

from benchmarks.arms import POSE, record, robot
from vladata.doctor.facts import Subject, facts_of, subject_of
from vladata.doctor.track import Track
from vladata.spec.dataset import DatasetSpec

DELTAS = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
STATES = (*POSE, "gripper_width")
STEADY = {
    "hz": 5.0,
    "style": "commanded",
    "gripper": "binary",
    "fingers": "gripper_width",
    "has_state": True,
    "late": 0,
    "noise": 0.1,
    "gain": 0.9,
    "unsteady": 0.05,
    "turned": 0.0,
    "profile": "eased",
}


def subject(names=DELTAS, states=STATES, gripper="open_absolute", hz=5.0, operations=None) -> Subject:
    """The subject of a schema with these names."""
    chain = {
        "gripper": gripper,
        "names": list(names),
        "operations": operations or [{"op": "concat", "of": ["action"]}],
    }
    keys = {
        "name": "drawn",
        "robot": "drawn",
        "control_frequency_hz": hz,
        "cameras": {"front": "observation/front"},
        "language": {"path": "language_instruction"},
        "actions": {"default": "recorded", "chains": {"recorded": chain}},
        "terminate": {"path": "is_terminal", "form": "flag"},
    }
    if states:
        keys["state"] = {"of": ["observation/state"], "encoding": "other", "names": list(states)}
    return subject_of(DatasetSpec.model_validate(keys), None)


def made(number, action, state=None, **fields) -> Track:
    """A track of these actions and states; every step is a sample."""
    action = np.asarray(action, np.float32)
    state = np.zeros((len(action), 0), np.float32) if state is None else np.asarray(state, np.float32)
    numbers = np.arange(len(action), dtype=np.int32)
    given = {"split": "train", "steps": len(action), "numbers": numbers, "instructions": ("pick",)} | fields
    return Track(f"{given['split']}-00000-{number:06d}", action=action, state=state, **given)


def drawn(seed=0, count=20, **fixed) -> list[Track]:
    """Clean episodes of a steady, commanded arm, or of another where that is said."""
    rng = np.random.default_rng(seed)
    arm = robot(rng, **(STEADY | fixed))
    episodes = [record(rng, arm, number) for number in range(count)]
    return [
        made(
            n,
            e.action[:-1],
            e.state[:-1] if arm.has_state else None,
            steps=len(e),
            instructions=(e.text,),
            raw={"time": e.time[:, None], **{name: flag[:, None] for name, flag in e.flags.items()}},
        )
        for n, e in enumerate(episodes)
    ]


def changed(tracks, change) -> list[Track]:
    """The tracks with copies of their actions and states, which `change(action, state)` writes into."""
    found = []
    for track in tracks:
        action, state = track.action.copy(), track.state.copy()
        change(action, state)
        found.append(replace(track, action=action, state=state))
    return found


def find(detector, tracks, about=None):
    """What a detector of a sample finds."""
    return list(detector(facts_of(about or subject(), tracks)))


def kinds(findings):
    return [(finding.kind, finding.severity) for finding in findings]
