"""Rows of one episode -> the text at each of its steps.

Rule: if two rows of one field and camera cover one step, the later row counts. Rows are ordered by the files as they were given,
and by their place in a file: so a second file corrects a first one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

NOTHING = -1
AT = "@"
"""Joins a field and a camera: "box@primary"."""


class AnnotatedSpans(NamedTuple):
    """The steps of K rows of one episode; later rows override earlier ones.

    names:  the field of each row, with its camera if it has one.
    starts, stops: int64 [K], the RLDS steps that each row covers, stops not included.
    """

    names: Sequence[str]
    starts: np.ndarray
    stops: np.ndarray


def named(field: str, camera: str) -> str:
    """Return the name by which a task finds a field: "plan", "box@primary"."""
    return f"{field}{AT}{camera}" if camera else field


def rows_at(said: AnnotatedSpans, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Return name -> int64 [T], the row that counts at each step, or NOTHING. numbers: [T], rising RLDS steps."""
    first = np.searchsorted(numbers, said.starts).tolist()
    behind = np.searchsorted(numbers, said.stops).tolist()
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(said.names):
        if name not in found:
            found[name] = np.full(len(numbers), NOTHING, np.int64)
        found[name][first[k] : behind[k]] = k
    return found


def texts_at(said: AnnotatedSpans, values: Sequence[str], numbers: np.ndarray) -> Mapping[str, Sequence[str]]:
    """Return name -> T texts, one per step; "" at a step without a row. values: of the K rows."""
    padded = [*values, ""]  # NOTHING is the index of the last
    return {name: [padded[k] for k in at.tolist()] for name, at in rows_at(said, numbers).items()}


def overlapping(said: AnnotatedSpans) -> list[int]:
    """Return the positions of rows that cover a step which an earlier row of the same name covers too."""
    found = []
    places: dict[str, list[int]] = {}
    for k, name in enumerate(said.names):
        places.setdefault(name, []).append(k)
    for rows in places.values():
        at = np.array(rows)
        starts, stops = said.starts[at], said.stops[at]
        order = np.argsort(starts, kind="stable")
        if (starts[order][1:] >= stops[order][:-1]).all():
            continue  # no two neighbours overlap, so no two rows do
        for i in range(1, len(at)):
            if ((starts[:i] < stops[i]) & (starts[i] < stops[:i])).any():
                found.append(rows[i])
    return sorted(found)
