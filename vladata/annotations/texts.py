"""Rows of one episode -> the text at each of its steps.

If two rows of one field and camera cover the same step, the later row counts. Rows are ordered by the order in which the files
were given, and by their place in a file, so that a second file corrects the first.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

NOTHING = -1
AT = "@"
"""The character between a field and a camera: "box@primary"."""


class AnnotatedSpans(NamedTuple):
    """The steps of K rows of one episode; later rows override earlier ones.

    names:  the field of each row, with its camera if it has one: "plan", "box@primary".
    starts, stops: the RLDS steps that each row covers, int64 [K], stops not included.
    """

    names: Sequence[str]
    starts: np.ndarray
    stops: np.ndarray


def named(field: str, camera: str) -> str:
    """Return the name of a field for tasks: "plan", "box@primary"."""
    return f"{field}{AT}{camera}" if camera else field


def rows_at(said: AnnotatedSpans, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Return a map from name to int64 [T], the row that counts at each step, or NOTHING. numbers: RLDS steps, [T], rising."""
    first = np.searchsorted(numbers, said.starts).tolist()
    behind = np.searchsorted(numbers, said.stops).tolist()
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(said.names):
        if name not in found:
            found[name] = np.full(len(numbers), NOTHING, np.int64)
        found[name][first[k] : behind[k]] = k
    return found


def texts_at(said: AnnotatedSpans, values: Sequence[str], numbers: np.ndarray) -> Mapping[str, Sequence[str]]:
    """Return a map from name to T texts, one per step; "" at a step without a row. values: the texts of the K rows."""
    padded = [*values, ""]  # NOTHING is the index of the last, ""
    return {name: [padded[k] for k in at.tolist()] for name, at in rows_at(said, numbers).items()}


def overlapping(said: AnnotatedSpans) -> list[int]:
    """Return the positions of rows that cover a step of an earlier row with the same name."""
    found = []
    places: dict[str, list[int]] = {}
    for k, name in enumerate(said.names):
        places.setdefault(name, []).append(k)
    for rows in places.values():
        at = np.array(rows)
        starts, stops = said.starts[at], said.stops[at]
        order = np.argsort(starts, kind="stable")
        if (starts[order][1:] >= stops[order][:-1]).all():
            continue  # if no neighbours overlap, no rows do
        for i in range(1, len(at)):
            if ((starts[:i] < stops[i]) & (starts[i] < stops[:i])).any():
                found.append(rows[i])
    return sorted(found)
