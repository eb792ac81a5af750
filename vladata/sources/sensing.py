"""Which field of a dataset is the state, what the robot feels of itself, guessed by name and width."""

from collections.abc import Collection, Mapping, Sequence

from vladata.sources.acting import labels
from vladata.sources.features import Leaf
from vladata.sources.two_arms import has_joints, two_arms
from vladata.sources.words import first

OBSERVED = ("observation/", "observations/", "obs/", "observation.", "state.")
"""What the names of observations begin with in RLDS, ALOHA's files, robomimic's, and LeRobot."""
FEELING = (
    "observation/state",
    "observation/proprio",
    "observation/eef_state",
    "state",
    "pose",
    "joint",
    "qpos",
)
WIDEST = 64
POSE = ("x", "y", "z", "roll", "pitch", "yaw")


def state_of(widths: Mapping[str, int], known: Mapping[str, Leaf]) -> tuple[str, str, Sequence[str]] | None:
    """Return the field, its encoding and the names of its columns, among fields of so many numbers a step; None if there is none.

    The names are those that the data gives its dimensions, where it does."""
    found = first([n for n, w in widths.items() if n.startswith(OBSERVED) and 1 < w <= WIDEST], FEELING)
    if found is None:
        return None
    encoding, names = _told(found, widths[found], known)
    return found, encoding, labels(known[found].names) or names


def _told(field: str, width: int, fields: Collection[str]) -> tuple[str, Sequence[str]]:
    """Return the encoding of a state and the names of its columns, by the field's name and what is common at its width."""
    arms = two_arms(width, fields)
    if has_joints(arms):
        return "joint", list(arms)
    if "joint" in field or "qpos" in field:
        return "joint", [f"joint_{i}" for i in range(width)]
    if width in (len(POSE), len(POSE) + 1):
        return "pos_euler", [*POSE, "gripper"][:width]
    return "other", [f"state_{i}" for i in range(width)]
