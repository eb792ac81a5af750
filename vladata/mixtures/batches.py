"""The number of samples of each source in batches that are read in order from the start of an epoch.

The ratio is exact in every window. If a batch is not a whole number of windows, its ratio depends on the random order within a
window; the counts show how far it varies. They are taken in the written order, from at most MOST samples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from vladata.mixtures.job import MixJob
from vladata.mixtures.order import source_order
from vladata.mixtures.ranges import unit_of
from vladata.plan.table import PlanFile

SIZES = (8, 16, 32)
MOST = 1 << 20  # samples: more do not change the counts, and ordering these takes well under a second


@dataclass(frozen=True)
class BatchCounts:
    """Counts in batches of one size. counts: source -> (fewest, most) samples of it in a batch."""

    batch: int
    counts: Mapping[str, tuple[int, int]]


def batch_counts(job: MixJob, plan_bytes: bytes) -> list[BatchCounts]:
    """Return the counts for batches of each size in SIZES and of one window, if the epoch has at least one such batch."""
    order = _first(job, PlanFile(plan_bytes))
    names = [source.name for source in job.sources]
    sizes = sorted({*SIZES, job.window})
    return [BatchCounts(size, _extremes(order, size, names)) for size in sizes if size <= len(order)]


def _first(job: MixJob, plan: PlanFile) -> np.ndarray:
    """Return the source of each of the first samples, int64 [at most MOST]."""
    found: list[np.ndarray] = []
    for number in range(len(plan)):
        if sum(map(len, found)) >= MOST:
            break
        unit = unit_of(plan.batch(number))
        found.append(source_order(job.counts(unit), job.layout.seed, unit.number))
    return np.concatenate(found)[:MOST]


def _extremes(order: np.ndarray, size: int, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    batches = len(order) // size
    rows = np.repeat(np.arange(batches), size)
    cells = rows * len(names) + order[: batches * size]
    counts = np.bincount(cells, minlength=batches * len(names)).reshape(batches, len(names))
    lowest, highest = counts.min(axis=0).tolist(), counts.max(axis=0).tolist()
    return dict(zip(names, zip(lowest, highest, strict=True), strict=True))


def spelled_range(counts: tuple[int, int]) -> str:
    """Return "3 to 5", or "4" if the smallest and largest counts are equal."""
    least, most = counts
    return str(least) if least == most else f"{least} to {most}"


def nearest_exact(shares: Sequence[Fraction], size: int) -> int:
    """Return the batch size nearest to `size` in which the share of every source is a whole number of samples."""
    step = lcm(*(share.denominator for share in shares))
    return max(1, round(size / step)) * step
