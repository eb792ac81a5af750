"""gripper-range: values that the gripper's convention does not have, or of which it uses one side only."""

from collections.abc import Iterator

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Severity, Tally
from vladata.doctor.layout import Gripper

RANGES = {"open_absolute": (0.0, 1.0), "closing_relative": (-1.0, 1.0)}
SLACK = 0.1  # beyond the range, of its width: a gripper that is measured reads 1.03
FEW, MANY = 0.005, 0.05  # shares of the steps from which it is a warning, an error


def gripper_range(facts: Facts) -> Iterator[Finding]:
    """A finding for each gripper that leaves its convention's range, or never reaches half of it."""
    convention = facts.subject.chain.gripper
    if convention == "none" or not len(facts.actions):
        return
    for gripper in facts.subject.layout.grippers:
        yield from _outside(facts, gripper, *RANGES[convention]) or _one_sided(facts, gripper, convention)


def _outside(facts: Facts, gripper: Gripper, low: float, high: float) -> list[Finding]:
    slack = SLACK * (high - low)
    tally = Tally()
    for track in facts.tracks:
        values = track.action[:, gripper.action]
        if count := int(np.count_nonzero((values < low - slack) | (values > high + slack))):
            tally.add(track.id, count)
    part = tally.steps / len(facts.actions)
    if part <= FEW:
        return []
    least, most = _ends(facts, gripper)
    severity: Severity = "error" if part > MANY else "warning"
    says = f"{gripper.name} goes from {least:.4g} to {most:.4g}; {facts.subject.chain.gripper} has {low:g} to {high:g}."
    evidence = {"dimension": gripper.name, "min": least, "max": most, "outside": part}
    return [
        Finding("gripper-range", severity, says, _rescale(least, most, low, high), evidence, **tally.counts())
    ]


def _one_sided(facts: Facts, gripper: Gripper, convention: str) -> list[Finding]:
    least, most = _ends(facts, gripper)
    evidence = {"dimension": gripper.name, "min": least, "max": most}
    closing = float(np.mean(facts.actions[:, gripper.action] > 0.5))
    if convention == "open_absolute" and least < most < 0.5:
        says = (
            f"{gripper.name} never opens by half: its largest value is {most:.3g}. Is it a width in metres?"
        )
        return [facts.whole("gripper-range", "warning", says, _rescale(0.0, most, 0.0, 1.0), evidence)]
    if convention == "closing_relative" and least >= 0 and closing > 0.3:
        says = f"{gripper.name} never opens and closes in {closing:.0%} of the steps: it looks absolute, not relative."
        advice = "Declare gripper: open_absolute, with {op: invert_gripper} where 1 means closed."
        return [facts.whole("gripper-range", "warning", says, advice, evidence)]
    return []


def _ends(facts: Facts, gripper: Gripper) -> tuple[float, float]:
    values = facts.actions[:, gripper.action]
    return float(values.min()), float(values.max())


def _rescale(least: float, most: float, low: float, high: float) -> str:
    if most == least:
        return "It never changes, so no scale brings it into the range. Is the right column read?"
    scale = (high - low) / (most - least)
    return (
        f"Bring it into the range: {{op: affine, in: <the column>, scale: {scale:.6g}, offset: {low - scale * least:.6g}, "
        "out: $gripper}, concat $gripper, and look at which end is open."
    )
