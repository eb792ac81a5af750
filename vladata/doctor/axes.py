"""swapped-dimensions, reversed-dimension: actions that move another dimension of the state than their own, or go against it.

For every dimension i of the action and every dimension j of the state, r[i, j] is the correlation of the action with the
state's change, at the lag that explains most. Where action and state agree, r[i, i] is large and positive in each row. What is
looked for is a signed permutation that explains the state far better than the names do:

    dimensions change places    |r[i, j]| and |r[j, i]| are large beside |r[i, i]| and |r[j, j]|, in most episodes
    a dimension is reversed     r[i, i] is large and negative, in most episodes

An action in another right-handed frame than the state (a camera's, the hand's) gives a signed permutation too, or a weak and
mixed one, which says nothing. But a rotation of the frame has determinant +1, for positions and, while the pitch is away from a
right angle, for changes of roll, pitch and yaw. So determinant -1 is an error, and +1 or an unknown one a warning. Joints have
no frame.

An arm that shakes or stirs, and is late by a part of its period, looks reversed or turned. So nothing is said where a dimension
explains its own of the state nearly as well at any lag of up to half a second.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vladata.doctor.action_kind import mistaken
from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Severity
from vladata.doctor.follow import LAGS, AlignedRows, aligned, steps_of_state, whole_turn
from vladata.doctor.layout import Group
from vladata.doctor.track import pieces

STEPS = 20_000  # of the sample that are looked at
EPISODES = 4  # that must tell
VOTES = 0.7  # share of the episodes that must agree
TELLS = 0.5  # |r| from which a dimension is said to have changed
KNOWN = 0.3  # |r| from which the sign of an unchanged dimension is known, for the determinant
LESS = 0.6  # of what the own dimension leaves unexplained
LATEST = 0.5  # seconds by which an arm may be late
AS_WELL = 0.85  # of the |r| that is found, from which the own dimension explains as well
STEEP = 1.2  # radians of pitch beyond which roll and yaw turn about nearly one axis


@dataclass(frozen=True, eq=False)
class AxisMatches:
    """The dimension of the state that each of D dimensions of the action moves.

    names, states, group: of each dimension, its name, its own column of the state, its group.
    r:     float64 [D, D], correlations, action by state.
    to:    int [D], the position of the dimension that it moves; its own where nothing else is told.
    sign:  int [D], -1 where it goes against it, 1 where it goes with it, 0 where that cannot be said.
    agree: float64 [D], the share of the episodes that say the same.
    moves: bool [D], False where action or state are constant.
    """

    names: tuple[str, ...]
    states: tuple[str, ...]
    group: tuple[Group, ...]
    r: np.ndarray
    to: np.ndarray
    sign: np.ndarray
    agree: np.ndarray
    moves: np.ndarray

    def changed(self) -> list[int]:
        """Return the dimensions that move another one, or go against their own."""
        return [d for d in range(len(self.to)) if self.to[d] != d or self.sign[d] < 0]


def axes(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each group with swapped or reversed dimensions, and one for dimensions of several groups."""
    found = matches(facts)
    if found is None or not (changed := found.changed()) or any(_is_late(facts, found, d) for d in changed):
        return
    crossing = [d for d in changed if found.group[d] != found.group[found.to[d]]]
    if crossing:
        yield _finding(facts, found, crossing, "error")
    for group in dict.fromkeys(found.group):
        own = [d for d, of in enumerate(found.group) if of == group]
        inside = [d for d in own if d in changed]
        severity = _severity(found, group, own, inside) if inside and not set(own) & set(crossing) else None
        if severity:
            yield _finding(facts, found, inside, severity)


