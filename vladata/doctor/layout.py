"""Groups of the dimensions of an action, and the columns of the state that measure them.

A group is what one arm does of one kind: dx, dy, dz; droll, dpitch, dyaw; dj0 to dj6; or the absolute values x, y, z;
joint_0 to joint_6. Names are those of vladata/spec/dimensions.py, and of the state `x, y, z, roll, pitch, yaw, joint_0`
(also `j0`, `q0`), with the arm in front.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vladata.actions.grippers import GRIPPER
from vladata.spec.dimensions import is_change, is_gripper

Kind = Literal["position", "rotation", "joints"]
_ARMS = ("left_", "right_")
_NAME = re.compile(rf"(?P<arm>{'|'.join(_ARMS)})?(?P<rest>.+)")
_JOINT = re.compile(r"(?:joint_?|j|q)(\d+)\Z")
_POSITION, _ROTATION = ("x", "y", "z"), ("roll", "pitch", "yaw")
_ANGLES = re.compile(r"(roll|pitch|yaw|euler_\w+|rotvec_\w+)\Z")
_FINGERS = re.compile(r"grip|finger|sensed_close")


@dataclass(frozen=True, slots=True)
class Group:
    """Dimensions that are measured in one unit.

    arm:    "", "left_" or "right_".
    kind:   position (metres), rotation (radians) or joints (radians).
    change: True if the names say changes, False if they say values to be reached.
    names:  of the dimensions.
    action: their positions in the action.
    state:  positions of the same columns in the state, none where it lacks one.
    """

    arm: str
    kind: Kind
    change: bool
    names: tuple[str, ...]
    action: tuple[int, ...]
    state: tuple[int, ...]

    @property
    def title(self) -> str:
        """ "dx, dy, dz", for a sentence."""
        shown = self.names if len(self.names) <= 3 else (self.names[0], "...", self.names[-1])
        return ", ".join(shown)


@dataclass(frozen=True, slots=True)
class Gripper:
    """One gripper.

    action: its dimension.
    name:   the name of that.
    state:  (column of the state, name, sense) of what seems to measure it. sense: +1 where the name says that more is
            open, -1 that more is closed, 0 that the name says neither.
    place:   columns of the state that are the hand's x, y, z, or none.
    changes: dimensions of the action that are their changes, or none.
    """

    action: int
    name: str
    state: tuple[tuple[int, str, int], ...]
    place: tuple[int, ...]
    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionLayout:
    """The action and the state of a schema, in groups. measured: (kind, columns) of the state in metres or radians."""

    names: tuple[str, ...]
    states: tuple[str, ...]
    groups: tuple[Group, ...]
    grippers: tuple[Gripper, ...]
    measured: tuple[tuple[Kind, tuple[int, ...]], ...]


def layout(names: Sequence[str], states: Sequence[str]) -> ActionLayout:
    """Return the layout of an action and a state with these names."""
    known = {key: column for column, name in enumerate(states) if (key := _key(name))}
    found: dict[tuple[str, Kind, bool], list[tuple[int, tuple[str, Kind, str]]]] = {}
    for dimension, name in enumerate(names):
        key = _key(_undone(name))
        if key and not is_gripper(name):
            found.setdefault((key[0], key[1], is_change(name)), []).append((dimension, key))
    groups = []
    for (arm, kind, change), members in found.items():
        columns = [known[key] for _, key in members if key in known]
        whole = tuple(columns) if len(columns) == len(members) else ()
        at = tuple(dimension for dimension, _ in members)
        groups.append(Group(arm, kind, change, tuple(names[d] for d in at), at, whole))
    hands = {name.removesuffix(GRIPPER): d for d, name in enumerate(names) if is_gripper(name)}
    grippers = [_gripper(d, arm, tuple(hands), names, states) for arm, d in hands.items()]
    return ActionLayout(tuple(names), tuple(states), tuple(groups), tuple(grippers), _measured(states))


def _undone(name: str) -> str:
    """Return the name of what a dimension changes: "left_dx" is of "left_x"; any other name is its own."""
    if not is_change(name):
        return name
    before, line, what = name.rpartition("_")
    return before + line + what[1:]


def _parted(name: str) -> tuple[str, str]:
    found = _NAME.fullmatch(name)
    return (found["arm"] or "", found["rest"]) if found else ("", name)


def _key(name: str) -> tuple[str, Kind, str] | None:
    """Return (arm, kind, which) of a position, an angle or a joint; None for another name."""
    arm, rest = _parted(name)
    if rest in _POSITION:
        return arm, "position", rest
    if rest in _ROTATION:
        return arm, "rotation", rest
    joint = _JOINT.match(rest)
    return (arm, "joints", joint[1]) if joint else None


def _gripper(
    dimension: int, arm: str, arms: Sequence[str], names: Sequence[str], states: Sequence[str]
) -> Gripper:
    """arm: what its name has before "gripper", as the names of its columns begin; arms: those of all grippers."""
    columns = [
        (column, name, _sense(name))
        for column, name in enumerate(states)
        if _FINGERS.search(name) and max(filter(name.startswith, (*arms, *_ARMS, "")), key=len) == arm
    ]
    place = _all_of([f"{arm}{axis}" for axis in _POSITION], states)
    changes = _all_of([f"{arm}d{axis}" for axis in _POSITION], names)
    return Gripper(dimension, names[dimension], tuple(columns), place, changes)


def _all_of(wanted: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of the wanted names, or none where one is missing."""
    return tuple(names.index(name) for name in wanted) if set(wanted) <= set(names) else ()


def _sense(name: str) -> int:
    if "clos" in name:
        return -1
    return 1 if re.search(r"open|width|distance", name) else 0


def _measured(states: Sequence[str]) -> tuple[tuple[Kind, tuple[int, ...]], ...]:
    found: dict[Kind, list[int]] = {"position": [], "rotation": [], "joints": []}
    for column, name in enumerate(states):
        key = _key(name)
        if key:
            found[key[1]].append(column)
        elif _ANGLES.match(_parted(name)[1]):
            found["rotation"].append(column)
    return tuple((kind, tuple(columns)) for kind, columns in found.items() if columns)
