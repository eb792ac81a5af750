"""The numbers of one episode as arrays, from a part of the index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.index.rows import RAW

COLUMNS = ("episode", "split", "steps", "instructions", "left_out", "numbers", "action", "state")


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The numbers of one episode: N steps become samples, of T that RLDS has.

    id, split:    as in the index.
    steps:        T.
    numbers:      int32 [N], their RLDS step numbers, rising.
    action:       float32 [N, D], standardised.
    state:        float32 [N, S], before the action of the step.
    raw:          path -> [T, W] in the dtype of the data; a path whose values are not all there is left out.
    instructions: the distinct ones that are text.
    left_out:     what cannot become a sample: {step, outcome, reason, says}.
    """

    id: str
    split: str
    steps: int
    numbers: np.ndarray
    action: np.ndarray
    state: np.ndarray
    raw: Mapping[str, np.ndarray] = field(default_factory=dict)
    instructions: tuple[str, ...] = ()
    left_out: tuple[Mapping[str, Any], ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)


def tracks_of(part: pa.Table, dimensions: int, states: int, raw: Sequence[str] = ()) -> Iterator[Track]:
    """Return the episodes of a part with COLUMNS and the raw columns of these paths, in order."""
    lists = {name: _Lists(part[name]) for name in ("numbers", "action", "state")}
    recorded = {path: _Lists(part[RAW + path]) for path in raw}
    small = {
        name: part[name].to_pylist() for name in ("episode", "split", "steps", "instructions", "left_out")
    }
    for row in range(len(part)):
        steps, numbers = small["steps"][row], lists["numbers"][row]
        yield Track(
            small["episode"][row],
            small["split"][row],
            steps,
            numbers,
            lists["action"][row].reshape(len(numbers), dimensions),
            lists["state"][row].reshape(len(numbers), states),
            {path: _rows(values[row], steps) for path, values in recorded.items() if len(values[row])},
            tuple(small["instructions"][row] or ()),
            tuple(small["left_out"][row] or ()),
        )


def pieces(track: Track) -> Iterator[slice]:
    """Return the stretches of a track in which no step is missing, of two steps and more: the step number always rises by the
    same, which is the smallest rise of the track (a stride)."""
    rises = np.diff(track.numbers)
    if not len(rises):
        return
    edges = [0, *(np.flatnonzero(rises > rises.min()) + 1).tolist(), len(track)]
    yield from (slice(a, b) for a, b in pairwise(edges) if b - a > 1)


def _rows(values: np.ndarray, steps: int) -> np.ndarray:
    return values.reshape(steps, -1)


class _Lists:
    """A list column, row by row, without a copy."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        joined = column.combine_chunks()
        if isinstance(joined, pa.ChunkedArray):  # no chunk, or several that Arrow did not join
            joined = pa.concat_arrays(joined.chunks) if joined.num_chunks else pa.array([], joined.type)
        self.offsets = joined.offsets.to_numpy()
        self.values = joined.values.to_numpy(zero_copy_only=False)

    def __getitem__(self, row: int) -> np.ndarray:
        found: np.ndarray = self.values[self.offsets[row] : self.offsets[row + 1]]
        return found
