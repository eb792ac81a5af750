"""Windows of one recipe cut out of those of another: a shorter chunk or history, and other ends of episodes.

A stored window that drops steps at the ends of episodes (head, tail: drop) has fewer samples than one that does not; what is
not stored is not loaded. The other way round samples would have to be left out, which is refused. Statistics of states are of
the steps of samples, those of actions of the steps that targets spell (selection/at_windows.py): they may be of other steps.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vladata.loaders.rendering.stored import StoredRobot
from vladata.selection.at_windows import HEAD, TAIL
from vladata.transforms.windows import WindowRule


def _dropped(rule: WindowRule) -> tuple[int, int]:
    """Return how many steps at the beginning and at the end of an episode have no window."""
    return (
        rule.steps_before if rule.head == "drop" else 0,
        rule.chunk - 1 if rule.tail == "drop" else 0,
    )


def stands_alike(stored: WindowRule, asked: WindowRule) -> bool:
    """Return True if both have windows at the same steps of every episode."""
    return _dropped(stored) == _dropped(asked)


def lost_windows(stored: WindowRule, asked: WindowRule) -> Iterator[str]:
    """What of the asked windows is not in the stored ones, but for frames."""
    if asked.chunk > stored.chunk:
        yield f"chunks of {asked.chunk} actions are not in a sample, which has {stored.chunk} (windows.chunk)"
    for name, have, want in zip(("head", "tail"), _dropped(stored), _dropped(asked), strict=True):
        if want > have:
            yield f"samples that are stored would have to be left out (windows.{name}: drop)"


def measured_alike(source: StoredRobot, asked: WindowRule, column: str) -> bool:
    """Return True if the statistics of "action" or "state" in the manifest are those of the asked windows."""
    stored = source.rule
    if stands_alike(stored, asked):
        return True
    part = source.part
    if part is None or source.output is None or part.source.measured != part.source.split:
        return False  # nobody says what windows took of the steps that were measured
    ledger = source.output.manifest.ledger
    reasons, written = ledger["reasons"], ledger["episodes"]["written"]
    (head, tail), (asked_head, _) = _dropped(stored), _dropped(asked)
    if head != asked_head and _steps(reasons, HEAD):
        return False
    lost = _steps(reasons, TAIL)
    return lost == 0 if column == "state" else lost in (0, tail * written)


def _steps(reasons: Mapping[str, Any], name: str) -> int:
    """Steps that were left out for a reason."""
    found: int = reasons.get(name, {}).get("steps", 0)
    return found
