"""What became of the episodes of a source, in words: where nothing is left of them, or something was lost."""

from typing import Any

from vladata.index.entries import REJECTION_COLUMNS, rejections
from vladata.index.ledger import Ledger
from vladata.index.rows import REJECTED
from vladata.robot.sources import Sources


def fates(ledger: Ledger, sources: Sources) -> str:
    """Why none is left: "4 episodes: 3 rejected (corrupt_record), 1 filtered (too_short). The first: ..."."""
    found = ledger.as_json()
    ends = [
        f"{entry['episodes']:,} {entry['outcome']} ({reason})"
        for reason, entry in found["reasons"].items()
        if entry["episodes"]
    ]
    first = next(rejections(sources.taken(REJECTION_COLUMNS)), None)
    told = "" if first is None else f" The first: {_line(first)}"
    return f"{found['episodes']['read']:,} episodes: {', '.join(ends)}.{told}"


def lost(ledger: dict[str, Any], sources: Sources) -> list[str]:
    """Return a line a reason for which something of the data was rejected, and what the first such record or step says."""
    lines = [
        f"  rejected {reason}: {entry['episodes']:,} episodes, {entry['steps']:,} steps"
        for reason, entry in ledger["reasons"].items()
        if entry["outcome"] == REJECTED
    ]
    return [*lines, *first_lost(sources)] if lines else []


def first_lost(sources: Sources) -> list[str]:
    """What is said of the first record or step that was rejected, as a line; none where none was."""
    entries = rejections(sources.taken(REJECTION_COLUMNS))
    first = next((entry for entry in entries if entry["outcome"] == REJECTED), None)
    return [] if first is None else [f"  The first: {first['episode']}: {_line(first)}"]


def _line(entry: dict[str, object]) -> str:
    return str(entry["says"]).splitlines()[0]
