"""constant, saturated: dimensions that never change, and continuous ones that often hold their smallest or largest value.

A value that is drawn from a continuum meets its own extreme once. Where one in fifty is exactly the smallest or largest, and
the dimension has many values besides, something has clipped it. Dimensions of few values (keys of a keyboard) are left alone.
"""

from collections.abc import Iterator

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, percent
from vladata.spec.arithmetic import Const
from vladata.spec.dimensions import is_gripper

MANY = 30  # distinct values of a continuous dimension
PART = 0.02
LEAST = 5  # values at an extreme
SPREAD = 0.2  # share of the episodes that reach it: a motion that was held once is not a clip


def constant(facts: Facts) -> Iterator[Finding]:
    """Yield findings on dimensions of the action and the state that hold one value in the whole sample."""
    declared = {op.value for op in facts.subject.chain.operations if isinstance(op, Const)}
    if len(facts.actions) < 2:
        return
    for whose, names, values in (
        ("action", facts.subject.layout.names, facts.actions),
        ("state", facts.subject.layout.states, facts.states),
    ):
        still = [d for d in range(len(names)) if values[:, d].min() == values[:, d].max()]
        known = [d for d in still if whose == "action" and float(values[0, d]) in declared]
        if unknown := [d for d in still if d not in known]:
            yield _constant(
                facts, whose, [names[d] for d in unknown], [float(values[0, d]) for d in unknown], False
            )
        if known:
            yield _constant(
                facts, whose, [names[d] for d in known], [float(values[0, d]) for d in known], True
            )


def saturated(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each continuous dimension of the action that often holds exactly its smallest or largest value."""
    if not len(facts.actions):
        return
    for d, name in enumerate(facts.subject.layout.names):
        if is_gripper(name):
            continue
        values = facts.actions[:, d]
        low, high = values.min(), values.max()
        at = {float(v): int(np.count_nonzero(values == v)) for v in (low, high) if v != 0}
        count = sum(n for n in at.values() if n >= LEAST)
        touched = [t for t in facts.tracks if np.isin(t.action[:, d], list(at)).any()]
        if count < PART * len(values) or len(touched) < max(3, SPREAD * len(facts.tracks)):
            continue
        if len(np.unique(values)) < MANY:
            continue
        inside = values[(values > low) & (values < high)]
        ends = " or ".join(f"{v:.4g}" for v, n in at.items() if n >= LEAST)
        says = (
            f"{name} is exactly {ends} in {percent(count / len(values))} of the steps: its values were clipped, so a model never "
            "sees larger motions."
        )
        advice = "Look for the clip in the chain of the schema and in the program that wrote the data, and take it out."
        evidence = {
            "dimension": name,
            "at": {f"{v:.6g}": n for v, n in at.items()},
            "largest_inside": float(np.abs(inside).max(initial=0)),
        }
        yield Finding(
            "saturated",
            "warning",
            says,
            advice,
            evidence,
            len(touched),
            count,
            tuple(t.id for t in touched[:5]),
        )


def _constant(facts: Facts, whose: str, names: list[str], held: list[float], known: bool) -> Finding:
    what = f"{whose} {', '.join(names)} never change{'s' * (len(names) == 1)}"
    told = f"{what} ({', '.join(f'{v:.4g}' for v in held)})"
    says = f"{told}, as a const of the chain declares." if known else f"{told}."
    advice = (
        "Nothing needs to be done: the schema says that the robot has no such motion."
        if known
        else "Check that the right column is read. If the robot has no such motion, say so in the chain with {op: const}."
    )
    evidence = {"dimensions": names, "values": held, "declared": known}
    return Finding(
        "constant",
        "info" if known else "warning",
        says[0].upper() + says[1:],
        advice,
        evidence,
        len(facts.tracks),
        len(facts.actions),
    )
