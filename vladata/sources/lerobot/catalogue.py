"""The episodes that a LeRobot dataset's metadata lists: their lengths, their tasks, and their places in files.

    v2   meta/episodes.jsonl, one line per episode; meta/tasks.jsonl
    v3   meta/episodes/chunk-000/file-000.parquet, one row per episode; meta/tasks.parquet

The catalogue is kept as arrays, about 100 bytes per episode, since there are datasets of a million episodes. lines.py and
tables.py read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import SourceError

OWN = "episode_metadata/"
"""The prefix of the names of an episode's values, as in RLDS."""
KNOWN = ("episode_index", "length", "tasks")
FETCH = "The metadata is damaged or cut: fetch it again from where the dataset came from."


@dataclass(frozen=True, eq=False)
class Videos:
    """The places of the frames of one feature (v3), for E episodes.

    chunk, file: the numbers of the video file, int64 [E].
    start, stop: the times in this file, seconds, float64 [E].
    """

    chunk: np.ndarray
    file: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    @cached_property
    def overlaps(self) -> np.ndarray:
        """True for each episode that overlaps in time with another episode of the same file, bool [E]."""
        order = np.lexsort((self.start, self.file, self.chunk))
        start, stop = self.start[order], self.stop[order]
        changes = (np.diff(self.chunk[order]) != 0) | (np.diff(self.file[order]) != 0)
        found = np.zeros(len(order), bool)
        if not len(changes):
            return found
        # The latest stop so far in the same file. Times of each file are moved after those of the file before, so that one
        # pass finds it.
        moved = np.concatenate([[0], np.cumsum(changes)]) * (stop.max() - min(0.0, stop.min()) + 1)
        latest = np.maximum.accumulate(stop + moved) - moved
        # Times are sums of many floats, so they are compared with a tolerance of a thousandth of a second, less than a frame.
        shared = ~changes & (start[1:] < latest[:-1] - 1e-3)
        found[order[1:][shared]] = found[order[:-1][shared]] = True
        return found


@dataclass(frozen=True, eq=False)
class Catalogue:
    """E episodes, in the order of their numbers.

    number:  episode_index, int64 [E], rising.
    length:  the number of steps, int64 [E].
    chunk, file: the numbers of the data file, int64 [E] (v3).
    videos:  feature -> the places of its frames (v3).
    tasks:   number of a task -> its text.
    beside:  name -> further values of each episode: E texts, whole numbers, numbers or bools.
    digest:  the digest of the values above.
    where:   the file that lists the episodes, for errors.
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
    """Return the catalogue in the order of the episodes' numbers. Raises SourceError if a number appears twice."""
    number, length = np.asarray(number, np.int64), np.asarray(length, np.int64)
    order = np.argsort(number, kind="stable")
    number = number[order]
    twice = number[1:][number[1:] == number[:-1]]
    if len(twice):
        raise SourceError("the metadata lists an episode twice", where=where, got=int(twice[0]), hint=FETCH)
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


def add_task(tasks: dict[int, str], number: int, text: str, where: str) -> None:
    """Put a task into `tasks`. Raises SourceError if its number already has another text."""
    if tasks.setdefault(number, text) != text:
        what = f"the metadata lists task {number} twice, with two texts"
        raise SourceError(what, where=where, got=f"{tasks[number]!r} and {text!r}", hint=FETCH)
