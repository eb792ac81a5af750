"""Windows of one recipe cut out of the windows of another: a shorter chunk or history, and other ends of episodes.

Stored windows that drop steps at the ends of episodes (head, tail: drop) have fewer samples than windows that keep them; the
missing samples are not loaded. A recipe whose windows drop more steps than the stored ones is refused, since samples would have
to be left out. Statistics of states come from the steps of samples, statistics of actions from the steps that targets spell
(selection/at_windows.py): these steps may differ.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vladata.loaders.rendering.stored import StoredRobot
from vladata.selection.at_windows import HEAD, TAIL
from vladata.transforms.windows import WindowRule


def _dropped(rule: WindowRule) -> tuple[int, int]:
    """Return the numbers of steps without a window at the beginning and at the end of an episode."""
    return (
        rule.steps_before if rule.head == "drop" else 0,
        rule.chunk - 1 if rule.tail == "drop" else 0,
    )


def stands_alike(stored: WindowRule, asked: WindowRule) -> bool:
    """Return True if both have windows at the same steps of every episode."""
    return _dropped(stored) == _dropped(asked)


def lost_windows(stored: WindowRule, asked: WindowRule) -> Iterator[str]:
    """Yield the parts of the asked windows, except frames, that stored windows do not have."""
    if asked.chunk > stored.chunk:
        yield f"it needs chunks of {asked.chunk} actions, but a sample has {stored.chunk} (windows.chunk)"
    for name, have, want in zip(("head", "tail"), _dropped(stored), _dropped(asked), strict=True):
        if want > have:
            yield f"some stored samples would have to be left out (windows.{name}: drop)"


def measured_alike(source: StoredRobot, asked: WindowRule, column: str) -> bool:
    """Return True if the manifest's statistics of "action" or "state" come from the steps of the asked windows."""
    stored = source.rule
    if stands_alike(stored, asked):
        return True
    part = source.part
    if part is None or source.output is None or part.source.measured != part.source.split:
        return False  # it is not known which of the measured steps are in windows
    ledger = source.output.manifest.ledger
    reasons, written = ledger["reasons"], ledger["episodes"]["written"]
    (head, tail), (asked_head, _) = _dropped(stored), _dropped(asked)
    if head != asked_head and _steps(reasons, HEAD):
        return False
    lost = _steps(reasons, TAIL)
    return lost == 0 if column == "state" else lost in (0, tail * written)


def _steps(reasons: Mapping[str, Any], name: str) -> int:
    """Return the number of steps that were left out for a reason."""
    found: int = reasons.get(name, {}).get("steps", 0)
    return found
