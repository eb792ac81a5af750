"""The outcomes of the episodes of a source in words, for two messages: no step is left, and data was rejected."""

from typing import Any

from vladata.index.entries import REJECTION_COLUMNS, rejections
from vladata.index.ledger import Ledger
from vladata.index.rows import REJECTED
from vladata.robot.sources import Sources


def fates(ledger: Ledger, sources: Sources) -> str:
    """Return the outcomes of all episodes: "4 episodes: 3 rejected (corrupt_record), 1 filtered (too_short). The first: ..."."""
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
    """Return one line for each reason of rejection, and one for the first rejected record or step."""
    lines = [
        f"  rejected {reason}: {entry['episodes']:,} episodes, {entry['steps']:,} steps"
        for reason, entry in ledger["reasons"].items()
        if entry["outcome"] == REJECTED
    ]
    return [*lines, *first_lost(sources)] if lines else []


def first_lost(sources: Sources) -> list[str]:
    """Return a line about the first rejected record or step; [] if there is none."""
    entries = rejections(sources.taken(REJECTION_COLUMNS))
    first = next((entry for entry in entries if entry["outcome"] == REJECTED), None)
    return [] if first is None else [f"  The first: {first['episode']}: {_line(first)}"]


def _line(entry: dict[str, object]) -> str:
    return str(entry["says"]).splitlines()[0]
