"""time-shift: the action of a step belongs to another step.

The fits of follow.py at every lag k: the action of step t explains what the state does from step t+k to t+k+1. k = 0 is
right. k > 0: the state follows late; real arms do, by a step, so this is a warning. k < 0: the action says what has already
happened, which no controller can do. Smooth motion fits at neighbouring lags nearly as well, so a lag must win in most
episodes by itself and leave clearly less unexplained.
"""

from collections.abc import Iterator

from vladata.doctor.action_kind import mistaken
from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding

TELLS = 0.25  # R^2 from which a lag is believed
LESS = 0.85  # of what lag 0 leaves unexplained
NOTHING = (
    1e-3  # what lag 0 may leave unexplained without being asked: of a steady motion all lags explain the same
)
VOTES = 0.7  # share of the episodes in which it must win


def time_shift(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for all groups together: that of the group in which another lag wins most clearly."""
    wins = []
    for group, fit in facts.fits.items():
        if fit is None or fit.lag == 0 or fit.shift[fit.lag] < TELLS or mistaken(facts, group):
            continue
        if 1 - fit.shift[0] < NOTHING:
            continue
        left = (1 - fit.shift[fit.lag]) / (1 - fit.shift[0])
        if left < LESS and fit.better[fit.lag] >= VOTES:
            wins.append((left, group, fit))
    if not wins:
        return
    left, group, fit = min(wins, key=lambda win: win[0])
    lag, sure = fit.lag, left < 0.6
    late = f"the state moves as the action {group.title} says, but {abs(lag)} step{'s' * (abs(lag) > 1)}"
    when = "later" if lag > 0 else "before the action is given"
    yield facts.whole(
        "time-shift",
        "error" if lag < 0 and sure else "warning",
        f"{late[0].upper() + late[1:]} {when} (R^2 of the fit: {fit.shift[lag]:.2f} at lag {lag:+d}, "
        f"{fit.shift[0]:.2f} at lag 0; lag {lag:+d} is better in {fit.better[lag]:.0%} of the episodes).",
        _advice(lag),
        {
            "dimensions": list(group.names),
            "lag": lag,
            "r2": {str(k): round(v, 3) for k, v in fit.shift.items()},
        },
    )


def _advice(lag: int) -> str:
    if lag < 0:
        return (
            "Each action was stored beside the observation that came after it, so a model learns to repeat the last motion. Take "
            "the motion from the states: {op: delta_to_next, in: <the state's columns>, rotation: none, tail: drop, out: "
            "$delta}; or write the data anew with the action of a step beside the observation before it."
        )
    return (
        "An arm that obeys late looks like this, and so does an action that was stored too early. If the arm is late, leave it. "
        "If not, take the motion from the states: delta_to_next of their columns."
    )
