"""unit-scale: millimetres or centimetres for metres, degrees for radians; positions and rotations apart.

1. A state beyond 10 m, or an angle of it beyond a turn, is in another unit.
2. Where action and state are of one kind, a unit of the action moves the state by `scale` (follow.py): near 0.001, 0.01 or
   pi / 180 the units differ. An arm that obeys by half gives half, so half to one and a half of each counts. A normalised
   command (within [-1, 1], or of one deviation or one range in all dimensions) or a velocity (scale 1 / Hz) may have any
   scale: no more than a remark.
3. Without a state, sizes: a hand does not go half a metre, nor turn by more than half a turn, from one step to the next; in
   an episode it stays within 3 m, and within a turn and a half.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from vladata.doctor.action_kind import mistaken
from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Severity
from vladata.doctor.follow import Fit
from vladata.doctor.layout import Group

DEGREE = np.pi / 180
UNITS = {"position": {0.001: "millimetres", 0.01: "centimetres"}, "rotation": {DEGREE: "degrees"}}
UNITS["joints"] = UNITS["rotation"]
RIGHT = {"position": "metres", "rotation": "radians", "joints": "radians"}
FARTHEST = 10.0  # metres from the origin
TURN = 2.1 * np.pi  # radians; some wrists turn by a whole one either way
FASTEST = {"position": 0.5, "rotation": np.pi, "joints": np.pi}  # a step
REACH = {"position": 3.0, "rotation": 3 * np.pi, "joints": 3 * np.pi}  # an episode
NORMALISED = 1.05  # a command that never passes this may have any unit


def unit_scale(facts: Facts) -> Iterator[Finding]:
    """Yield findings on the state, then on each group of the action."""
    for kind, columns in facts.subject.layout.measured:
        yield from _of_values(
            facts, kind, [facts.subject.layout.states[c] for c in columns], facts.states[:, columns], "state"
        )
    for group in facts.subject.layout.groups:
        if mistaken(facts, group):
            continue  # sizes of values say nothing where changes were expected
        if not group.change:
            yield from _of_values(
                facts, group.kind, list(group.names), facts.actions[:, group.action], "action"
            )
            continue
        fit = facts.fits[group]
        found = list(_of_scale(facts, group, fit)) if fit else []
        yield from found or _of_sizes(facts, group)


def is_normalised(facts: Facts) -> bool:
    """Return True if the changes were brought to one range or one deviation: no value beyond 1; or the same largest size, the
    same 99% quantile, or the deviation 1 in all dimensions, though metres and radians have nothing in common."""
    groups = [group for group in facts.subject.layout.groups if group.change]
    changes = facts.actions[:, [d for group in groups for d in group.action]].astype(np.float64)
    changes = changes[:, np.ptp(changes, axis=0) > 0] if len(changes) else changes
    if not changes.size:
        return True
    largest, spread = np.abs(changes).max(axis=0), changes.std(axis=0)
    if largest.max() <= NORMALISED:
        return True
    usual = np.quantile(np.abs(changes), 0.99, axis=0)
    if usual.max() < 1.15 * usual.min() and len(usual) > 3:
        return True
    even = largest.max() < 1.02 * largest.min() or bool(np.all(np.abs(spread - 1) < 0.15))
    return even and len(usual) >= 3


def _of_values(
    facts: Facts, kind: str, names: list[str], values: np.ndarray, whose: str
) -> Iterator[Finding]:
    if not values.size:
        return
    size = float(np.quantile(np.abs(values), 0.98))
    if size > (FARTHEST if kind == "position" else TURN):
        unit = (
            "degrees" if kind != "position" else "millimetres" if size > 100 else "millimetres or centimetres"
        )
        says = f"{whose} {', '.join(names)} reach {size:.4g}, which is too large for {RIGHT[kind]}: the values look like {unit}."
        yield _finding(
            facts, _surely(kind, names), says, kind, {"dimensions": names, "size": size, "whose": whose}
        )


def _of_scale(facts: Facts, group: Group, fit: Fit) -> Iterator[Finding]:
    scale, hz = fit.scale, facts.subject.hz
    evidence = {
        "dimensions": list(group.names),
        "scale": scale,
        "largest": fit.largest,
        "r2": fit.best_change,
    }
    told = f"an action of 1 in {group.title} moves the state by {scale:.3g}"
    is_velocity = hz is not None and abs(np.log(scale * hz)) < 0.25 and hz > 20
    any_scale = is_velocity or fit.largest <= NORMALISED or is_normalised(facts)
    for unit, name in UNITS[group.kind].items():
        if 0.45 * unit < scale < 1.6 * unit and not any_scale:
            sure = fit.best_change > 0.2 and scale < 1.4 * unit and fit.spread < 2
            severity: Severity = "error" if sure else "warning"
            yield _finding(facts, severity, f"{told}: the action is in {name}.", group.kind, evidence)
            return
        if 0.6 / unit < scale < 2.2 / unit:
            follows: Severity = "error" if fit.best_change > 0.2 else "warning"
            yield _finding(facts, follows, f"{told}: the state is in {name}.", group.kind, evidence)
            return
    if not 0.4 < scale < 2.5 and fit.best_change > 0.1:
        what = "velocities" if is_velocity else "normalised or scaled commands"
        says = f"{told}: the actions are {what}, not changes in {RIGHT[group.kind]}."
        yield _finding(facts, "info", says, group.kind, evidence)


def _of_sizes(facts: Facts, group: Group) -> Iterator[Finding]:
    sizes = facts.sizes(group)
    if not len(sizes):
        return
    fast, largest = float(np.quantile(sizes, 0.95)), float(np.abs(facts.actions[:, group.action]).max())
    if group.kind == "joints":
        fast = float(np.quantile(np.abs(facts.actions[:, group.action]), 0.98))
    paths = [np.cumsum(t.action[:, group.action].astype(np.float64), axis=0) for t in facts.tracks]
    evidence: dict[str, Any] = {"dimensions": list(group.names), "q95": fast, "largest": largest}
    evidence["reach"] = float(np.median([np.abs(path).max(initial=0) for path in paths]))
    if largest <= NORMALISED or is_normalised(facts):
        return
    unit = {"position": "millimetres or centimetres"}.get(group.kind, "degrees")
    said = f"changes of {group.title} are {fast:.3g} or more in one step of twenty"
    if fast > FASTEST[group.kind]:
        yield _finding(
            facts,
            _surely(group.kind, group.names),
            f"{said}, which is too large for {RIGHT[group.kind]}: the values look like {unit}.",
            group.kind,
            evidence,
        )
    elif evidence["reach"] > REACH[group.kind]:
        says = (
            f"changes of {group.title} add up to {evidence['reach']:.3g} in an episode, which is far for {RIGHT[group.kind]}: "
            f"the values may be {unit}."
        )
        yield _finding(facts, "warning", says, group.kind, evidence)


def _surely(kind: str, names: Sequence[str]) -> Severity:
    """Return "warning" for motion in a plane, which may be a vehicle's (far and fast), else "error"."""
    return "warning" if kind == "position" and len(names) < 3 else "error"


def _finding(facts: Facts, severity: Severity, says: str, kind: str, evidence: dict[str, object]) -> Finding:
    factor = "0.001" if kind == "position" else "0.0174533"
    advice = (
        f"Scale it in the chain: {{op: affine, in: <the columns>, scale: {factor}, out: $scaled}}, and concat $scaled"
        + (" (0.01 for centimetres)." if kind == "position" else ".")
    )
    if severity == "info":
        advice = (
            "Nothing needs to be done if that is meant and the bounds come from the data. Do not mix it with datasets of "
            "another scale under one codec."
        )
    if evidence.get("whose") == "state":
        advice = "Correct the unit where the data is written: a schema cannot scale the state."
    return facts.whole(
        "unit-scale",
        severity,
        says[0].upper() + says[1:],
        advice,
        {name: float(value) if isinstance(value, np.floating) else value for name, value in evidence.items()},
    )
