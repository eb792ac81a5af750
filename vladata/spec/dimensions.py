"""The meaning of a dimension of an action, given by its name: a change from step to step, or a value to be reached.

    dx, dy, dz            changes of position, metres where the dataset states units
    droll, dpitch, dyaw   changes of orientation, radians
    dj0, dj1, ...         changes of joints
    gripper               as the chain's `gripper` declares it
    anything else         a value to be reached, or a velocity: it holds for the whole step

A name may begin with the part that moves, the arm or the base: left_dx, right_gripper, base_dyaw.
"""

import re
from collections.abc import Sequence

from vladata.actions.grippers import GRIPPER

TURNS = ("droll", "dpitch", "dyaw")
_CHANGE = re.compile(r"(?:[a-z0-9_]+_)?d(?:x|y|z|roll|pitch|yaw|j\d+)\Z")


def is_change(name: str) -> bool:
    """Return True if a dimension of this name is a change from one step to the next."""
    return _CHANGE.match(name) is not None


def is_gripper(name: str) -> bool:
    """Return True if a dimension of this name is a gripper's."""
    return name == GRIPPER or name.endswith(f"_{GRIPPER}")


def turns(names: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the positions of roll, pitch and yaw of every change of orientation among `names` that has all three."""
    found = []
    first = TURNS[0]
    for arm in [name.removesuffix(first) for name in names if is_change(name) and name.endswith(first)]:
        three = [f"{arm}{turn}" for turn in TURNS]
        if set(three) <= set(names):
            a, b, c = (list(names).index(name) for name in three)
            found.append((a, b, c))
    return found
