"""The field of a dataset that is the state of the robot, guessed by name and width."""

from collections.abc import Collection, Mapping, Sequence

from vladata.sources.acting import labels
from vladata.sources.features import Leaf
from vladata.sources.two_arms import has_joints, two_arms
from vladata.sources.words import first

OBSERVED = ("observation/", "observations/", "obs/", "observation.", "state.")
"""The beginnings of the names of observations in RLDS, ALOHA, robomimic and LeRobot."""
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
    """Return the field of the state, its encoding and the names of its columns; None if no field looks like a state.

    widths: field -> its number of columns. Names come from the data if it names its dimensions.
    """
    found = first([n for n, w in widths.items() if n.startswith(OBSERVED) and 1 < w <= WIDEST], FEELING)
    if found is None:
        return None
    encoding, names = _told(found, widths[found], known)
    return found, encoding, labels(known[found].names) or names


def _told(field: str, width: int, fields: Collection[str]) -> tuple[str, Sequence[str]]:
    """Return the encoding of a state and the names of its columns, by the field's name and its number of columns."""
    arms = two_arms(width, fields)
    if has_joints(arms):
        return "joint", list(arms)
    if "joint" in field or "qpos" in field:
        return "joint", [f"joint_{i}" for i in range(width)]
    if width in (len(POSE), len(POSE) + 1):
        return "pos_euler", [*POSE, "gripper"][:width]
    return "other", [f"state_{i}" for i in range(width)]
