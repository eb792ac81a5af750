"""action-kind: values where the names say changes, changes where the names say values, and changes of changes.

With a state, the fits of follow.py decide which of the state's value, change and change of change the action follows. Without
one, or where none explains the action, the action's own course decides (own_evidence.py).
"""

from collections.abc import Iterator

from vladata.doctor.facts import Facts
from vladata.doctor.finding import Finding, Severity
from vladata.doctor.follow import Fit
from vladata.doctor.layout import Group
from vladata.doctor.own_evidence import ActionCourse, course

TELLS = 0.5  # R^2 from which a fit is believed


def action_kind(facts: Facts) -> Iterator[Finding]:
    """Return a finding for each group that is not what its names say."""
    for group in facts.subject.layout.groups:
        found = mistaken(facts, group)
        if found:
            yield _finding(facts, group, *found)


def mistaken(facts: Facts, group: Group) -> tuple[str, Severity, dict[str, float]] | None:
    """Return ("value", "change" or "second", severity, evidence) of a group that is not what its names say; None of another."""
    fit = facts.fits[group]
    if fit:
        evidence = {
            "r2_change": round(fit.best_change, 3),
            "r2_value": round(fit.value, 3),
            "r2_change_of_change": round(fit.best_second, 3),
        }
        found = _by_state(group, fit)
        if found and (found[0] != "second" or _ends_where_it_began(facts, group, fit)):
            return (*found, evidence)
        if found or fit.best_change > TELLS:
            return None
    own = course(group, facts.tracks)
    by_itself = _by_itself(group, own) if own else None
    return (*by_itself, own.evidence()) if own and by_itself else None


def _ends_where_it_began(facts: Facts, group: Group, fit: Fit) -> bool:
    """Return True if changes of changes are really that: a sluggish arm obeys its commands as if they were, in part; but then the
    change itself explains something besides, and the commands lead somewhere."""
    own = course(group, facts.tracks)
    if 1 - fit.best_second < 1.2 * (1 - fit.both) + 0.01:
        return fit.best_second > 0.9 or (own is not None and own.net < 0.1)
    return own is not None and own.net < 0.2 and own.reach < 12


def _by_state(group: Group, fit: Fit) -> tuple[str, Severity] | None:
    left_change, left_value, left_second = 1 - fit.best_change, 1 - fit.value, 1 - fit.best_second
    if group.change:
        # A proportional controller's changes follow the value too, but backwards: the slope is negative. Where changes explain
        # all there is (an even swing), values do as well by some mixture of dimensions: then each must be its own value.
        own = 0.5 < fit.slope < 2 or fit.best_change < 0.95
        if fit.value > 0.7 and left_value < 0.4 * left_change and fit.slope > 0 and own:
            return "value", "error" if fit.value > 0.9 else "warning"
        if fit.best_second > 0.3 and left_second < 0.75 * left_change:
            return "second", "error" if left_second < 0.5 * left_change else "warning"
        return None
    if fit.best_change > TELLS and left_change < 0.5 * left_value:
        return "change", "error" if fit.best_change > 0.8 else "warning"
    return None


def _by_itself(group: Group, own: ActionCourse) -> tuple[str, Severity] | None:
    if group.change:
        if own.is_value > 0.6:
            return "value", "error" if own.is_value > 0.8 and own.far > 4 else "warning"
        if own.is_second > 0.6:
            return "second", "error" if own.is_second > 0.9 and own.turned < -0.2 else "warning"
        return None
    return ("change", "warning") if own.is_change > 0.7 else None


SAYS = {
    "value": "{names} are named as changes from step to step, but hold values to be reached",
    "second": "{names} are named as changes from step to step, but hold changes of changes, which add up to zero",
    "change": "{names} are named as values to be reached, but hold changes from step to step",
}


def _finding(
    facts: Facts, group: Group, what: str, severity: Severity, evidence: dict[str, float]
) -> Finding:
    return facts.whole(
        "action-kind",
        severity,
        SAYS[what].format(names=group.title) + f" ({_told(evidence)}).",
        _advice(group, what),
        {"dimensions": list(group.names), "looks_like": what, **evidence},
    )


def _told(evidence: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in evidence.items())


def _advice(group: Group, what: str) -> str:
    if what == "value" and group.state:
        return (
            "Make changes of them in the chain: {op: subtract, in: <the action's columns>, minus: <the state's columns>, "
            "rotation: none, out: $delta}, or delta_to_next of the state's columns; and concat $delta."
        )
    if what == "value":
        return (
            "Make changes of them in the chain: {op: delta_to_next, in: <the columns>, rotation: none, tail: drop, "
            "out: $delta}; and concat $delta."
        )
    if what == "second":
        return (
            "A difference was taken twice: take delta_to_next out of the chain, or read the columns from before the first "
            "difference."
        )
    return "Give them the names of changes (dx, dy, dz, droll, dpitch, dyaw, dj0 ...), or concat the columns of the targets."
