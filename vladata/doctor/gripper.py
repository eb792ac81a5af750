"""gripper-polarity: a gripper that opens where the schema says that it closes.

Each episode has a vote: a hand that picks closes first. The vote is the first change at work, where the hand is low or slow,
so that fingers which open on their way to the object do not count. Without such a change, or where neither height nor place
is known, it is the first change of all. Episodes without a change have no vote. A column of the state that measures the
gripper, by its name or as a width in metres, is stronger evidence: it falls when the gripper closes, with a lag. A minority of
episodes that begin with something in the hand is expected, so the share of the votes counts. It is an error where the state
contradicts the schema, and, where no state can be asked, where every one of at least ENOUGH votes does.

Where there are two arms each gripper is judged by itself, and against the other: their columns of the state are alike, so if
one command goes with its column and the other against it, one of the two is inverted, whatever a 1 in the state means.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from vladata.doctor.facts import Facts
from vladata.doctor.finding import SHOWN, Finding, Severity, share
from vladata.doctor.layout import Gripper
from vladata.doctor.track import Track

LOW = 0.35  # of the episode's range of heights, from its lowest
SLOW = 0.3  # of the episode's median speed
LAGS = range(6)  # steps by which a gripper may follow its command
WIDEST = 0.2  # metres
ENOUGH = 5  # votes that, with none for the schema's convention, make an error of it even without a state
MANY = 8  # votes that are believed by their order alone
TELLS = 0.5  # correlation from which a column of the state is believed


def gripper_polarity(facts: Facts) -> Iterator[Finding]:
    """Return a finding for each gripper that means the opposite of what the chain says."""
    looked = [
        (gripper, [_is_open(facts, gripper, track, levels) for track in facts.tracks])
        for gripper in facts.subject.layout.grippers
        if (levels := _levels(facts, gripper)) is not None
    ]
    beside = {gripper.name: _middle(_beside(facts, gripper, opens)) for gripper, opens in looked}
    for gripper, opens in looked:
        found = list(_judged(facts, gripper, opens, beside[gripper.name]))
        yield from found or _against_others(facts, gripper, beside)


def _levels(facts: Facts, gripper: Gripper) -> tuple[float, float] | None:
    """Return the values at or below which the gripper is closed, and at or above which it is open; None if it hardly moves."""
    if gripper.name in facts.subject.chain.relative:
        return -0.5, 0.5
    values = facts.actions[:, gripper.action]
    if not len(values):
        return None
    low, high = (float(v) for v in np.quantile(values, (0.02, 0.98)))
    width = high - low
    return (low + 0.35 * width, high - 0.35 * width) if width > 1e-3 else None


def _is_open(facts: Facts, gripper: Gripper, track: Track, levels: tuple[float, float]) -> np.ndarray:
    """Return in which steps the gripper is open by its convention, bool [N].

    Between the levels it is as in the step before. Before the first value beyond a level it is as at that value or, of commands,
    the opposite, which is what the first command changes."""
    values = track.action[:, gripper.action]
    sign = np.where(values >= levels[1], 1, np.where(values <= levels[0], -1, 0))
    relative = gripper.name in facts.subject.chain.relative
    if relative:
        sign = -sign
    told = np.flatnonzero(sign)
    if not len(told):
        return np.ones(len(sign), bool)
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), -1))
    first = -sign[told[0]] if relative else sign[told[0]]
    return np.where(last >= 0, sign[np.maximum(last, 0)], first) > 0


def _votes(gripper: Gripper, track: Track, is_open: np.ndarray) -> tuple[int, int]:
    """Return two votes, by the first change at work and by the first of all: +1 for a hand that closes first, -1 for one that
    opens first, 0 without a change."""
    is_open = _steady(is_open)
    changes = np.flatnonzero(is_open[1:] != is_open[:-1]) + 1
    if not len(changes):
        return 0, 0
    work = changes[_at_work(gripper, track)[changes]]
    return _sign(is_open, work if len(work) else changes), _sign(is_open, changes)


def _steady(is_open: np.ndarray) -> np.ndarray:
    """Return `is_open` without states of a single step, such as a first action of zeros or a bounce of the switch."""
    edges = [0, *(np.flatnonzero(is_open[1:] != is_open[:-1]) + 1).tolist(), len(is_open)]
    found = is_open.copy()
    for start, stop in pairwise(edges):
        if stop - start == 1 and len(is_open) > 1:
            found[start] = found[start - 1] if start else is_open[1]
    return found


def _sign(is_open: np.ndarray, changes: np.ndarray) -> int:
    """Return +1 if the first change closes the gripper, -1 if it opens it."""
    return -1 if is_open[changes[0]] else 1


def _at_work(gripper: Gripper, track: Track) -> np.ndarray:
    """Return in which steps the hand is low or hardly moves, bool [N]; False where that is not known."""
    place, height = _place(gripper, track)
    at_work = np.zeros(len(track), bool)
    if height is not None and np.ptp(height) > 0:
        at_work |= height <= height.min() + LOW * np.ptp(height)
    if place is not None:
        speed = np.linalg.norm(np.diff(place, axis=0, append=place[-1:]), axis=1)
        at_work |= speed < SLOW * np.median(speed)
    return at_work


def _place(gripper: Gripper, track: Track) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the hand's place [N, 3] and height [N]: measured, or summed up from its changes."""
    if gripper.place:
        place = track.state[:, gripper.place].astype(np.float64)
        return place, place[:, 2]
    if gripper.changes:
        place = np.cumsum(track.action[:, gripper.changes].astype(np.float64), axis=0)
        return place, place[:, 2]
    return None, None


