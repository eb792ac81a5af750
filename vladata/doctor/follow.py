"""The motion of the state after the action: least-squares fits of a group's action on its state, at every lag.

For a piece of T steps with actions a [T, d] and states s [T, d], change c[t] = s[t+1] - s[t] (T-1 of them):

    change at lag k    a[t] = M c[t+k] + b                     an action that is a change; k = 0 where it is right
    value              a[t] = M s[t+1] + b                     an action that is a value to be reached
    second at lag k    a[t] = M (c[t+k] - c[t+k-1]) + b        the change of a change

M is d x d, so that a fixed rotation between the two frames, swapped axes and signs fit as well as anything. What counts is
R^2, the share of the action's variance that a fit explains, as the mean over the dimensions that move; all lags see the
same steps. Columns are cut at their 1% and 99% quantiles widened by their distance, so that a spike does not decide a fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vladata.doctor.layout import Group
from vladata.doctor.track import Track, pieces

LAGS = (-2, -1, 0, 1, 2)
REACH = max(LAGS)
LEAST_ROWS = 40  # steps that a fit needs


@dataclass(frozen=True, eq=False)
class Fit:
    """The fits of one group over a sample.

    change, second: lag -> R^2.   value: R^2.   slope: of the value's fit, action on state, mean over the dimensions.
    both:           R^2 on change and second together, at the best lag: what a sluggish arm needs, and a second alone does not.
    shift:          lag -> R^2 of the fit that decides the lag: `change`, or that of a[t] - a[t-1] where the group holds
                    values to be reached, since a[t] = s[t+1] gives a[t] - a[t-1] = c[t].
    scale:          rms of the state's changes over rms of the actions (their changes, where the group holds values): what
                    a unit of the action moves the state.
    spread:         largest over smallest of the dimensions' own scales: near 1 where one unit holds for all of them.
    largest:        largest |action|.
    better:         lag -> share of the episodes in which the fit of that lag leaves less than the one of lag 0.
    """

    change: dict[int, float]
    second: dict[int, float]
    both: float
    value: float
    slope: float
    shift: dict[int, float]
    scale: float
    spread: float
    largest: float
    better: dict[int, float]

    @property
    def lag(self) -> int:
        """The lag that explains most."""
        return max(LAGS, key=lambda k: self.shift[k])

    @property
    def best_change(self) -> float:
        return max(self.change.values())

    @property
    def best_second(self) -> float:
        return max(self.second.values())


@dataclass(frozen=True, eq=False)
class AlignedRows:
    """Aligned rows, each [R, d]: actions, what of them decides the lag, changes and their changes at each lag, next states;
    and the number of the episode [R]."""

    action: np.ndarray
    moved: np.ndarray
    change: dict[int, np.ndarray]
    second: dict[int, np.ndarray]
    value: np.ndarray
    episode: np.ndarray


def fit(group: Group, tracks: Sequence[Track]) -> Fit | None:
    """Return the fits, or None where the state has no such columns, or too few steps."""
    rows = aligned(group, tracks)
    if rows is None:
        return None
    moving = np.flatnonzero(
        np.all([v.std(axis=0) > 1e-9 for v in (rows.action, rows.moved, rows.change[0])], axis=0)
    )
    if not len(moving):
        return None
    action, moved = rows.action[:, moving], rows.moved[:, moving]
    left = {k: _residuals(moved, rows.change[k][:, moving]) for k in LAGS}
    shift = {k: _explained(moved, each) for k, each in left.items()}
    scales = rows.change[0][:, moving].std(axis=0) / moved.std(axis=0)
    return Fit(
        change=shift if group.change else _fits(action, rows.change, moving),
        second=_fits(action, rows.second, moving),
        both=max(
            _explained(action, _residuals(action, np.hstack([rows.change[k], rows.second[k]]))) for k in LAGS
        ),
        value=_explained(action, _residuals(action, rows.value[:, moving])),
        slope=_slope(action, rows.value[:, moving]),
        shift=shift,
        scale=_rms(rows.change[0][:, moving]) / _rms(moved),
        spread=float(scales.max() / scales.min()),
        largest=float(max(np.abs(t.action[:, group.action]).max() for t in tracks if len(t))),
        better=_better(left, moved, rows.episode),
    )


def aligned(group: Group, tracks: Sequence[Track]) -> AlignedRows | None:
    """Return the rows of a group; None where the state has no such columns, or too few steps. All groups have the same rows."""
    if not group.state or not tracks:
        return None
    turn = whole_turn(group, tracks)
    blocks = [block for number, track in enumerate(tracks) for block in _blocks(group, track, number, turn)]
    if sum(len(block.action) for block in blocks) < LEAST_ROWS:
        return None
    return _joined(blocks)


def _fits(action: np.ndarray, on: dict[int, np.ndarray], moving: np.ndarray) -> dict[int, float]:
    return {k: _explained(action, _residuals(action, values[:, moving])) for k, values in on.items()}


def _better(left: dict[int, np.ndarray], moved: np.ndarray, episode: np.ndarray) -> dict[int, float]:
    number = np.unique(episode, return_inverse=True)[1]
    spread = np.maximum(moved.std(axis=0), 1e-12)
    sums = {k: np.bincount(number, np.square(each / spread).sum(axis=1)) for k, each in left.items()}
    return {k: float(np.mean(total < sums[0])) for k, total in sums.items()}


def whole_turn(group: Group, tracks: Sequence[Track]) -> float:
    """Return a whole turn in the state's unit, 0 for what does not turn."""
    if group.kind != "rotation":
        return 0.0
    largest = max(float(np.abs(t.state[:, group.state]).max(initial=0)) for t in tracks)
    return 2 * np.pi if largest <= 2.1 * np.pi else 360.0


