"""The exact number of steps beyond a codec's bounds, which are cut to them, and remarks about it.

If the statistics hold the counts, they are used; only for bounds that do not come from this data (a model's, a convention's,
those of another split) steps are counted, in one pass over the index.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.actions.bounds import is_measured, measured, span_of
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics, rounding
from vladata.index.summary import outside, rows_of

MANY = 0.02
"""Quantiles cut this share of the steps by definition, and one step more at either end; a remark is made if more are cut."""
FAR = 20
"""A remark is made if a value lies this many widths of its bounds beyond them, even if there is only one such value."""


@dataclass(frozen=True, slots=True)
class Clipping:
    """The clipping of D dimensions over `steps` steps.

    clipped:     steps with a value beyond the bounds, [D].
    least, most: of the data, float32 as Python floats, [D].
    """

    names: tuple[str, ...]
    steps: int
    clipped: tuple[int, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return {steps, clipped: {dimension: steps}}."""
        return {"steps": self.steps, "clipped": dict(zip(self.names, self.clipped, strict=True))}


def clipping(codec: Codec, statistics: Statistics | None, read: Callable[[], Iterable[pa.Table]]) -> Clipping:
    """Return the clipping of the steps that `read()` yields. statistics: of exactly these steps, or None."""
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
    """Return the counts that follow from the statistics; None if one of them does not."""
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
    """Yield remarks for a person about a codec's bounds, with their dimensions.

    wanted: the bounds in the recipe.   statistics: from which they come.
    """
    kind = measured(wanted)
    by_nature = span_of(statistics, kind)[2] if kind is not None else MANY
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


def _is_notable(found: Clipping, d: int, low: float, high: float, many: float) -> bool:
    beyond = max(low - found.least[d], found.most[d] - high)
    if not found.clipped[d] or beyond <= rounding(max(abs(low), abs(high))):
        return False
    return found.clipped[d] > many * found.steps + 2 or beyond > FAR * (high - low)


def share_of(count: int, whole: int) -> str:
    """Return a share as "2 of 660 (0.3%)"."""
    return f"{count:,} of {whole:,} ({100 * count / max(1, whole):.2g}%)"
