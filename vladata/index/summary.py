"""Exact statistics of actions and states, in constant memory for a dataset of any length.

Quantiles are computed from all values, not from a sketch or a sample. A float32 is turned into a 32-bit integer of the same
order (ranks.py). One pass counts the upper 16 bits; a second counts the lower 16 bits in the few cells that hold
the wanted ranks. There are 65,536 counters per dimension, and any order of the parts gives exactly the same result. Between two
ranks the value is interpolated linearly in float64, as in numpy.quantile.

Mean and standard deviation (of the population) are float64, joined part by part with the formula of Chan, Golub and
LeVeque (1979), which loses no digits, unlike sums of squares. The last RLDS step is not in an index row.

A third pass counts the steps that move, and the steps beyond the quantiles; the first two passes give the limits. Statistics of
each step of a chunk are found in the same three passes: chunk_summary.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.actions.statistics import COUNTS, MEASURES, Quantile, Statistics, rounding
from vladata.index.chunk_summary import ChunkSummary
from vladata.index.ranks import interpolated, number, order_keys, ranks_of

QUANTILES = (0.01, 0.99)
CELLS = 1 << 16
HISTOGRAM_BINS = 64
Rows = np.ndarray  # [N, D] float32


@dataclass(frozen=True, eq=False)
class Summary:
    """Statistics of a column.

    histograms: counts in HISTOGRAM_BINS equal bins from each dimension's min to its max, [D, HISTOGRAM_BINS].
    steps:      the statistics of each of the H steps of a chunk; () if they are not wanted.
    """

    statistics: Statistics
    histograms: np.ndarray
    steps: tuple[Statistics, ...] = ()


def rows_of(part: pa.Table, column: str, dimensions: int) -> Rows:
    """Return the values of a flattened list column, float32 [N, dimensions]; [0, 0] if the schema declares no dimension."""
    flat = part[column].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    rows: Rows = flat.reshape(len(flat) // max(1, dimensions), dimensions)
    return rows


def summarise(
    read: Callable[[], Iterable[pa.Table]],
    columns: Mapping[str, Sequence[str]],
    quantiles: Sequence[float] = (),
    chunk: int = 1,
) -> dict[str, Summary]:
    """Return a map from column to its statistics, over the parts of `read()`, which must yield the same in three calls.

    columns:   column -> the names of its dimensions.
    quantiles: wanted quantiles in addition to 1% and 99%, rising, each 0..1.
    chunk:     H; if 2 or more, the statistics of "action" at each of the H steps of a chunk are also computed.
    """
    every = (*QUANTILES, *quantiles)
    steps = {c: ChunkSummary(len(n), every, chunk) for c, n in columns.items() if chunk > 1 and c == "action"}

    def one_pass(of: Mapping[str, Any]) -> None:
        for column, rows, at in _blocks(read(), columns, chunk):
            of[column].add(rows)
            if column in steps:
                steps[column].add(rows, at)
        for each in steps.values():
            each.advance()

    one_pass(coarse := {column: _Coarse(len(names)) for column, names in columns.items()})
    one_pass(fine := {column: _Fine(found, every) for column, found in coarse.items()})
    one_pass(counts := {column: _Counts(found) for column, found in fine.items()})
    return {
        column: Summary(
            counts[column].statistics(names),
            fine[column].histograms,
            steps[column].statistics(names) if column in steps else (),
        )
        for column, names in columns.items()
    }


def _blocks(
    parts: Iterable[pa.Table], columns: Mapping[str, Sequence[str]], chunk: int
) -> Iterator[tuple[str, Rows, np.ndarray]]:
    """Yield (column, rows, distance of each row from the start of its episode, at most chunk - 1).

    Small parts are joined, since a count over all cells takes as long for one row as for thousands.
    """
    waiting: dict[str, list[tuple[Rows, np.ndarray]]] = {column: [] for column in columns}
    for part in parts:
        for column, blocks in waiting.items():
            rows = rows_of(part, column, len(columns[column]))
            blocks.append((rows, _positions(part, column, len(rows), chunk)))
            if sum(len(rows) for rows, _ in blocks) >= CELLS:
                yield _together(column, blocks)
                blocks.clear()
    yield from (_together(column, blocks) for column, blocks in waiting.items() if blocks)


def _together(column: str, blocks: Sequence[tuple[Rows, np.ndarray]]) -> tuple[str, Rows, np.ndarray]:
    rows, positions = zip(*blocks, strict=True)
    return column, np.concatenate(rows), np.concatenate(positions)


def _positions(part: pa.Table, column: str, rows: int, chunk: int) -> np.ndarray:
    """Return int64 [N], the distance of each row from the start of its episode; all 0 if there are no chunks."""
    if chunk == 1 or not rows:
        return np.zeros(rows, np.int64)
    lengths = part[column].combine_chunks().value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    counts = lengths // (int(lengths.sum()) // rows)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    positions: np.ndarray = np.minimum(np.arange(rows) - starts, chunk - 1)
    return positions


class _Coarse:
    """The first pass over a column of D dimensions: its moments, and counts [D, CELLS] of the upper 16 bits."""

    def __init__(self, dimensions: int) -> None:
        self.moments = _Moments(dimensions)
        self.counts = np.zeros((dimensions, CELLS), np.int64)

    def add(self, rows: Rows) -> None:
        self.moments.add(rows)
        for counts, keys in zip(self.counts, order_keys(rows).T, strict=True):
            counts += np.bincount(keys >> 16, minlength=CELLS)


class _Fine:
    """The second pass: histograms [D, HISTOGRAM_BINS], and counts of the lower 16 bits in the cells that hold R wanted ranks.

    wanted: these cells, [D, R].
    lower:  the counts in these cells, [D, R, CELLS].
    """

    def __init__(self, coarse: _Coarse, quantiles: Sequence[float]) -> None:
        self.moments, self.upper, self.wanted_quantiles = coarse.moments, coarse.counts, quantiles
        dimensions = len(self.upper)
        count = max(1, self.moments.count)
        self.ranks = np.append(
            ranks_of(count, quantiles), (count - 1) // 2
        )  # the last rank is that of the (lower) median
        cells = [np.searchsorted(counts.cumsum(), self.ranks, side="right") for counts in self.upper]
        self.wanted = np.array(cells, np.int64).reshape(dimensions, len(self.ranks))
        self.lower = np.zeros((*self.wanted.shape, CELLS), np.int64)
        self.histograms = np.zeros((dimensions, HISTOGRAM_BINS), np.int64)

    def add(self, rows: Rows) -> None:
        if not len(rows):
            return
        for d, keys in enumerate(order_keys(rows).T):
            self.histograms[d] += _histogram(rows[:, d], self.moments.low[d], self.moments.high[d])
            for cell in set(self.wanted[d].tolist()):
                inside = np.bincount(keys[(keys >> 16) == cell] & 0xFFFF, minlength=CELLS)
                self.lower[d, self.wanted[d] == cell] += inside

    @cached_property
    def values(self) -> np.ndarray:
        """Return the values at the ranks, float64 [D, R], after all rows were added."""
        return _values_at(self.ranks, self.upper, self.wanted, self.lower)

    @cached_property
    def quantiles(self) -> list[np.ndarray]:
        """Return the wanted quantiles, float64 [D] each."""
        return interpolated(self.values, self.moments.count, self.wanted_quantiles)


class _Counts:
    """The third pass.

    moving:       the number of steps whose value differs from the median by more than rounding, [D].
    below, above: the number of steps below and above each of Q quantiles, [Q, D].
    """

    def __init__(self, fine: _Fine) -> None:
        self.fine, dimensions = fine, len(fine.upper)
        self.moving = np.zeros(dimensions, np.int64)
        self.below, self.above = np.zeros((2, len(fine.wanted_quantiles), dimensions), np.int64)
        if not fine.moments.count:
            return
        self.at = [quantile.astype(np.float32) for quantile in fine.quantiles]
        self.usual = fine.values[:, -1].astype(np.float32)
        self.near = np.array([rounding(value) for value in fine.values[:, -1]], np.float32)

    def add(self, rows: Rows) -> None:
        if len(rows):
            with np.errstate(over="ignore"):  # a difference that is too large for float32 is also a motion
                self.moving += np.count_nonzero(np.abs(rows - self.usual) > self.near, axis=0)
            for q, at in enumerate(self.at):
                self.below[q] += np.count_nonzero(rows < at, axis=0)
                self.above[q] += np.count_nonzero(rows > at, axis=0)

    def statistics(self, names: Sequence[str]) -> Statistics:
        """Return the statistics from all three passes."""
        fine, moments = self.fine, self.fine.moments
        if moments.count == 0:
            listed = {name: [0] * len(names) for name in (*MEASURES, *COUNTS)}
            return Statistics.from_json({"names": names, "count": 0, **listed})
        spread = np.sqrt(moments.squares / moments.count)
        measures = (moments.mean, spread, moments.low, moments.high, *fine.quantiles[:2])
        counted = (*measures, self.moving, self.below[0] + self.above[1])
        listed = {name: m.tolist() for name, m in zip((*MEASURES, *COUNTS), counted, strict=True)}
        found = Statistics.from_json({"names": names, "count": moments.count, **listed})
        columns = (fine.wanted_quantiles, fine.quantiles, self.below, self.above)
        others = list(zip(*columns, strict=True))[len(QUANTILES) :]
        made = (Quantile(q, *(tuple(each.tolist()) for each in rest)) for q, *rest in others)
        return replace(found, quantiles=tuple(made))


def outside(rows: Rows, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the number of rows below `low` or above `high`, int64 [D]. low, high: float32 [D]."""
    counts: np.ndarray = np.count_nonzero((rows < low) | (rows > high), axis=0)
    return counts


