"""Rows of one episode -> what is said at each of its steps.

Rule: where two rows of one field and camera are about one step, the later counts, in the order of the files as they were
given and of the rows in a file: so a second file corrects a first one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

NOTHING = -1
AT = "@"
"""Joins a field and a camera: "box@primary"."""


class Stretches(NamedTuple):
    """K rows of one episode, in the order in which they count: the later over the earlier.

    names:  of each, its field, with its camera where it has one.
    starts, stops: int64 [K], the RLDS steps that it is about, stops not included.
    """

    names: Sequence[str]
    starts: np.ndarray
    stops: np.ndarray


def named(field: str, camera: str) -> str:
    """The name by which a task finds a field: "plan", "box@primary"."""
    return f"{field}{AT}{camera}" if camera else field


def rows_at(said: Stretches, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Name -> int64 [T], which of the rows counts at each step; NOTHING where none does. numbers: [T], rising RLDS steps."""
    first = np.searchsorted(numbers, said.starts).tolist()
    behind = np.searchsorted(numbers, said.stops).tolist()
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(said.names):
        if name not in found:
            found[name] = np.full(len(numbers), NOTHING, np.int64)
        found[name][first[k] : behind[k]] = k
    return found


def texts_at(said: Stretches, values: Sequence[str], numbers: np.ndarray) -> Mapping[str, Sequence[str]]:
    """Name -> T texts, what is said at each step; "" where nothing is. values: of the K rows."""
    padded = [*values, ""]  # NOTHING is the last
    return {name: [padded[k] for k in at.tolist()] for name, at in rows_at(said, numbers).items()}


def overlapping(said: Stretches) -> list[int]:
    """Positions of the rows that are about a step of which an earlier one of the same name says something too."""
    found = []
    places: dict[str, list[int]] = {}
    for k, name in enumerate(said.names):
        places.setdefault(name, []).append(k)
    for rows in places.values():
        at = np.array(rows)
        starts, stops = said.starts[at], said.stops[at]
        order = np.argsort(starts, kind="stable")
        if (starts[order][1:] >= stops[order][:-1]).all():
            continue  # neighbours do not, so no two do
        for i in range(1, len(at)):
            if ((starts[:i] < stops[i]) & (starts[i] < stops[:i])).any():
                found.append(rows[i])
    return sorted(found)
