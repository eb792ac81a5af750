"""Exact statistics of actions and states, in constant memory, however long the dataset.

Quantiles come from the values themselves, not from a sketch or a sample. A float32 is read as a 32-bit integer whose
order is that of the numbers; one pass counts the upper 16 bits, a second the lower 16 bits inside the few cells that hold
the wanted ranks. 65,536 counters a dimension, any order of the parts, the same result to the bit. Between two ranks the
value is interpolated linearly in float64, as numpy.quantile does.

Mean and standard deviation (of the population) are float64, joined part by part with the formula of Chan, Golub and
LeVeque (1979), which does not lose digits as sum and sum of squares do. The last RLDS step is in no index row.

A third pass counts what the first two only tell the limits of: the steps that move, and those beyond the quantiles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from vladata.actions.statistics import COUNTS, MEASURES, Statistics, rounding

QUANTILES = (0.01, 0.99)
CELLS = 1 << 16
HISTOGRAM_BINS = 64
Rows = np.ndarray  # [N, D] float32


@dataclass(frozen=True, eq=False)
class Summary:
    """Statistics of a column, and counts [D, 64] of HISTOGRAM_BINS equal bins from each dimension's min to its max."""

    statistics: Statistics
    histograms: np.ndarray


def rows_of(part: pa.Table, column: str, dimensions: int) -> Rows:
    """The values of a flattened list column, float32 [N, dimensions]; [0, 0] where the schema declares no dimension."""
    flat = part[column].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    rows: Rows = flat.reshape(len(flat) // max(1, dimensions), dimensions)
    return rows


def summarise(
    read: Callable[[], Iterable[pa.Table]], columns: Mapping[str, Sequence[str]]
) -> dict[str, Summary]:
    """Statistics of columns over the parts that `read()` yields; it is called three times and must yield the same.

    columns: column -> the names of its dimensions.
    """
    coarse = {column: _Coarse(len(names)) for column, names in columns.items()}
    for column, rows in _blocks(read(), columns):
        coarse[column].add(rows)
    fine = {column: _Fine(found) for column, found in coarse.items()}
    for column, rows in _blocks(read(), columns):
        fine[column].add(rows)
    counts = {column: _Counts(found) for column, found in fine.items()}
    for column, rows in _blocks(read(), columns):
        counts[column].add(rows)
    return {column: fine[column].summary(names, counts[column]) for column, names in columns.items()}


def _blocks(parts: Iterable[pa.Table], columns: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Rows]]:
    """The rows of each column, small parts joined: a count over all cells costs as much for one row as for thousands."""
    waiting: dict[str, list[Rows]] = {column: [] for column in columns}
    for part in parts:
        for column, rows in waiting.items():
            rows.append(rows_of(part, column, len(columns[column])))
            if sum(map(len, rows)) >= CELLS:
                yield column, np.concatenate(rows)
                rows.clear()
    yield from ((column, np.concatenate(rows)) for column, rows in waiting.items() if rows)


class _Coarse:
    """The first pass over a column of D dimensions: its moments, and counts [D, CELLS] of the upper 16 bits."""

    def __init__(self, dimensions: int) -> None:
        self.moments = _Moments(dimensions)
        self.counts = np.zeros((dimensions, CELLS), np.int64)

    def add(self, rows: Rows) -> None:
        self.moments.add(rows)
        for counts, keys in zip(self.counts, _order_keys(rows).T, strict=True):
            counts += np.bincount(keys >> 16, minlength=CELLS)


