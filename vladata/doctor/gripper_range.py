"""gripper-range: values beyond the range of the gripper's convention, or on one side of it only."""

from collections.abc import Iterator

import numpy as np

from vladata.actions.grippers import CONVENTIONS, GRIPPER
from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Severity, Tally
from vladata.doctor.layout import Gripper

SLACK = 0.1  # beyond the range, of its width: a gripper that is measured reads 1.03
FEW, MANY = 0.005, 0.05  # shares of the steps from which it is a warning, an error


def gripper_range(facts: Facts) -> Iterator[Finding]:
    """Return a finding for each gripper that leaves its convention's range, or never reaches half of it."""
    if not len(facts.actions):
        return
    for gripper in facts.subject.layout.grippers:
        yield from _outside(facts, gripper) or _one_sided(facts, gripper)


def _outside(facts: Facts, gripper: Gripper) -> list[Finding]:
    convention = facts.subject.chain.grippers[gripper.name]
    low, high = CONVENTIONS[convention]
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
    says = (
        f"{gripper.name} goes from {least:.4g} to {most:.4g}, but {convention} means values from {low:g} to {high:g}: a codec "
        f"clips what is beyond them ({part:.1%} of the steps, by more than a tenth of the range)."
    )
    evidence = {"dimension": gripper.name, "min": least, "max": most, "outside": part}
    advice = _rescale(gripper.name, least, most, low, high)
    return [Finding("gripper-range", severity, says, advice, evidence, **tally.counts())]


def _one_sided(facts: Facts, gripper: Gripper) -> list[Finding]:
    convention, (least, most) = facts.subject.chain.grippers[gripper.name], _ends(facts, gripper)
    evidence = {"dimension": gripper.name, "min": least, "max": most}
    closing = float(np.mean(facts.actions[:, gripper.action] > 0.5))
    if convention == "open_absolute" and least < most < 0.5:
        says = f"{gripper.name} never opens by half: its largest value is {most:.3g}. Perhaps it is a width in metres."
        advice = _rescale(gripper.name, 0.0, most, 0.0, 1.0)
        return [facts.whole("gripper-range", "warning", says, advice, evidence)]
    if convention == "closing_relative" and least >= 0 and closing > 0.3:
        says = (
            f"{gripper.name} never says open (-1), and says close (1) in {closing:.0%} of the steps: it looks like a state of "
            "the gripper, not like a command."
        )
        declared = "open_absolute" if gripper.name == GRIPPER else f"{{{gripper.name}: open_absolute, ...}}"
        advice = f"Declare gripper: {declared} in the chain, with {{op: invert_gripper}} if 1 means closed."
        return [facts.whole("gripper-range", "warning", says, advice, evidence)]
    return []


def _ends(facts: Facts, gripper: Gripper) -> tuple[float, float]:
    values = facts.actions[:, gripper.action]
    return float(values.min()), float(values.max())


def _rescale(name: str, least: float, most: float, low: float, high: float) -> str:
    if most == least:
        return "It never changes, so no scale brings it into the range. Check that the right column is read."
    scale = (high - low) / (most - least)
    return (
        f"Bring it into the range: {{op: affine, in: <the column>, scale: {scale:.6g}, offset: {low - scale * least:.6g}, "
        f"out: ${name}}}, and concat ${name}. Check which end means open."
    )