def _against_others(facts: Facts, gripper: Gripper, beside: Mapping[str, float | None]) -> Iterator[Finding]:
    """Return a finding for a gripper that goes against its column of the state, where another goes with its own.

    beside: gripper -> its correlation with a column that does not say what its 1 means."""
    own = beside[gripper.name] or 0.0
    others = [name for name, found in beside.items() if (found or 0.0) > TELLS]
    if own >= -TELLS or not others:
        return
    column = next(name for _, name, _ in gripper.state)
    says = (
        f"{gripper.name} goes against the state's {column} (correlation {own:+.2f}), while {others[0]} goes with its own column "
        f"({beside[others[0]]:+.2f}): one of the two grippers is inverted, so a model opens one hand where it should close it."
    )
    advice = f"Look at a few pictures of both. {_turned(facts, gripper.name)}"
    evidence = {"dimension": gripper.name, "correlation_with_unknown": own, "other": others[0]}
    yield facts.whole("gripper-polarity", "warning", says, advice, evidence)


def _judged(
    facts: Facts, gripper: Gripper, opens: list[np.ndarray], beside: float | None
) -> Iterator[Finding]:
    pairs = [_votes(gripper, t, o) for t, o in zip(facts.tracks, opens, strict=True)]
    votes = np.array(pairs, int).reshape(-1, 2)
    voted = int(np.count_nonzero(votes[:, 0]))
    against, first = (int(np.count_nonzero(column < 0)) for column in votes.T)
    measured = _measured(facts, gripper, opens)  # nan for an episode that does not tell
    told = measured[np.isfinite(measured)]
    state = _middle(measured)
    evidence = {
        "dimension": gripper.name,
        "episodes_that_tell": voted,
        "against": against,
        "against_at_first": first,
        "state_correlation": state,
        "correlation_with_unknown": beside,
    }
    at_work = _severity(voted, share(against, voted), share(first, voted), state or 0.0)
    severity = at_work or (None if state else _by_order(voted, share(first, voted), beside or 0.0))
    if severity:
        known = at_work and (gripper.place or gripper.changes)
        count, which = (against, "first change down at the work") if known else (first, "first change of all")
        verb = "means" if severity == "error" else "seems to mean"
        says = (
            f"{gripper.name} {verb} the opposite of {facts.subject.chain.grippers[gripper.name]}: in {count} of {voted} episodes "
            f"in which the gripper changes, the {which} opens it, though a hand that picks something closes first"
        )
        says += (
            f". The correlation with the opening that the state measures is {state:+.2f}."
            if told.size
            else "."
        )
        yield facts.whole("gripper-polarity", severity, says, _turned(facts, gripper.name), evidence)
        return
    wrong = np.flatnonzero(measured < -0.5)
    if state is not None and state > 0.5 and len(wrong) >= max(1, 0.05 * len(told)):
        says = (
            f"{gripper.name} is the other way round in {len(wrong)} of {len(told)} episodes, by the opening that the state "
            "measures."
        )
        advice = (
            "Perhaps two recordings were joined: leave those episodes out with --errata FILE, or convert them with a schema of "
            "their own."
        )
        ids = tuple(facts.tracks[i].id for i in wrong[:SHOWN].tolist())
        steps = sum(len(facts.tracks[i]) for i in wrong.tolist())
        yield Finding("gripper-polarity", "warning", says, advice, evidence, len(wrong), steps, ids)


