"""outliers: single steps far beyond everything else, in the action or the state.

Far: more than FAR widths beyond the 5% or 95% quantile of the sample, where the width is that between the two, widened as if
the values were normal (a width of 1% to 99% that one bad step in twenty does not spoil). Single: no more than two in a row,
since a heavy tail (a wrist that turns rarely, and then for a while) is motion and a spike is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Tally, percent, share
from vladata.doctor.track import Track
from vladata.spec.dimensions import is_gripper

FAR = 8.0
NORMAL = 4.653 / 3.290  # 1%..99% beside 5%..95% of a normal distribution
IN_A_ROW = 2


@dataclass(frozen=True)
class SpikeLimits:
    """The lowest and highest value that is not an outlier, float64 [D]; infinite where a dimension has no width."""

    low: np.ndarray
    high: np.ndarray

    def beyond(self, values: np.ndarray) -> np.ndarray:
        """Return which values [N, D] are outliers, bool [N, D]."""
        far = (values < self.low) | (values > self.high)
        for d in np.flatnonzero(far.any(axis=0)):
            at = np.flatnonzero(far[:, d])
            for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
                if len(run) > IN_A_ROW:
                    far[run, d] = False
        return far


class Outliers:
    """A search for the spikes of every episode; the limits come from a sample."""

    def __init__(self, facts: Facts) -> None:
        layout = facts.subject.layout
        self.names = {"action": layout.names, "state": layout.states}
        self.limits = {
            "action": _limits(facts.actions, layout.names),
            "state": _limits(facts.states, layout.states),
        }
        self.tallies = {whose: Tally() for whose in self.names}
        self.counts = {whose: np.zeros(len(names), np.int64) for whose, names in self.names.items()}
        self.worst = {whose: np.zeros(len(names)) for whose, names in self.names.items()}
        self.steps = 0

    def see(self, track: Track) -> np.ndarray:
        """Count an episode; return the RLDS step numbers that can be cut out."""
        self.steps += len(track)
        cut = np.zeros(len(track), bool)
        for whose, values in (("action", track.action), ("state", track.state)):
            far = self.limits[whose].beyond(values)
            hit = far.any(axis=1)
            if hit.any():
                self.tallies[whose].add(track.id, int(np.count_nonzero(hit)))
                self.counts[whose] += far.sum(axis=0)
                size = np.abs(np.where(far, values, 0)).max(axis=0)
                self.worst[whose] = np.maximum(self.worst[whose], size)
                cut |= hit
        return track.numbers[cut]

    def findings(self) -> Iterator[Finding]:
        for whose, tally in self.tallies.items():
            if not tally.steps:
                continue
            at = np.flatnonzero(self.counts[whose])
            names = [self.names[whose][d] for d in at]
            limits = self.limits[whose]
            says = (
                f"{tally.steps:,} single steps ({percent(share(tally.steps, self.steps))}) lie far beyond all others in {whose} "
                f"{', '.join(names)}. The largest size in {names[0]} is {self.worst[whose][at[0]]:.4g}; values from "
                f"{limits.low[at[0]]:.3g} to {limits.high[at[0]]:.3g} would be no outliers."
            )
            evidence = {
                "dimensions": names,
                "largest": [float(self.worst[whose][d]) for d in at],
                "low": [float(limits.low[d]) for d in at],
                "high": [float(limits.high[d]) for d in at],
            }
            advice = (
                "Write a list without these steps with --write-keep-ranges FILE and convert with --keep-ranges FILE. With "
                "bounds: quantiles in the recipe they do not widen the bins."
            )
            yield Finding("outliers", "warning", says, advice, evidence, **tally.counts())


def _limits(values: np.ndarray, names: Sequence[str]) -> SpikeLimits:
    count = len(names)
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    if len(values) < 20:
        return SpikeLimits(low, high)
    q05, q95 = np.quantile(values.astype(np.float64), (0.05, 0.95), axis=0)
    width = NORMAL * (q95 - q05)
    for d, name in enumerate(names):
        if width[d] > 0 and not is_gripper(name) and len(np.unique(values[:, d])) > 10:
            low[d], high[d] = q05[d] - FAR * width[d], q95[d] + FAR * width[d]
    return SpikeLimits(low, high)
