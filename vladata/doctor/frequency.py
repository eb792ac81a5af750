"""frequency, time-gaps: a `control_frequency_hz` that is not the rate of the steps, and missing steps.

repeated    the state changes at every k-th step only: it was sampled k times more often than it was measured
timestamps  a raw column whose name holds "time": its median difference, in s, ms, us or ns, is not 1 / Hz
jumps       such a column rises by more than 1.8 times its median difference: steps are missing there
speed       a hand that does 1.5 m/s for one step in twenty, or never reaches 1 mm/s
duration    episodes that would last less than a second, or more than half an hour
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding
from vladata.doctor.follow import steps_of_state
from vladata.doctor.layout import ActionLayout
from vladata.doctor.track import pieces

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
NEAR = 0.2  # by which a measured rate may differ from the declared one
CLOCK = re.compile(r"time|stamp", re.IGNORECASE)
COUNTER = re.compile(r"timesteps?\Z", re.IGNORECASE)
JUMP = 1.8  # times the usual difference
FAST, SLOW = 1.5, 0.001  # metres a second
SHORT, LONG = 1.0, 1800.0  # seconds


def clocks(paths: Sequence[str]) -> list[str]:
    """Return the raw columns that may be times."""
    return [path for path in paths if CLOCK.search(path) and not COUNTER.search(path)]


def frequency(facts: Facts) -> Iterator[Finding]:
    """Yield findings on the rate of the steps."""
    yield from _repeated(facts)
    if facts.subject.hz:
        timed = list(_timestamps(facts, facts.subject.hz))
        yield from timed
        if not any(finding.kind == "frequency" for finding in timed):
            yield from _speed(facts, facts.subject.hz)
            yield from _duration(facts, facts.subject.hz)


def _repeated(facts: Facts) -> Iterator[Finding]:
    columns = _measured_columns(facts.subject.layout)
    runs: Counter[int] = Counter()
    touched = []
    for track in facts.tracks if columns else ():
        found = [length for piece in pieces(track) for length in _runs(track.state[piece][:, columns])]
        runs.update(found)
        if found and np.median(found) > 1:
            touched.append(track.id)
    total = sum(runs.values())
    if total < 20:
        return
    times, count = runs.most_common(1)[0]
    if times > 1 and count > 0.6 * total:
        hz = facts.subject.hz
        says = f"The state changes at every {_th(times)} step only"
        says += f": it was measured at {hz / times:.3g} Hz, but the schema says {hz:g} Hz." if hz else "."
        advice = (
            f"Keep one step of {times}: {{op: stride, factor: {times}}} in the chain, for absolute actions; or write the data "
            "anew at that rate."
        )
        evidence = {"times": times, "share_of_runs": count / total}
        steps = sum(len(t) for t in facts.tracks)
        yield Finding("frequency", "warning", says, advice, evidence, len(touched), steps, tuple(touched[:5]))


def _th(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth", 5: "fifth"}.get(number, f"{number}th")


def _runs(state: np.ndarray) -> list[int]:
    """Return the lengths of the runs of equal states between two changes, up to 12 steps: longer ones are rests."""
    changed = np.flatnonzero((np.diff(state, axis=0) != 0).any(axis=1))
    return [int(length) for length in np.diff(changed) if length <= 12]


def _measured_columns(layout: ActionLayout) -> list[int]:
    return [column for _, columns in layout.measured for column in columns]


def _timestamps(facts: Facts, hz: float) -> Iterator[Finding]:
    for path in clocks(list(facts.tracks[0].raw) if facts.tracks else []):
        steps = [
            np.diff(t.raw[path][:, 0].astype(np.float64))
            for t in facts.tracks
            if path in t.raw and t.raw[path].shape[1] == 1
        ]
        steps = [step[np.isfinite(step)] for step in steps]
        middle = float(np.median(np.concatenate(steps))) if sum(map(len, steps)) else 0.0
        if middle <= 0 or (middle == 1 and all((step == 1).all() for step in steps)):
            continue  # a counter, or a clock too coarse for its type
        yield from _jumps(facts, path, middle)
        rates = {unit: 1 / (middle * seconds) for unit, seconds in SECONDS.items()}
        unit = min(rates, key=lambda u: abs(np.log(rates[u] / hz)))
        if abs(np.log(rates[unit] / hz)) > np.log(1 + NEAR):
            says = f"{path} rises by {middle:.6g} {unit} a step, which is {rates[unit]:.3g} Hz, but the schema says {hz:g} Hz."
            advice = f"Set control_frequency_hz: {rates[unit]:.3g} in the schema, if the clock is right."
            evidence = {
                "column": path,
                "median_step": middle,
                "unit": unit,
                "hz": rates[unit],
                "declared": hz,
            }
            yield Finding(
                "frequency",
                "warning",
                says,
                advice,
                evidence,
                len(steps),
                len(facts.actions),
                tuple(t.id for t in facts.tracks[:3]),
            )


def _jumps(facts: Facts, path: str, usual: float) -> Iterator[Finding]:
    """Yield a finding if neighbouring steps are further apart than usual: steps are missing between them."""
    found = {
        t.id: int((np.diff(t.raw[path][:, 0]) > JUMP * usual).sum()) for t in facts.tracks if path in t.raw
    }
    touched = {episode: jumps for episode, jumps in found.items() if jumps}
    if not touched:
        return
    steps = sum(touched.values())
    says = f"{path} rises by more than {JUMP:g} times its usual {usual:.4g} at {steps:,} steps: steps are missing before them."
    advice = (
        "Changes over such a gap are larger than those of one step. Leave these steps out with --keep-ranges FILE, or write the "
        "data anew."
    )
    evidence = {"column": path, "median_step": usual, "jumps": steps}
    yield Finding(
        "time-gaps", "warning", says, advice, evidence, len(touched), steps, tuple(list(touched)[:5])
    )


def _speed(facts: Facts, hz: float) -> Iterator[Finding]:
    for group in facts.subject.layout.groups:
        if group.kind != "position" or not group.state:
            continue
        moved = [
            np.linalg.norm(steps_of_state(t.state[piece][:, group.state], 0.0), axis=1) * hz
            for t in facts.tracks
            for piece in pieces(t)
        ]
        speeds = np.concatenate(moved) if moved else np.zeros(0)
        if len(speeds) < 20 or float(np.abs(facts.states[:, group.state]).max()) > 10:
            continue  # not in metres: unit-scale says so
        fast, top = (float(v) for v in np.quantile(speeds, (0.95, 0.99)))
        if fast > FAST or 0 < top < SLOW:
            speed, how = (fast, "fast") if fast > FAST else (top, "slow")
            says = f"At {hz:g} Hz the hand would move at {speed:.3g} m/s, and no arm is that {how}."
            advice = "Correct control_frequency_hz in the schema, or the unit of the state's positions."
            evidence = {"q95_metres_a_second": fast, "q99_metres_a_second": top, "declared": hz}
            yield facts.whole("frequency", "warning", says, advice, evidence)


def _duration(facts: Facts, hz: float) -> Iterator[Finding]:
    lengths = [t.steps for t in facts.tracks if t.steps > 1]
    if not lengths:
        return
    seconds = float(np.median(lengths)) / hz
    if not SHORT < seconds < LONG:
        how = "short" if seconds <= SHORT else "long"
        says = f"At {hz:g} Hz an episode would last {seconds:.3g} s, and no task is that {how}."
        advice = "Correct control_frequency_hz in the schema."
        yield Finding(
            "frequency",
            "warning",
            says,
            advice,
            {"median_seconds": seconds, "declared": hz},
            len(lengths),
            sum(lengths),
        )
