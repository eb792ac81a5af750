"""idle: stretches of more than seven steps in which nothing moves, and which can be cut out.

A step is idle when every group of changes is shorter than a twentieth of its usual motion (the 90% quantile of the sample),
values to be reached move less than that, and no gripper changes. openpi takes stretches of more than 7 out of DROID in the
same way (compute_droid_nonidle_ranges.py), there by a fixed speed of the joints.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Tally, percent, share
from vladata.doctor.noise import TINY
from vladata.doctor.track import Track
from vladata.selection.idle import stretch_lengths
from vladata.spec.dimensions import is_change, is_gripper

LONGEST = 7  # idle steps that stay
QUIET = 0.05  # of the usual motion
OFTEN = 0.02  # share of steps from which it is worth a warning


@dataclass(frozen=True)
class Quiet:
    """The limits of idleness: for each bundle of dimensions, True if they are changes, and the length below which they rest."""

    bundles: tuple[tuple[tuple[int, ...], bool, float], ...]

    def idle(self, track: Track) -> np.ndarray:
        """Return the steps of stretches that are longer than LONGEST, bool [N]."""
        still = np.ones(len(track), bool)
        for dimensions, change, limit in self.bundles:
            still &= _lengths(track, dimensions, change) <= limit
        return _long(still) if self.bundles else ~still


def quiet_of(facts: Facts) -> Quiet:
    """Return the limits, from a sample. Without a group that moves there are none, and nothing is idle."""
    bundles: list[tuple[tuple[int, ...], bool, float]] = []
    for group in facts.subject.layout.groups:
        sizes = [_lengths(t, group.action, group.change) for t in facts.tracks]
        usual = float(np.quantile(np.concatenate(sizes), 0.9)) if sizes else 0.0
        if usual > 0:
            bundles.append((group.action, group.change, QUIET * usual))
    if not bundles:
        return Quiet(())
    grouped = {d for dimensions, _, _ in bundles for d in dimensions}
    others = [d for d in range(len(facts.subject.layout.names)) if d not in grouped]
    for d in others:
        width = float(np.ptp(facts.actions[:, d])) if len(facts.actions) else 0.0
        name = facts.subject.layout.names[d]
        bundles.append(((d,), is_change(name), max(TINY, width * (0.1 if is_gripper(name) else 0.02))))
    return Quiet(tuple(bundles))


class IdleSteps:
    """A count of the idle steps of every episode."""

    def __init__(self, quiet: Quiet) -> None:
        self.quiet, self.tally, self.steps, self.longest = quiet, Tally(), 0, 0

    def see(self, track: Track) -> np.ndarray:
        """Count an episode; return the RLDS step numbers that can be cut out."""
        idle = self.quiet.idle(track)
        self.steps += len(track)
        if count := int(np.count_nonzero(idle)):
            self.tally.add(track.id, count)
            self.longest = max(self.longest, int(_lengths_of(idle)[idle].max()))
        numbers: np.ndarray = track.numbers[idle]
        return numbers

    def findings(self) -> Iterator[Finding]:
        if not self.tally.steps:
            return
        part = share(self.tally.steps, self.steps)
        yield Finding(
            "idle",
            "warning" if part >= OFTEN else "info",
            f"Nothing moves in {percent(part)} of the steps, in stretches of up to {self.longest} steps: a model learns to "
            "stand still.",
            "Leave them out with select: {idle: {longest: 7}} in the recipe. Or write a list with --write-keep-ranges FILE and "
            "convert with --keep-ranges FILE.",
            {"share": part, "longest": self.longest},
            **self.tally.counts(),
        )


def _lengths(track: Track, dimensions: tuple[int, ...], change: bool) -> np.ndarray:
    """Return the length of the motion in each step, float64 [N]; of values it is their change since the step before."""
    values = track.action[:, dimensions].astype(np.float64)
    if not change:
        values = np.diff(values, axis=0, prepend=values[:1])
    lengths: np.ndarray = np.linalg.norm(values, axis=1)
    return lengths


def _lengths_of(mask: np.ndarray) -> np.ndarray:
    """Return for each step the length of the run of equal values that it lies in, int [N]."""
    return stretch_lengths(mask, np.zeros(len(mask), np.int64))


def _long(still: np.ndarray) -> np.ndarray:
    long: np.ndarray = still & (_lengths_of(still) > LONGEST)
    return long
