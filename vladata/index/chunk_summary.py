"""Exact statistics of actions at each step of a chunk, in three passes and constant memory.

An action is at step h of some chunk if it is at least h steps after the start of its episode: a window begins h steps before it.
Repeated actions after the end of an episode are not counted. So each value is counted once, by its distance from the start (0
to H - 1, and beyond), and the counts of step h are the sums over all distances from h on.

Values at ranks are found digit by digit: 11, 11 and 10 bits of a key in the order of the numbers (ranks.py), one digit in each
pass, within the few prefixes that hold the wanted ranks. Mean and standard deviation are joined as in summary.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vladata.actions.statistics import MEASURES, Quantile, Statistics
from vladata.index.ranks import interpolated, number, order_keys, ranks_of

BITS = (11, 11, 10)


class _Moments(NamedTuple):
    """Moments of the values at each distance, float64: their number [H], mean [H, D], and sum of squared differences from the
    mean [H, D]."""

    values: np.ndarray
    mean: np.ndarray
    squares: np.ndarray


class ChunkSummary:
    """The statistics of D dimensions at H steps: call `add` with every block, `advance` after each of the three passes."""

    def __init__(self, dimensions: int, quantiles: Sequence[float], chunk: int) -> None:
        """quantiles: the first two are q01 and q99 of Statistics."""
        self.quantiles, self.chunk = quantiles, chunk
        zeros = np.zeros((chunk, dimensions))
        self._moments = _Moments(np.zeros(chunk, np.int64), zeros, zeros)
        self._pass, self._left = 0, sum(BITS)
        # For each dimension: prefix -> counts [H, digits], by distance from the start.
        self._counts = [{0: self._none()} for _ in range(dimensions)]
        self._ranks = np.zeros((dimensions, chunk, 0), np.int64)
        self._prefixes = np.zeros((dimensions, chunk, 0), np.int64)

    def _none(self) -> np.ndarray:
        return np.zeros((self.chunk, 1 << BITS[self._pass]), np.int64)

    def add(self, rows: np.ndarray, at: np.ndarray) -> None:
        """Add a block. rows: float32 [N, D]. at: the distance of each from the start of its episode, int64 [N], at most H - 1."""
        if not len(rows):
            return
        if self._pass == 0:
            self._moments = _joined(self._moments, _of_block(rows.astype(np.float64), at, self.chunk))
        bits = BITS[self._pass]
        for counts, column in zip(self._counts, order_keys(rows).T.astype(np.int64), strict=True):
            prefix, digit = column >> self._left, (column >> (self._left - bits)) & ((1 << bits) - 1)
            cells = (at << bits) + digit
            for wanted, found in counts.items():
                inside = cells if self._pass == 0 else cells[prefix == wanted]
                found += np.bincount(inside, minlength=found.size).reshape(found.shape)

    def advance(self) -> None:
        """End a pass: find the next digit of the value at each wanted rank, and add it to the prefix for the next pass."""
        if self._pass == 0:
            self._begin()
        dimensions, _, wanted = self._ranks.shape
        for d in range(dimensions):
            # The counts of step h: all distances from h on.
            sums = {
                prefix: c[::-1].cumsum(axis=0)[::-1].cumsum(axis=1) for prefix, c in self._counts[d].items()
            }
            for h in range(self.chunk):
                for r in range(wanted):
                    upto = sums[int(self._prefixes[d, h, r])][h]
                    digit = min(int(np.searchsorted(upto, self._ranks[d, h, r], side="right")), len(upto) - 1)
                    self._ranks[d, h, r] -= upto[digit - 1] if digit else 0
                    self._prefixes[d, h, r] = (self._prefixes[d, h, r] << BITS[self._pass]) + digit
        self._left -= BITS[self._pass]
        self._pass += 1
        if self._pass < len(BITS):
            self._counts = [{int(p): self._none() for p in np.unique(each)} for each in self._prefixes]

    def _begin(self) -> None:
        """Set the wanted ranks of each step by its number of values: the first, the last, and the two around each quantile."""
        counts = np.maximum(1, self._moments.values[::-1].cumsum()[::-1]).tolist()
        ranks = np.array([[0, count - 1, *ranks_of(count, self.quantiles)] for count in counts], np.int64)
        self._ranks = np.repeat(ranks[None], len(self._counts), axis=0)
        self._prefixes = np.zeros_like(self._ranks)

    def statistics(self, names: Sequence[str]) -> tuple[Statistics, ...]:
        """Return the statistics of each step after three passes; a step that no episode reaches has count 0."""
        found, sums = [], _from_each_on(self._moments)
        for h in range(self.chunk):
            count = int(sums.values[h])
            keys = self._prefixes[:, h]
            values = np.array([[number(key) for key in row] for row in keys.tolist()]).reshape(keys.shape)
            low, high, rest = values[:, 0], values[:, 1], values[:, 2:]
            quantiles = interpolated(rest, count, self.quantiles)
            spread = np.sqrt(sums.squares[h] / max(1, count))
            measures = (sums.mean[h], spread, low, high, *quantiles[:2])
            listed = {
                name: each.tolist() if count else [0] * len(names)
                for name, each in zip(MEASURES, measures, strict=True)
            }
            others = tuple(
                Quantile(q, tuple(each.tolist() if count else [0.0] * len(names)))
                for q, each in list(zip(self.quantiles, quantiles, strict=True))[2:]
            )
            made = Statistics.from_json({"names": names, "count": count, **listed})
            found.append(replace(made, quantiles=others))
        return tuple(found)


def _of_block(values: np.ndarray, at: np.ndarray, chunk: int) -> _Moments:
    count = np.bincount(at, minlength=chunk)
    divisor = np.maximum(1, count)[:, None]

    def summed(of: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(at, column, chunk) for column in of.T], axis=1).reshape(
            chunk, of.shape[1]
        )

    mean = summed(values) / divisor
    return _Moments(count, mean, summed(np.square(values - mean[at])))


def _joined(one: _Moments, other: _Moments) -> _Moments:
    """Return the moments of all values of `one` and `other`, by the formula of Chan, Golub and LeVeque (1979)."""
    total = one.values + other.values
    share = (other.values / np.maximum(1, total))[..., None]
    shift = other.mean - one.mean
    squares = one.squares + other.squares + shift**2 * (one.values[..., None] * share)
    return _Moments(total, one.mean + shift * share, squares)


def _from_each_on(moments: _Moments) -> _Moments:
    """Return the moments of step h over all distances from h on."""
    steps = [_Moments(*(each[-1] for each in moments))]
    for h in range(len(moments.values) - 2, -1, -1):
        steps.append(_joined(steps[-1], _Moments(*(each[h] for each in moments))))
    return _Moments(*(np.array(each[::-1]) for each in zip(*steps, strict=True)))