def matches(facts: Facts) -> AxisMatches | None:
    """Return the matches of all groups that a state measures; None where too few steps or episodes tell."""
    tracks = facts.tracks[:: 1 + len(facts.actions) // STEPS]
    found = {
        group: rows
        for group in facts.subject.layout.groups
        if not (mistaken(facts, group) or _is_steep(facts, group))
        and (rows := aligned(group, tracks)) is not None
    }
    if not found or len(np.unique(next(iter(found.values())).episode)) < EPISODES:
        return None
    return _matched(facts.subject.layout.states, found)


def _is_late(facts: Facts, found: AxisMatches, d: int) -> bool:
    """Return True if dimension d explains its own of the state at a later step nearly as well as what was found explains."""
    group = found.group[d]
    at, turn = group.names.index(found.names[d]), whole_turn(group, facts.tracks)
    pairs = []
    for track in facts.tracks[:: 1 + len(facts.actions) // STEPS]:
        for piece in pieces(track):
            change = steps_of_state(track.state[piece][:, group.state[at]], turn)
            action = track.action[piece][:, group.action[at]].astype(np.float64)
            moved = action if group.change else np.concatenate([[0.0], steps_of_state(action, turn)])
            pairs.append((moved[: len(change)], change))
    latest = min(25, max(5, round(LATEST * (facts.subject.hz or 20))))
    own = max(_correlation(pairs, lag) for lag in range(latest + 1))
    return bool(own > AS_WELL * abs(found.r[d, found.to[d]]))


def _correlation(pairs: Sequence[tuple[np.ndarray, np.ndarray]], lag: int) -> float:
    """Return the correlation of actions with the changes `lag` steps later."""
    action = np.concatenate([a[: max(0, len(a) - lag)] for a, _ in pairs])
    change = np.concatenate([c[lag:] for _, c in pairs])
    return float(np.mean(_standard(action) * _standard(change))) if len(action) else 0.0


def _is_steep(facts: Facts, group: Group) -> bool:
    """Return True for roll, pitch and yaw of a hand whose pitch is near a right angle."""
    pitch = [d for d, name in zip(group.state, group.names, strict=False) if name.endswith("pitch")]
    if group.kind != "rotation" or not pitch or not len(facts.states):
        return False
    usual = np.quantile(np.abs(facts.states[:, pitch]), 0.75)
    return float(usual) > STEEP / (2 * np.pi) * whole_turn(group, facts.tracks)


def _matched(states: Sequence[str], found: Mapping[Group, AlignedRows]) -> AxisMatches:
    rows = list(found.values())
    action = _standard(np.hstack([each.moved for each in rows]))
    change = max(
        (_standard(np.hstack([each.change[k] for each in rows])) for k in LAGS),
        key=lambda c: np.square(action.T @ c).max(axis=1).sum(),
    )
    episode = np.unique(rows[0].episode, return_inverse=True)[1]
    r = action.T @ change / len(action)
    dimensions = range(len(r))
    wanted = [_wanted(d, r, action, change, episode) for d in dimensions]
    to = [wanted[d] if len(_ring(wanted, d)) > 1 else d for d in dimensions]
    agree = [_agreeing(d, j, r, action, change, episode) for d, j in enumerate(to)]
    signs = [_sign(r[d, to[d]], agree[d]) if to[d] == wanted[d] else 0 for d in dimensions]
    return AxisMatches(
        names=tuple(name for group in found for name in group.names),
        states=tuple(states[column] for group in found for column in group.state),
        group=tuple(group for group in found for _ in group.names),
        r=r,
        to=np.array(to),
        sign=np.array(signs),
        agree=np.array(agree),
        moves=np.any(action, axis=0) & np.any(change, axis=0),
    )


def _standard(values: np.ndarray) -> np.ndarray:
    """Return the columns with mean 0 and deviation 1; a constant one is 0."""
    spread = values.std(axis=0)
    standard: np.ndarray = (values - values.mean(axis=0)) * (spread > 1e-9) / np.maximum(spread, 1e-9)
    return standard


def _wanted(d: int, r: np.ndarray, action: np.ndarray, change: np.ndarray, episode: np.ndarray) -> int:
    """Return the dimension of the state that dimension d of the action explains, in most episodes, far better than its own."""
    best = int(np.abs(r[d]).argmax())
    if abs(r[d, best]) < TELLS or 1 - r[d, best] ** 2 > LESS * (1 - r[d, d] ** 2):
        return d
    return best if _agreeing(d, best, r, action, change, episode) >= VOTES else d


def _agreeing(
    d: int, to: int, r: np.ndarray, action: np.ndarray, change: np.ndarray, episode: np.ndarray
) -> float:
    """Return the share of the episodes in which dimension d of the action moves dimension `to` of the state: better than its own,
    or, if that is its own, in the direction of all episodes."""
    if to == d:
        return float(np.mean(np.bincount(episode, action[:, d] * change[:, d]) * r[d, d] > 0))
    left = [np.bincount(episode, np.square(action[:, d] - r[d, j] * change[:, j])) for j in (to, d)]
    return float(np.mean(left[0] < left[1]))


def _sign(r: float, agree: float) -> int:
    """Return the sign of a correlation, 0 where it is weak; a negative one must be strong, and told by most episodes."""
    if r >= KNOWN:
        return 1
    return -1 if r <= -TELLS and agree >= VOTES else 0


def _ring(to: Sequence[int], d: int) -> list[int]:
    """Return the dimensions that change places in a ring with d, or d alone."""
    path = [d]
    while to[path[-1]] not in path:
        path.append(to[path[-1]])
    return path if to[path[-1]] == d else [d]


def _severity(
    found: AxisMatches, group: Group, own: Sequence[int], changed: Sequence[int]
) -> Severity | None:
    """Return the severity of changes within a group; None where they say nothing."""
    if group.kind == "joints":
        return "error"
    if len(own) == 3 and all(found.sign[own]):
        signs = np.zeros((3, 3))
        signs[range(3), [own.index(found.to[d]) for d in own]] = found.sign[own]
        return "error" if np.linalg.det(signs) < 0 else "warning"
    if any(found.to[d] != d for d in changed):
        return "warning"
    return None if any(found.moves[d] and not found.sign[d] for d in own) else "warning"


def _finding(facts: Facts, found: AxisMatches, changed: Sequence[int], severity: Severity) -> Finding:
    swapped = [d for d in changed if found.to[d] != d]
    told = "; ".join(_told(found, d) for d in changed)
    if swapped:
        told = f"the dimensions {_names(found, swapped)} have changed places: {told}"
    return facts.whole(
        "swapped-dimensions" if swapped else "reversed-dimension",
        severity,
        f"{told[0].upper() + told[1:]}. That holds in {_share(min(found.agree[changed]))}. {MEANS[severity]}",
        ADVICE[severity, bool(swapped)],
        {
            "dimensions": [found.names[d] for d in changed],
            "moves": {found.names[d]: found.states[found.to[d]] for d in changed},
            "correlation": {found.names[d]: round(float(found.r[d, found.to[d]]), 3) for d in changed},
            "own_correlation": {found.names[d]: round(float(found.r[d, d]), 3) for d in changed},
            "episodes": {found.names[d]: round(float(found.agree[d]), 3) for d in changed},
        },
    )


def _names(found: AxisMatches, dimensions: Sequence[int]) -> str:
    *some, last = (found.names[d] for d in dimensions)
    return f"{', '.join(some)} and {last}"


def _share(part: float) -> str:
    return "every episode" if part == 1 else f"at least {part:.0%} of the episodes"


def _told(found: AxisMatches, d: int) -> str:
    to = int(found.to[d])
    r, way = found.r[d, to], "rises" if found.r[d, to] > 0 else "falls"
    told = f"where {found.names[d]} is positive, the state's {found.states[to]} {way} (correlation {r:.2f}"
    return told + (f", with {found.states[d]} {found.r[d, d]:.2f})" if to != d else ")")


MEANS: dict[Severity, str] = {
    "error": "No turn of the frame explains it: a model trained on this moves the robot the wrong way.",
    "warning": "An action in another frame than the state (a camera's, the hand's) looks like this too.",
}
IN_FRAME = (
    "If the action is meant in another frame than the state, leave it, and do not mix it with datasets of other frames under "
    "the same names. If not: "
)
EXCHANGE = "exchange the names in `names` of the chain, or in `state.names` if those are wrong."
TURN = (
    "turn the sign in the chain: {op: affine, in: <the column>, scale: -1, out: $turned}, and concat $turned. If all dimensions "
    "are reversed, a difference may have been taken the wrong way round."
)
ADVICE: dict[tuple[Severity, bool], str] = {
    ("error", True): EXCHANGE[0].upper() + EXCHANGE[1:],
    ("error", False): TURN[0].upper() + TURN[1:],
    ("warning", True): IN_FRAME + EXCHANGE,
    ("warning", False): IN_FRAME + TURN,
}
