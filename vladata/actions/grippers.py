"""Grippers: which dimensions of an action are grippers, and what the numbers of each mean.

    open_absolute      1 open, 0 closed
    closing_relative   +1 closing, -1 opening, 0 stay

A map from the dimension to its convention, {"left_gripper": "open_absolute", ...}; empty where there is none. One word is
short for it: a convention for {"gripper": convention}, "none" for {}.
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
"""Gripper convention -> its low and high."""


def known_grippers(given: object, names: Sequence[str]) -> dict[str, str]:
    """The map that was given, or that a word is short for, in the order of the dimensions.

    UsageError for a convention that there is not, CodecError for a gripper that is no dimension.
    """
    words = [*CONVENTIONS, NONE] if isinstance(given, str) else [*CONVENTIONS]
    if isinstance(given, str):
        given = {} if given == NONE else {GRIPPER: given}
    if not isinstance(given, Mapping):
        allowed = f"{', '.join(CONVENTIONS)}, {NONE}, or a map from gripper to one of the first two"
        raise UsageError("the grippers are neither a word nor a map", got=given, allowed=allowed)
    for name, convention in given.items():
        if not isinstance(convention, str) or convention not in CONVENTIONS:
            hint = nearest(str(convention), words)
            raise UsageError(f'there is no gripper convention "{convention}"', hint=hint)
        if name not in names:
            what = f'the gripper convention is {convention}, and no dimension is called "{name}"'
            hint = f'Use the convention "{NONE}" where there is none.'
            raise CodecError(what, got=" ".join(names), hint=hint)
    return {name: given[name] for name in names if name in given}