class _Moments:
    """The count of rows; and mean, sum of squared differences from the mean, least and greatest value, each float64 [D]."""

    def __init__(self, dimensions: int) -> None:
        self.count = 0
        self.mean, self.squares = np.zeros(dimensions), np.zeros(dimensions)
        self.low, self.high = np.full(dimensions, np.inf), np.full(dimensions, -np.inf)

    def add(self, rows: Rows) -> None:
        if not len(rows):
            return
        values = rows.astype(np.float64)
        mean, total = values.mean(axis=0), self.count + len(rows)
        shift = mean - self.mean
        self.squares += np.square(values - mean).sum(axis=0) + shift**2 * (self.count * len(rows) / total)
        self.mean += shift * (len(rows) / total)
        self.count = total
        self.low, self.high = (
            np.minimum(self.low, values.min(axis=0)),
            np.maximum(self.high, values.max(axis=0)),
        )


def _values_at(ranks: np.ndarray, upper: np.ndarray, wanted: np.ndarray, lower: np.ndarray) -> np.ndarray:
    values = np.zeros(wanted.shape)
    for d in range(len(wanted)):
        before = np.concatenate([[0], upper[d].cumsum()])
        for r, cell in enumerate(wanted[d]):
            low = int(np.searchsorted(lower[d, r].cumsum(), ranks[r] - before[cell], side="right"))
            values[d, r] = number(int(cell) << 16 | low)
    return values


def _histogram(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return counts in equal bins from `low` to `high`, int64 [HISTOGRAM_BINS]; if low equals high, all in the middle bin."""
    if high <= low:  # bins around one value cannot be computed: in float64, 1e18 + 0.5 is 1e18
        counts = np.zeros(HISTOGRAM_BINS, np.int64)
        counts[HISTOGRAM_BINS // 2] = len(values)
        return counts
    return np.histogram(values.astype(np.float64), HISTOGRAM_BINS, (low, high))[0]