def _severity(voted: int, part: float, first: float, state: float) -> Severity | None:
    """part: share of the votes that are against.   first: the same by the first change of all.   state: correlation with what
    the state measures, 0 where it does not."""
    if state < -0.5:
        return "error" if part >= 0.5 or voted < 3 else "warning"
    if state > 0.5:
        return "warning" if part > 0.8 and voted >= MANY else None
    if first <= 0.2:  # hands that close first: where they do is an accident, unless nearly all open at work
        return "warning" if voted >= MANY and part >= 0.8 else None
    if part == 1 and voted >= ENOUGH:
        return "error"
    return "warning" if voted >= 4 and part > 0.55 else None


def _by_order(voted: int, first: float, beside: float) -> Severity | None:
    """Return the severity by the order of the changes alone, where neither height nor a known state decides.

    beside: correlation with a gripper column of the state that does not say what its 1 means; one that goes the other way is
    further evidence.
    """
    if first == 1 and voted >= MANY:
        return "error"
    agreed = beside < -0.5 and first >= 0.8 and voted >= ENOUGH
    return "warning" if agreed or (voted >= MANY and first >= 0.9) else None


def _middle(measured: np.ndarray) -> float | None:
    """Return the median of the finite values, None if there is none."""
    told = measured[np.isfinite(measured)]
    return float(np.median(told)) if len(told) else None


def _measured(facts: Facts, gripper: Gripper, opens: list[np.ndarray]) -> np.ndarray:
    """Return the correlations of the action with the opening that the state measures, float64, one an episode."""
    for column, _, sense in gripper.state:
        if meaning := _meaning(facts, column, sense):
            return meaning * _correlations(facts, column, opens)
    return np.zeros(0)


def _beside(facts: Facts, gripper: Gripper, opens: list[np.ndarray]) -> np.ndarray:
    """Return the correlations, one an episode, with a gripper column of the state that does not say what its 1 means."""
    unknown = [column for column, _, sense in gripper.state if not _meaning(facts, column, sense)]
    return _correlations(facts, unknown[0], opens) if unknown else np.zeros(0)


def _meaning(facts: Facts, column: int, sense: int) -> int:
    """Return +1 for a column that rises when the gripper opens, -1 for one that falls, 0 if that is not known."""
    values = facts.states[:, column]
    is_width = len(values) and float(values.min()) >= -0.01 and 0.005 < float(values.max()) <= WIDEST
    return sense or (1 if is_width else 0)


def _correlations(facts: Facts, column: int, opens: list[np.ndarray]) -> np.ndarray:
    pairs = zip(facts.tracks, opens, strict=True)
    return np.array([_correlation(is_open, track.state[:, column]) for track, is_open in pairs])


def _correlation(is_open: np.ndarray, state: np.ndarray) -> float:
    """Return the largest correlation over the lags by which a gripper may follow; nan if either never changes."""
    best = 0.0
    for lag in LAGS:
        said, seen = is_open[: len(is_open) - lag].astype(float), state[lag:].astype(float)
        if len(said) < 8 or said.std() < 1e-6 or seen.std() < 1e-6:
            continue
        found = float(np.corrcoef(said, seen)[0, 1])
        best = found if abs(found) > abs(best) else best
    return best or np.nan


def _turned(facts: Facts, name: str) -> str:
    turn = (
        "affine, in: <the column>, scale: -1"
        if name in facts.subject.chain.relative
        else "invert_gripper, in: <the column>"
    )
    what = "its sign" if name in facts.subject.chain.relative else "it"
    return f"Invert {what} in the chain: {{op: {turn}, out: ${name}}}, and concat ${name}."
