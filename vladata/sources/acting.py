"""The fields of a dataset that are the action, guessed by name and width, as a chain of a draft.

Tried in this order: RT-1's three parts; one field "action"; a change of position, a change of orientation and a gripper, found by
their names among several forms of one action (as in LeRobot datasets); otherwise all parts of an action, one after another.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vladata.actions.bounds import NAMES
from vladata.actions.grippers import GRIPPER
from vladata.sources.features import Leaf
from vladata.sources.two_arms import has_joints, two_arms
from vladata.spec.dimensions import is_gripper

RT1 = {"action/world_vector": 3, "action/rotation_delta": 3, "action/gripper_closedness_action": 1}
ENDS = re.compile(r"(^|[_/.])(terminate|terminal|dones?|is_last|is_first)($|_)")
PARTS = ("action/", "actions/", "action_dict/", "action.", "actions.")
WHOLE = ("action", "actions")
_CHANGE = re.compile(r"delta|vel")
_POSITION = re.compile(r"pos|xyz|trans|world_vector")
_TURN = re.compile(r"euler|rpy|rot")
_GRIPPER = re.compile(r"gripper|hand_open|hand_close")
_CLOSES = re.compile(r"clos")
_LABEL = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Acting:
    """The parts of an action, in order. deltas: True if they were found as position, orientation and gripper."""

    parts: tuple[str, ...]
    deltas: bool = False


def action_of(widths: Mapping[str, int]) -> Acting | None:
    """Return the fields of the action; None if no field looks like one. widths: field -> its number of columns."""
    if all(widths.get(name) == width for name, width in RT1.items()):
        return Acting(tuple(RT1))
    if whole := next((name for name in WHOLE if name in widths), None):
        return Acting((whole,))
    within = [n for n in widths if n.startswith(PARTS) and not ENDS.search(n)]
    found = [
        _one(within, widths, 3, _CHANGE, _POSITION),
        _one(within, widths, 3, _CHANGE, _TURN),
        _one(within, widths, 1, _GRIPPER),
    ]
    if len(within) > 3 and all(found):
        return Acting(tuple(name for name in found if name), deltas=True)
    return Acting(tuple(within)) if within else None


def chain_of(
    acting: Acting, widths: Mapping[str, int], known: Mapping[str, Leaf], quoted: Callable[[str], str]
) -> Iterator[str]:
    """Yield the lines of a chain that joins the parts, with each guess marked. quoted: spells a name as YAML."""
    parts = acting.parts
    if parts == tuple(RT1):
        yield "      gripper: open_absolute"
        yield f"      names: [{', '.join(NAMES)}]"
        yield "      operations:"
        yield '        - {op: rel2abs_gripper, in: "action/gripper_closedness_action[0]", out: $gripper}  # guess: +1 closes'
        yield "        - {op: concat, of: [action/world_vector, action/rotation_delta, $gripper]}"
        return
    width = sum(widths[name] for name in parts)
    arms = two_arms(width, known) if len(parts) == 1 else ()
    named = labels(known[parts[0]].names) if len(parts) == 1 else ()
    if acting.deltas or (width == len(NAMES) and not named):
        yield "      gripper: open_absolute  # guess: 1 open, 0 closed"
        yield f"      names: [{', '.join(NAMES)}]  # guess"
    elif arms:
        yield f"      gripper: {_grippers(arms)}  # guess: 1 open, 0 closed"
        yield f"      names: [{', '.join(arms)}]  # guess: two arms, the left one first"
    elif named:
        yield f"      gripper: {_grippers(named)}" + (
            "  # guess: 1 open, 0 closed" if any(map(is_gripper, named)) else ""
        )
        yield f"      names: [{', '.join(named)}]  # as the data names them"
    else:
        yield "      gripper: none  # guess: where a column is a gripper, name it gripper and give its convention here"
        yield f"      names: [{', '.join(f'action_{i}' for i in range(width))}]"
    what = "joint angles to be reached, in radians" if has_joints(arms) else "deltas, in metres and radians"
    yield f"      operations:  # guess: as they are recorded, {what}"
    spelled = [quoted(name) for name in parts]
    if acting.deltas and _CLOSES.search(parts[-1].rpartition(".")[2]):
        yield f"        - {{op: invert_gripper, in: {spelled[-1]}, out: $gripper}}  # guess: by its name 1 is closed"
        spelled[-1] = "$gripper"
    yield f"        - {{op: concat, of: [{', '.join(spelled)}]}}"


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of dimensions as a schema spells them: small letters, digits and _; () if one has no letter at its beginning
    or two become equal."""
    made = tuple(_LABEL.sub("_", name.lower()).strip("_") for name in names)
    sound = all(name and name[0].isalpha() for name in made) and len(set(made)) == len(made)
    return made if sound else ()


def _one(names: Sequence[str], widths: Mapping[str, int], width: int, *says: re.Pattern[str]) -> str | None:
    """Return the shortest of the names with `width` columns that match all patterns; None if there is none."""
    found = [n for n in names if widths[n] == width and all(each.search(n.lower()) for each in says)]
    return min(found, key=lambda name: (len(name), name), default=None)


def _grippers(names: Sequence[str]) -> str:
    grippers = [name for name in names if is_gripper(name)]
    if not grippers:
        return "none"
    return (
        "open_absolute"
        if grippers == [GRIPPER]
        else f"{{{', '.join(f'{name}: open_absolute' for name in grippers)}}}"
    )
