"""The number of steps of an episode: the length of its actions; without actions, the length of more than half of its datasets.

Datasets with other lengths are reported, and never cut to fit.
"""

from collections import Counter
from collections.abc import Mapping

from vladata.errors import MalformedExample

_ACTIONS = ("actions", "action")
_SHOWN = 6

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of an episode's datasets by path."""


def steps_of(shapes: Shapes, where: str) -> int:
    """Return the number of steps. Raises MalformedExample if no length is that of more than half of the datasets."""
    lengths = {path: shape[0] for path, shape in shapes.items() if shape}
    if not lengths:
        hint = "A column is a dataset whose first axis is the steps: docs/hdf5.md."
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
    what = "the lengths of its datasets differ, and none of them is called actions"
    raise MalformedExample(what, where=where, got=got)


def disagreement(path: str, length: int, steps: int) -> str:
    """Return the message for a dataset whose length is not the number of steps."""
    return f"{path} has {length:,} values, the episode {steps:,} steps"
