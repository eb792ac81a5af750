"""How many steps an episode has: the length of its actions; where none are called so, that which most datasets share.

Rule: lengths that differ are told, and never cut to fit.
"""

from collections import Counter
from collections.abc import Mapping

from vladata.errors import MalformedExample

_ACTIONS = ("actions", "action")
_SHOWN = 6

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of an episode's datasets by path."""


def steps_of(shapes: Shapes, where: str) -> int:
    """The number of steps. MalformedExample where no length stands out."""
    lengths = {path: shape[0] for path, shape in shapes.items() if shape}
    if not lengths:
        hint = "Each value of a step is a dataset whose first axis is the steps: docs/hdf5.md."
        raise MalformedExample("the group has no dataset with one value a step", where=where, hint=hint)
    for name in _ACTIONS:
        if name in lengths:
            return lengths[name]
    for name in _ACTIONS:
        of_parts = {length for path, length in lengths.items() if path.startswith(f"{name}/")}
        if len(of_parts) == 1:
            return of_parts.pop()
    (length, count), *_ = Counter(lengths.values()).most_common(1)
    if 2 * count > len(lengths):
        return length
    got = ", ".join(f"{path} {length:,}" for path, length in list(lengths.items())[:_SHOWN])
    what = "the lengths of its datasets disagree, and none of them is called actions"
    raise MalformedExample(what, where=where, got=got)


def disagreement(path: str, length: int, steps: int) -> str:
    """What is said of a dataset that has another length than the steps."""
    return f"{path} has {length:,} values, the episode {steps:,} steps"
