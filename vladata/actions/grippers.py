"""Grippers: the dimensions of an action that are grippers, and the meaning of their numbers.

    open_absolute      1 open, 0 closed
    closing_relative   +1 closing, -1 opening, 0 stay

Grippers are given as a map from dimension to convention, {"left_gripper": "open_absolute", ...}; empty if there is no gripper.
One word may stand for the map: a convention for {"gripper": convention}, "none" for {}.
"""

from collections.abc import Mapping, Sequence

from vladata.errors import CodecError, UsageError, nearest

GRIPPER = "gripper"
NONE = "none"
OPEN_ABSOLUTE = "open_absolute"
CONVENTIONS: Mapping[str, tuple[float, float]] = {
    OPEN_ABSOLUTE: (0.0, 1.0),
    "closing_relative": (-1.0, 1.0),
}
"""Gripper convention -> its low and high bound."""


def known_grippers(given: object, names: Sequence[str]) -> dict[str, str]:
    """Return the map `given`, or the map for which the word `given` stands, in the order of `names` (the dimensions).

    Raises UsageError for an unknown convention, CodecError for a gripper that is not a dimension.
    """
    words = [*CONVENTIONS, NONE] if isinstance(given, str) else [*CONVENTIONS]
    if isinstance(given, str):
        given = {} if given == NONE else {GRIPPER: given}
    if not isinstance(given, Mapping):
        allowed = f"{', '.join(CONVENTIONS)}, {NONE}, or a map from gripper to one of the first two"
        raise UsageError("the grippers must be a word or a map", got=given, allowed=allowed)
    for name, convention in given.items():
        if not isinstance(convention, str) or convention not in CONVENTIONS:
            hint = nearest(str(convention), words)
            raise UsageError(f'unknown gripper convention "{convention}"', hint=hint)
        if name not in names:
            what = f'the gripper convention is {convention}, but no dimension is called "{name}"'
            hint = f'Use the convention "{NONE}" if there is no gripper.'
            raise CodecError(what, got=" ".join(names), hint=hint)
    return {name: given[name] for name in names if name in given}