class _Fine:
    """The second pass: histograms [D, HISTOGRAM_BINS], and the lower 16 bits within the cells that hold the R ranks.

    wanted: [D, R], those cells.   lower: [D, R, CELLS], counts within them.
    """

    def __init__(self, coarse: _Coarse) -> None:
        self.moments, self.upper = coarse.moments, coarse.counts
        dimensions = len(self.upper)
        self.ranks = _ranks(max(1, self.moments.count))
        cells = [np.searchsorted(counts.cumsum(), self.ranks, side="right") for counts in self.upper]
        self.wanted = np.array(cells, np.int64).reshape(dimensions, len(self.ranks))
        self.lower = np.zeros((*self.wanted.shape, CELLS), np.int64)
        self.histograms = np.zeros((dimensions, HISTOGRAM_BINS), np.int64)

    def add(self, rows: Rows) -> None:
        if not len(rows):
            return
        for d, keys in enumerate(_order_keys(rows).T):
            self.histograms[d] += _histogram(rows[:, d], self.moments.low[d], self.moments.high[d])
            for cell in set(self.wanted[d].tolist()):
                inside = np.bincount(keys[(keys >> 16) == cell] & 0xFFFF, minlength=CELLS)
                self.lower[d, self.wanted[d] == cell] += inside

    @cached_property
    def values(self) -> np.ndarray:
        """float64 [D, R], the values at the ranks, once all rows were added."""
        return _values_at(self.ranks, self.upper, self.wanted, self.lower)

    @property
    def quantiles(self) -> list[np.ndarray]:
        """float64 [D] for each of QUANTILES."""
        return _interpolated(self.values, self.moments.count)

    def summary(self, names: Sequence[str], counts: "_Counts") -> Summary:
        found, count = self.moments, self.moments.count
        if count == 0:
            listed = {name: [0] * len(names) for name in (*MEASURES, *COUNTS)}
        else:
            spread = np.sqrt(found.squares / count)
            measures = (found.mean, spread, found.low, found.high, *self.quantiles)
            counted = (*measures, counts.moving, counts.beyond)
            listed = {name: m.tolist() for name, m in zip((*MEASURES, *COUNTS), counted, strict=True)}
        statistics = Statistics.from_json({"names": names, "count": count, **listed})
        return Summary(statistics, self.histograms)


class _Counts:
    """The third pass: the steps whose value is not the median but for rounding, and those beyond the quantiles, [D]."""

    def __init__(self, fine: _Fine) -> None:
        dimensions = len(fine.upper)
        self.moving, self.beyond = np.zeros(dimensions, np.int64), np.zeros(dimensions, np.int64)
        if not fine.moments.count:
            return
        self.low, self.high = (quantile.astype(np.float32) for quantile in fine.quantiles)
        self.usual = fine.values[:, -1].astype(np.float32)
        self.near = np.array([rounding(value) for value in fine.values[:, -1]], np.float32)

    def add(self, rows: Rows) -> None:
        if len(rows):
            self.moving += np.count_nonzero(np.abs(rows - self.usual) > self.near, axis=0)
            self.beyond += outside(rows, self.low, self.high)


def outside(rows: Rows, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """int64 [D]: how many of the rows lie below `low` or above `high`, float32 [D]."""
    counts: np.ndarray = np.count_nonzero((rows < low) | (rows > high), axis=0)
    return counts


class _Moments:
    """Count, mean, sum of squared differences from the mean, smallest and largest, each [D] float64."""

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


def _order_keys(rows: Rows) -> np.ndarray:
    """uint32 of the same shape whose integer order is the order of the numbers: the sign bit is flipped for positive
    numbers, every bit for negative ones."""
    bits = (rows + np.float32(0)).view(np.uint32)  # + 0 makes -0.0 and 0.0 one value
    return bits ^ np.where(bits >> 31, np.uint32(0xFFFFFFFF), np.uint32(0x80000000))


def _number(key: int) -> float:
    bits = np.uint32(key ^ (0x80000000 if key >> 31 else 0xFFFFFFFF))
    return float(bits.view(np.float32))


def _ranks(count: int) -> np.ndarray:
    """The ranks below and above each quantile, and the (lower) median's, [2 * quantiles + 1]."""
    below = [int(np.floor(q * (count - 1))) for q in QUANTILES]
    return np.array([*(rank for b in below for rank in (b, min(b + 1, count - 1))), (count - 1) // 2])


def _values_at(ranks: np.ndarray, upper: np.ndarray, wanted: np.ndarray, lower: np.ndarray) -> np.ndarray:
    values = np.zeros(wanted.shape)
    for d in range(len(wanted)):
        before = np.concatenate([[0], upper[d].cumsum()])
        for r, cell in enumerate(wanted[d]):
            low = int(np.searchsorted(lower[d, r].cumsum(), ranks[r] - before[cell], side="right"))
            values[d, r] = _number(int(cell) << 16 | low)
    return values


def _interpolated(values: np.ndarray, count: int) -> list[np.ndarray]:
    result = []
    for i, q in enumerate(QUANTILES):
        share = q * (count - 1) % 1
        result.append(values[:, 2 * i] + share * (values[:, 2 * i + 1] - values[:, 2 * i]))
    return result


def _histogram(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """int64 [HISTOGRAM_BINS]: counts in equal bins from `low` to `high`; of one value that never changes, all in the middle."""
    if high <= low:  # no bin around one value is wide enough for all values: beside 1e18 float64 knows no 0.5
        counts = np.zeros(HISTOGRAM_BINS, np.int64)
        counts[HISTOGRAM_BINS // 2] = len(values)
        return counts
    return np.histogram(values.astype(np.float64), HISTOGRAM_BINS, (low, high))[0]
