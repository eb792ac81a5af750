"""The episodes that a LeRobot dataset's metadata lists: how long they are, what they are about, and where they lie.

    v2   meta/episodes.jsonl, a line an episode; meta/tasks.jsonl
    v3   meta/episodes/chunk-000/file-000.parquet, a row an episode; meta/tasks.parquet

Kept as arrays, since there are datasets of a million episodes: some 100 bytes an episode. lines.py and tables.py read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import SourceError

OWN = "episode_metadata/"
"""In front of what is said of an episode, as RLDS has it."""
KNOWN = ("episode_index", "length", "tasks")
FETCH = "The metadata is damaged or cut: fetch it again from where the dataset came from."


@dataclass(frozen=True, eq=False)
class Videos:
    """Where the frames of one feature lie (v3): numbers of chunk and file, int64 [E], and from which to which second they are
    there, float64 [E]."""

    chunk: np.ndarray
    file: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    @cached_property
    def overlaps(self) -> np.ndarray:
        """bool [E]: whether an episode shares some of its time in a file with another."""
        order = np.lexsort((self.start, self.file, self.chunk))
        same = (np.diff(self.chunk[order]) == 0) & (np.diff(self.file[order]) == 0)
        # Times are sums of many floats: a thousandth of a second is no frame.
        shared = same & (self.start[order][1:] < self.stop[order][:-1] - 1e-3)
        found = np.zeros(len(order), bool)
        found[order[1:][shared]] = found[order[:-1][shared]] = True
        return found


@dataclass(frozen=True, eq=False)
class Catalogue:
    """E episodes, by their number.

    number:  int64 [E], rising: episode_index.
    length:  int64 [E], steps.
    chunk, file: int64 [E], numbers of the data file (v3).
    videos:  by feature (v3).
    tasks:   number of a task -> its text.
    beside:  what else is said of each: name -> E values, all texts, whole numbers, numbers or bools.
    digest:  of all of it.
    where:   the file that lists them, for errors.
    """

    number: np.ndarray
    length: np.ndarray
    chunk: np.ndarray
    file: np.ndarray
    videos: Mapping[str, Videos]
    tasks: Mapping[int, str]
    beside: Mapping[str, pa.Array]
    digest: str
    where: str
    at: Mapping[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", {number: i for i, number in enumerate(self.number.tolist())})

    def __len__(self) -> int:
        return len(self.number)


def in_order(
    number: Any, length: Any, chunk: Any, file: Any, videos: Mapping[str, Videos], tasks: Mapping[int, str],
    beside: Mapping[str, pa.Array], digest: str, where: str,
) -> Catalogue:  # fmt: skip
    """The catalogue in the order of the episodes' numbers, each of which must be there once."""
    number, length = np.asarray(number, np.int64), np.asarray(length, np.int64)
    order = np.argsort(number, kind="stable")
    number = number[order]
    twice = number[1:][number[1:] == number[:-1]]
    if len(twice):
        raise SourceError("an episode is listed twice", where=where, got=int(twice[0]), hint=FETCH)
    if len(number) and (number[0] < 0 or length.min() < 0):
        raise SourceError("an episode has a negative number or length", where=where, hint=FETCH)
    moved = {
        key: Videos(each.chunk[order], each.file[order], each.start[order], each.stop[order])
        for key, each in videos.items()
    }
    taken = {name: column.take(pa.array(order)) for name, column in beside.items()}
    return Catalogue(
        number,
        length[order],
        np.asarray(chunk)[order],
        np.asarray(file)[order],
        moved,
        tasks,
        taken,
        digest,
        where,
    )
