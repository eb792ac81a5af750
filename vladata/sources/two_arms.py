"""Guess the columns of two arms for a draft of a schema, by the width of a row of numbers and the names of the fields.

A dataset counts as one of two arms if its fields have both sides (cam_left_wrist and cam_right_wrist, pose_l and pose_r) or
ALOHA's cameras (cam_high). The left arm comes first, as in files of ALOHA's recorder, and each arm ends in a gripper. By the
number of columns:

    14  joint_0 .. joint_5 and gripper, twice, if names of fields mention joints; else dx .. dyaw and gripper, twice
    16  for ALOHA the same 14 columns and the base's two velocities; else joint_0 .. joint_6 and gripper, twice
"""

import re
from collections.abc import Collection, Iterator

from vladata.actions.bounds import NAMES
from vladata.actions.grippers import GRIPPER

SIDES = ("left", "right")
BASE = ("base_linear", "base_angular")
_ALOHA = re.compile(r"(^|[/_])cam_high($|_)")
_JOINTS = re.compile(r"joint|qpos")
_LEFT = re.compile(r"(^|[/_])(left|l)(?=$|[/_])")
_OTHER = {"left": "right", "l": "r"}


def two_arms(width: int, fields: Collection[str]) -> tuple[str, ...]:
    """Return the names of the columns of a row of `width` numbers; () if there is no sign of two arms."""
    is_aloha = any(_ALOHA.search(name) for name in fields)
    if not is_aloha and not _both_sides(fields):
        return ()
    jointed = is_aloha or any(_JOINTS.search(name) for name in fields)
    if width == 14:
        return tuple(_twice(_joints(6) if jointed else NAMES))
    if width == 16 and jointed:
        return (*_twice(_joints(6)), *BASE) if is_aloha else tuple(_twice(_joints(7)))
    return ()


def has_joints(names: Collection[str]) -> bool:
    """Return True if `names`, a result of `two_arms`, are names of joints."""
    return f"{SIDES[0]}_joint_0" in names


def _joints(count: int) -> tuple[str, ...]:
    return (*(f"joint_{i}" for i in range(count)), GRIPPER)


def _twice(names: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{side}_{name}" for side in SIDES for name in names)


def _both_sides(fields: Collection[str]) -> bool:
    return any(_LEFT.search(name) and _LEFT.sub(_other_side, name) in fields for name in fields)


def _other_side(found: re.Match[str]) -> str:
    return found[1] + _OTHER[found[2]]