def steps_of_state(state: np.ndarray, turn: float) -> np.ndarray:
    """s[t+1] - s[t], [T-1, d] float64, by the shorter way round where a whole turn is `turn`."""
    change = np.diff(state.astype(np.float64), axis=0)
    return change - turn * np.round(change / turn) if turn else change


def _blocks(group: Group, track: Track, number: int, turn: float) -> Iterator[AlignedRows]:
    for piece in pieces(track):
        state = track.state[piece][:, group.state]
        change = steps_of_state(state, turn)
        action = track.action[piece][:, group.action].astype(np.float64)
        start, stop = REACH + 1, len(change) - REACH
        if stop <= start:
            continue
        at = np.arange(start, stop)
        yield AlignedRows(
            action[at],
            action[at] if group.change else steps_of_state(action, turn)[at - 1],
            {k: change[at + k] for k in LAGS},
            {k: change[at + k] - change[at + k - 1] for k in LAGS},
            state[at + 1].astype(np.float64),
            np.full(len(at), number),
        )


def _joined(blocks: Sequence[AlignedRows]) -> AlignedRows:
    return AlignedRows(
        _cut(np.concatenate([b.action for b in blocks])),
        _cut(np.concatenate([b.moved for b in blocks])),
        {k: _cut(np.concatenate([b.change[k] for b in blocks])) for k in LAGS},
        {k: _cut(np.concatenate([b.second[k] for b in blocks])) for k in LAGS},
        _cut(np.concatenate([b.value for b in blocks])),
        np.concatenate([b.episode for b in blocks]),
    )


def _cut(values: np.ndarray) -> np.ndarray:
    low, high = np.quantile(values, (0.01, 0.99), axis=0)
    cut: np.ndarray = np.clip(values, low - (high - low), high + (high - low))
    return cut


def _residuals(action: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Return the residuals of the action after the best M and b, [R, d]."""
    y, x = action - action.mean(axis=0), on - on.mean(axis=0)
    x = x / np.maximum(x.std(axis=0), 1e-12)
    solution = np.linalg.lstsq(x, y, rcond=1e-6)[0]
    left: np.ndarray = y - x @ solution
    return left


def _explained(action: np.ndarray, left: np.ndarray) -> float:
    return float(np.mean(1 - left.var(axis=0) / np.maximum(action.var(axis=0), 1e-24)))


def _slope(action: np.ndarray, value: np.ndarray) -> float:
    y, x = action - action.mean(axis=0), value - value.mean(axis=0)
    return float(np.mean((x * y).sum(axis=0) / np.maximum(np.square(x).sum(axis=0), 1e-12)))


def _rms(values: np.ndarray) -> float:
    return max(float(np.sqrt(np.mean(np.square(values)))), 1e-12)
