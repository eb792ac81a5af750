"""gripper-polarity: does the gripper open where the schema says that it opens?

Each episode has a vote. A hand that picks closes where it is low and opens where it is high or low again, so the first
change near the lowest place is a closing, whether the episode began open or closed; where no height is known, or no change
is low, the first change of all counts. Episodes without a change have none. A column of the state that measures the
gripper, by its name or as a width in metres, speaks for itself: it falls when the gripper closes, with a lag. A minority of
episodes that begin with something in the hand is expected, so votes count by their share; a state outweighs them.
"""

from collections.abc import Iterator

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import SHOWN, Finding, Severity, share
from vladata.doctor.layout import Gripper
from vladata.doctor.track import Track

LOW = 0.35  # of the episode's range of heights, from its lowest
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
    measured = _measured(facts, gripper, opens)  # nan for an episode that does not tell
    told = measured[np.isfinite(measured)]
    state = float(np.median(told)) if len(told) else None
    evidence = {
        "dimension": gripper.name,
        "episodes_that_tell": voted,
        "against": against,
        "state_correlation": state,
    }
    severity = _severity(voted, share(against, voted), state or 0.0)
    if severity:
        says = (
            f"{gripper.name} means the opposite of {facts.subject.chain.gripper}: in {against} of {voted} episodes that tell, "
            "the first change down at the work opens it"
        )
        says += f"; correlation with the opening that the state measures {state:+.2f}." if told.size else "."
        yield facts.whole("gripper-polarity", severity, says, _turned(facts), evidence)
        return
    wrong = np.flatnonzero(measured < -0.5)
    if state is not None and state > 0.5 and len(wrong) >= max(1, 0.05 * len(told)):
        says = (
            f"{gripper.name} is the other way round in {len(wrong)} of {len(told)} episodes, by the opening that the state "
            "measures."
        )
        advice = "Two recordings were joined: leave those episodes out, or convert them with a schema of their own."
        ids = tuple(facts.tracks[i].id for i in wrong[:SHOWN])
        steps = sum(len(facts.tracks[i]) for i in wrong)
        yield Finding("gripper-polarity", "warning", says, advice, evidence, len(wrong), steps, ids)


def _severity(voted: int, part: float, state: float) -> Severity | None:
    """part: share of the votes that are against.   state: correlation with what the state measures, 0 where it does not."""
    if state < -0.5:
        return "error" if part >= 0.5 or voted < 3 else "warning"
    if state > 0.5:
        return "warning" if part > 0.8 and voted >= 8 else None
    if voted >= 8 and part >= 0.75:
        return "error"
    return "warning" if voted >= 4 and part > 0.55 else None


def _measured(facts: Facts, gripper: Gripper, opens: list[np.ndarray]) -> np.ndarray:
    """float64, one an episode: the correlation of what the action says with the opening that the state measures."""
    for column, _, sense in gripper.state:
        values = facts.states[:, column]
        is_width = len(values) and float(values.min()) >= -0.01 and 0.005 < float(values.max()) <= WIDEST
        meaning = sense or (1 if is_width else 0)
        if meaning:
            pairs = zip(facts.tracks, opens, strict=True)
            return np.array([meaning * _correlation(o, t.state[:, column]) for t, o in pairs])
    return np.zeros(0)


def _correlation(is_open: np.ndarray, state: np.ndarray) -> float:
    """The largest over the lags by which a gripper may follow; nan where one of them rests."""
    best = 0.0
    for lag in LAGS:
        said, seen = is_open[: len(is_open) - lag].astype(float), state[lag:].astype(float)
        if len(said) < 8 or said.std() < 1e-6 or seen.std() < 1e-6:
            continue
        found = float(np.corrcoef(said, seen)[0, 1])
        best = found if abs(found) > abs(best) else best
    return best or np.nan


def _turned(facts: Facts) -> str:
    if facts.subject.chain.gripper == "open_absolute":
        return "Turn it in the chain: {op: invert_gripper, in: <the column>, out: $gripper}, and concat $gripper."
    return "Turn its sign in the chain: {op: affine, in: <the column>, scale: -1, out: $gripper}, and concat $gripper."
