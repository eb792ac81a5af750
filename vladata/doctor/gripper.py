"""gripper-polarity and gripper-range: does the gripper mean what the schema says?

Each episode has a vote. A hand that picks closes where it is low and opens where it is high or low again, so the first
change near the lowest place is a closing, whether the episode began open or closed; where no height is known, or no change
is low, the first change of all counts. Episodes without a change have none. A column of the state that measures the
gripper, by its name or as a width in metres, speaks for itself: it falls when the gripper closes, with a lag. A minority of
episodes that begin with something in the hand is expected, so votes count by their share; a state outweighs them.
"""

from collections.abc import Iterator

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Tally, percent
from vladata.doctor.layout import Gripper
from vladata.doctor.track import Track

LOW = 0.35  # of the episode's range of heights, from its lowest
SLACK = 0.1  # beyond the convention, of its width; a gripper that is measured reads 1.03
LAGS = range(6)  # steps by which a gripper may follow its command
WIDEST = 0.2  # metres


def gripper_polarity(facts: Facts) -> Iterator[Finding]:
    """A finding for each gripper that means the opposite of what the chain says."""
    if facts.subject.chain.gripper == "none":
        return
    for gripper in facts.subject.layout.grippers:
        levels = _levels(facts, gripper)
        if levels is None:
            continue
        opens = [_is_open(facts, gripper, track, levels) for track in facts.tracks]
        yield from _judged(facts, gripper, opens)


def gripper_range(facts: Facts) -> Iterator[Finding]:
    """A finding for each gripper whose values the convention does not have."""
    convention = facts.subject.chain.gripper
    if convention == "none":
        return
    low, high = (0.0, 1.0) if convention == "open_absolute" else (-1.0, 1.0)
    slack = SLACK * (high - low)
    for gripper in facts.subject.layout.grippers:
        values = facts.actions[:, gripper.action]
        outside = (values < low - slack) | (values > high + slack)
        least, most, part = (
            float(values.min(initial=0)),
            float(values.max(initial=0)),
            float(outside.mean()) if len(values) else 0.0,
        )
        evidence = {
            "dimension": gripper.name,
            "min": least,
            "max": most,
            "outside": part,
            "convention": convention,
        }
        if part > 0.005:
            says = (
                f"{gripper.name} goes from {least:.4g} to {most:.4g}; {convention} has {low:g} to {high:g}."
            )
            tally = _where(
                facts,
                lambda t, g=gripper: (
                    (t.action[:, g.action] < low - slack) | (t.action[:, g.action] > high + slack)
                ),
            )
            yield Finding(
                "gripper-range",
                "error" if part > 0.05 else "warning",
                says,
                _rescale(least, most),
                evidence,
                **tally.counts(),
            )
        elif convention == "open_absolute" and 0 < most < 0.5 and most > least:
            says = f"{gripper.name} never opens by half: its largest value is {most:.3g}. Is it a width in metres?"
            yield Finding(
                "gripper-range",
                "warning",
                says,
                _rescale(0.0, most),
                evidence,
                len(facts.tracks),
                len(values),
            )
        elif convention == "closing_relative" and least >= 0 and np.mean(values > 0.5) > 0.3:
            says = f"{gripper.name} never opens (no value below 0): it looks absolute, and closing_relative was declared."
            advice = "Declare gripper: open_absolute, with an invert_gripper where 1 means closed."
            yield Finding("gripper-range", "warning", says, advice, evidence, len(facts.tracks), len(values))


def _rescale(least: float, most: float) -> str:
    width = most - least or 1.0
    return (
        f"Bring it into the convention's range: {{op: affine, in: <the column>, scale: {1 / width:.6g}, "
        f"offset: {-least / width:.6g}, out: $gripper}}, and look at which end is open."
    )


def _where(facts: Facts, test) -> Tally:  # type: ignore[no-untyped-def]
    tally = Tally()
    for track in facts.tracks:
        if count := int(np.count_nonzero(test(track))):
            tally.add(track.id, count)
    return tally


def _levels(facts: Facts, gripper: Gripper) -> tuple[float, float] | None:
    """What counts as closed (at or below) and as open (at or above); None for a gripper that hardly moves."""
    if facts.subject.chain.gripper == "closing_relative":
        return -0.5, 0.5
    values = facts.actions[:, gripper.action]
    if not len(values):
        return None
    low, high = (float(v) for v in np.quantile(values, (0.02, 0.98)))
    width = high - low
    return (low + 0.35 * width, high - 0.35 * width) if width > 1e-3 else None


def _is_open(facts: Facts, gripper: Gripper, track: Track, levels: tuple[float, float]) -> np.ndarray:
    """bool [N], as the convention says; between the levels as before, and before the first of them as then, or, of
    commands, as the first command found it."""
    values = track.action[:, gripper.action]
    sign = np.where(values >= levels[1], 1, np.where(values <= levels[0], -1, 0))
    relative = facts.subject.chain.gripper == "closing_relative"
    if relative:
        sign = -sign
    told = np.flatnonzero(sign)
    if not len(told):
        return np.ones(len(sign), bool)
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), -1))
    first = -sign[told[0]] if relative else sign[told[0]]
    return np.where(last >= 0, sign[np.maximum(last, 0)], first) > 0


