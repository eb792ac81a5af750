"""The quality of a plan's shuffle, computed from the plan alone."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vladata.plan.units import WorkUnit


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a shuffle.

    episodes_a_shard: the average number of distinct episodes in a shard.
    perfect:          this average if all samples of the plan were shuffled together.
    neighbours:       the share of adjacent samples that come from the same episode, 0..1.
    """

    episodes_a_shard: float
    perfect: float
    neighbours: float


def quality(units: Iterable[WorkUnit], shuffled: bool) -> Quality:
    """Return the quality over the units of one run: expected values if `shuffled`, else exact counts."""
    kept = [(_steps(unit), [shard.samples for shard in unit.shards]) for unit in units]
    if not kept:
        return Quality(0.0, 0.0, 0.0)
    every = np.concatenate([steps for steps, _ in kept])
    shards = sum(len(sizes) for _, sizes in kept)
    if shuffled:
        seen = sum(_distinct(steps, size) for steps, sizes in kept for size in sizes)
        neighbours = sum(_same(steps) * steps.sum() for steps, _ in kept)
    else:
        seen = sum(_in_order(steps, sizes) for steps, sizes in kept)
        neighbours = sum((steps - 1).sum() for steps, _ in kept)
    return Quality(
        float(seen / shards), _distinct(every, every.sum() / shards), float(neighbours / every.sum())
    )


def _steps(unit: WorkUnit) -> np.ndarray:
    return np.array([read.samples for read in unit.reads])


def _distinct(steps: np.ndarray, drawn: float) -> float:
    """Return the expected number of distinct episodes among `drawn` steps. steps: the number of steps of each episode."""
    missed = np.clip(1 - drawn / steps.sum(), 0, 1) ** steps
    return float((1 - missed).sum())


def _same(steps: np.ndarray) -> float:
    total = steps.sum()
    return float((steps * (steps - 1)).sum() / (total * (total - 1))) if total > 1 else 0.0


def _in_order(steps: np.ndarray, shards: list[int]) -> int:
    """Return the sum, over the shards, of the number of distinct episodes in each, if steps stay in order.

    steps: the number of steps of each episode; shards: the number of steps of each shard.
    """
    ends, cuts = np.cumsum(steps), np.concatenate([[0], np.cumsum(shards)])
    first = np.searchsorted(ends, cuts[:-1], side="right")
    last = np.searchsorted(ends, cuts[1:] - 1, side="right")
    return int((last - first + 1).sum())
