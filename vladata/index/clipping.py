"""The exact number of steps with values beyond a codec's bounds, which are cut to the bounds, and remarks about this.

If the statistics have the counts, they are used. For bounds that do not come from this data (from a model, a convention or
another split) the steps are counted, in one pass over the index.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.actions.bounds import is_measured, measured, span_of
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics, rounding
from vladata.index.summary import outside, rows_of

MANY = 0.02
"""Quantiles cut this share of the steps by definition, and up to one step more at each end. If more are cut, there is a
remark."""
FEW_BINS = 0.25
"""If a dimension uses less than this share of its bins, and its bounds do not come from the data, there is a remark."""
FAR = 20
"""If even one value is beyond its bounds by this many times the width between them, there is a remark."""


@dataclass(frozen=True, slots=True)
class Clipping:
    """The clipping of D dimensions over `steps` steps.

    clipped:     the number of steps with a value beyond the bounds, [D].
    least, most: the least and the greatest value of the data, float32 as Python floats, [D].
    """

    names: tuple[str, ...]
    steps: int
    clipped: tuple[int, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]

    def bins(self, codec: Codec) -> tuple[tuple[int, int], ...]:
        """Return (used, all) for each dimension: the number of bins from the least to the greatest value, and of all bins.

        The result is () for a codec whose bins do not stand for single values.
        """
        if codec.width is None or codec.width < len(self.names) or not self.steps:
            return ()
        rows: np.ndarray = np.array([self.least, self.most, codec.low, codec.high], np.float32)
        going_on: np.ndarray = np.zeros(len(rows), np.int64)
        if codec.chunk > 1:
            rows, going_on = (
                rows[:, None].repeat(codec.chunk, axis=1),
                going_on[:, None].repeat(codec.chunk, axis=1),
            )
        found = np.asarray(codec.encode(rows, going_on)).reshape(len(rows), -1, codec.width)[:, 0]
        found = found[:, -len(self.names) :].astype(np.int64)
        used, whole = (np.abs(found[i + 1] - found[i]) + 1 for i in (0, 2))
        whole = np.maximum(used, whole)  # OpenVLA's last bin holds values beyond the bound only
        return tuple(zip(used.tolist(), whole.tolist(), strict=True))

    def as_json(self) -> dict[str, Any]:
        """Return {steps, clipped: {dimension: steps}}."""
        return {"steps": self.steps, "clipped": dict(zip(self.names, self.clipped, strict=True))}


def clipping(codec: Codec, statistics: Statistics | None, read: Callable[[], Iterable[pa.Table]]) -> Clipping:
    """Return the clipping of the steps that `read()` yields. statistics: the statistics of exactly these steps, or None."""
    known = _known(codec, statistics) if statistics else None
    if statistics and known is not None:
        return Clipping(codec.names, statistics.count, known, statistics.min, statistics.max)
    steps, counts = 0, np.zeros(len(codec.names), np.int64)
    least, most = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
    for part in read():
        rows = rows_of(part, "action", len(codec.names))
        steps += len(rows)
        counts += outside(rows, codec.low, codec.high)
        least = np.minimum(least, rows.min(axis=0, initial=np.inf))
        most = np.maximum(most, rows.max(axis=0, initial=-np.inf))
    return Clipping(codec.names, steps, *(tuple(values.tolist()) for values in (counts, least, most)))


def _known(codec: Codec, statistics: Statistics) -> tuple[int, ...] | None:
    """Return the counts that follow from the statistics; None unless all do."""
    measures = (statistics.min, statistics.max, statistics.q01, statistics.q99)
    least, most, q01, q99 = (np.array(measure, np.float32) for measure in measures)
    none = (codec.low <= least) & (codec.high >= most)
    is_quantiles = (codec.low == q01) & (codec.high == q99)
    if not statistics.beyond or not (none | is_quantiles).all():
        return None
    return tuple(np.where(none, 0, statistics.beyond).tolist())


def remarks(
    codec: Codec, wanted: object, statistics: Statistics, found: Clipping
) -> Iterator[tuple[int, str]]:
    """Yield (dimension, remark for the user) about a codec's bounds.

    wanted:     the bounds in the recipe.
    statistics: the statistics from which the bounds come.
    """
    kind = measured(wanted)
    by_nature = span_of(statistics, kind)[2] if kind is not None else MANY
    if kind is None:
        yield from _unused(codec, found)
    for d, name in enumerate(codec.names):
        low, high = float(codec.low[d]), float(codec.high[d])
        if kind is not None and is_measured(codec.sources[d]) and codec.sources[d] != kind:
            moving = share_of(statistics.moving[d], statistics.count)
            lows, highs, _ = span_of(statistics, kind)
            cut = f"{kind}, {lows[d]:.4g} to {highs[d]:.4g}, would cut that off"
            yield (
                d,
                f"{name} moves in only {moving} steps: {cut}, so its bins span all values, {low:.4g} to {high:.4g}.",
            )
        if _is_notable(found, d, low, high, max(MANY, by_nature)):
            cut = f"{share_of(found.clipped[d], found.steps)} steps lie beyond its bounds, {low:.4g} to {high:.4g}"
            reach = f"the data goes from {found.least[d]:.4g} to {found.most[d]:.4g}"
            yield d, f"{name}: {cut}, and are cut to them; {reach}."


def few_bins(codec: Codec, found: Clipping) -> Iterator[tuple[int, int, int]]:
    """Yield (dimension, bins used, all bins) of each moving dimension that leaves most of its bins empty and is never clipped."""
    for d, (used, whole) in enumerate(found.bins(codec)):
        if not found.clipped[d] and found.least[d] != found.most[d] and used < FEW_BINS * whole:
            yield d, used, whole


def _unused(codec: Codec, found: Clipping) -> Iterator[tuple[int, str]]:
    """Yield a remark for each moving dimension that uses few bins between fixed bounds."""
    for d, used, whole in few_bins(codec, found):
        yield (
            d,
            f"{found.names[d]} uses {used} of {whole} bins: the data goes from {found.least[d]:.4g} to {found.most[d]:.4g}, the "
            f"bounds from {codec.low[d]:.4g} to {codec.high[d]:.4g}. Bounds from the data (bounds: quantiles, with codec rt2) "
            "use them all.",
        )


def bins_told(bins: Mapping[str, tuple[int, int]], clipped: Mapping[str, int], steps: int) -> str:
    """Return the bins that each dimension uses, and the share of the steps that is clipped where there is one, as one line.

    bins: dimension -> (used, all).   clipped: dimension -> steps.
    """
    told = []
    for name, (used, whole) in bins.items():
        share = f" ({100 * clipped[name] / max(1, steps):.2g}% of the steps clipped)" if clipped[name] else ""
        told.append(f"{name} {used} of {whole}{share}")
    return ", ".join(told) + ("" if any(clipped[name] for name in bins) else "; no value is clipped")


def _is_notable(found: Clipping, d: int, low: float, high: float, many: float) -> bool:
    beyond = max(low - found.least[d], found.most[d] - high)
    if not found.clipped[d] or beyond <= rounding(max(abs(low), abs(high))):
        return False
    return found.clipped[d] > many * found.steps + 2 or beyond > FAR * (high - low)


def share_of(count: int, whole: int) -> str:
    """Return a share as "2 of 660 (0.3%)"."""
    return f"{count:,} of {whole:,} ({100 * count / max(1, whole):.2g}%)"