def _vote(gripper: Gripper, track: Track, is_open: np.ndarray) -> int:
    """+1 for a hand that picks by the convention, -1 for the opposite, 0 for none that can be told."""
    changes = np.flatnonzero(is_open[1:] != is_open[:-1]) + 1
    if not len(changes):
        return 0
    height = _height(gripper, track)
    if height is not None and (span := float(np.ptp(height))) > 0:
        low = changes[height[changes] <= height.min() + LOW * span]
        changes = low if len(low) else changes
    return -1 if is_open[changes[0]] else 1


def _height(gripper: Gripper, track: Track) -> np.ndarray | None:
    """The hand's height [N], metres from anywhere: measured, or summed up from its changes."""
    if gripper.height is not None:
        height: np.ndarray = track.state[:, gripper.height]
        return height
    return None if gripper.dz is None else np.cumsum(track.action[:, gripper.dz])


def _judged(facts: Facts, gripper: Gripper, opens: list[np.ndarray]) -> Iterator[Finding]:
    votes = np.array([_vote(gripper, t, o) for t, o in zip(facts.tracks, opens, strict=True)], int)
    voted, against = int(np.count_nonzero(votes)), int(np.count_nonzero(votes < 0))
    part = against / voted if voted else 0.0
    measured = _measured(facts, gripper, opens)
    state = float(np.median(measured)) if len(measured) else 0.0
    severity = _severity(voted, part, state)
    told = f"in {against} of {voted} episodes that tell, the first change down at the work opens it"
    if len(measured):
        told += f"; correlation with the opening that the state measures {state:+.2f}"
    evidence = {
        "dimension": gripper.name,
        "episodes_that_tell": voted,
        "against": against,
        "state_correlation": state if len(measured) else None,
    }
    if severity:
        says = f"{gripper.name} means the opposite of {facts.subject.chain.gripper}: {told}."
        against_ids = [t.id for t, v in zip(facts.tracks, votes, strict=True) if v < 0]
        steps = sum(len(t) for t in facts.tracks)
        yield Finding(
            "gripper-polarity",
            severity,
            says,
            _turned(facts, gripper),
            evidence,
            len(facts.tracks),
            steps,
            tuple(against_ids[:5]),
        )
        return
    wrong = np.flatnonzero(measured < -0.5)
    if state > 0.5 and len(wrong) >= max(1, 0.05 * len(measured)):
        says = f"{gripper.name} is the other way round in {len(wrong)} of {len(measured)} episodes, by the opening that the state measures."
        advice = "Two recordings were joined: leave those episodes out, or convert them with a schema of their own."
        yield Finding(
            "gripper-polarity",
            "warning",
            says,
            advice,
            {**evidence, "share": percent(len(wrong) / len(measured))},
            len(wrong),
        )


def _severity(voted: int, part: float, state: float):  # type: ignore[no-untyped-def]
    if state < -0.5:
        return "error" if part >= 0.5 or voted < 3 else "warning"
    if state > 0.5:
        return "warning" if part > 0.8 and voted >= 8 else None
    if voted >= 8 and part >= 0.75:
        return "error"
    return "warning" if voted >= 4 and part > 0.55 else None


def _measured(facts: Facts, gripper: Gripper, opens: list[np.ndarray]) -> np.ndarray:
    """For each episode that tells, the correlation of what the action says with the opening that the state measures."""
    for column, _, sense in gripper.state:
        values = facts.states[:, column]
        is_width = len(values) and -0.01 <= float(values.min()) and 0.005 < float(values.max()) <= WIDEST
        meaning = sense or (1 if is_width else 0)
        if meaning:
            found = [
                meaning * c
                for t, o in zip(facts.tracks, opens, strict=True)
                if (c := _correlation(o, t.state[:, column])) is not None
            ]
            return np.array(found)
    return np.zeros(0)


def _correlation(is_open: np.ndarray, state: np.ndarray) -> float | None:
    """The largest over the lags by which a gripper may follow; None for an episode in which one of them rests."""
    best = 0.0
    for lag in LAGS:
        said, seen = is_open[: len(is_open) - lag].astype(float), state[lag:].astype(float)
        if len(said) < 8 or said.std() < 1e-6 or seen.std() < 1e-6:
            continue
        found = float(np.corrcoef(said, seen)[0, 1])
        best = found if abs(found) > abs(best) else best
    return best or None


def _turned(facts: Facts, gripper: Gripper) -> str:
    if facts.subject.chain.gripper == "open_absolute":
        return "Turn it in the chain: {op: invert_gripper, in: <the column>, out: $gripper}, and concat $gripper."
    return "Turn its sign in the chain: {op: affine, in: <the column>, scale: -1, out: $gripper}, and concat $gripper."
