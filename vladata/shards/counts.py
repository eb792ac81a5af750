"""The ledger of a manifest: the required shape of its JSON, so that code that compares counts always finds counts.

    {episodes: {read, written, filtered, rejected}, steps: likewise, samples: {task: written}, reasons: {reason: {outcome,
     episodes, steps}}}

The first two names depend on the kind of output; `samples` is there if a step has a sample of each task.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.shards.naming import REASONS, REJECTED, SAMPLES, ledger_units
from vladata.shards.typed_json import Unlike, from_data

OUTCOMES = ("filtered", "rejected")


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """The numbers of units that were read, written, filtered and rejected."""

    read: int
    written: int
    filtered: int
    rejected: int


def check_ledger(ledger: Mapping[str, Any]) -> None:
    """Raise Unlike if the data is not a ledger."""
    if len(ledger) < 2 or REASONS not in ledger:
        raise Unlike("ledger", f'expected two counted units and "{REASONS}"')
    units = ledger_units(ledger)
    for name, value in ledger.items():
        where = f"ledger.{name}"
        if not isinstance(value, Mapping):
            raise Unlike(where, f"expected an object, got {value!r:.64}")
        if name in units:
            from_data(LedgerCounts, value, where)
        elif name == SAMPLES:
            _whole_numbers(value, value, where)
        elif name == REASONS:
            for reason, entry in value.items():
                if not isinstance(entry, Mapping) or entry.get("outcome") not in OUTCOMES:
                    raise Unlike(f"{where}.{reason}", f"expected an outcome and counts, got {entry!r:.64}")
                _whole_numbers(entry, units, f"{where}.{reason}")
        else:
            raise Unlike("ledger", f'unknown entry "{name:.64}"')


def missing(ledger: Mapping[str, Any]) -> str:
    """Return one sentence with the amount of the source that is missing because it was rejected; "" if nothing is missing.

    Filtered data is not missing: a rule of the schema or recipe took it out.
    """
    units = ledger_units(ledger)
    if not any(ledger[unit]["rejected"] for unit in units):
        return ""
    shares = " and ".join(_share(unit, ledger[unit]) for unit in units)
    return f"Part of the source is missing: {shares} that were read were rejected as faulty ({REJECTED} lists them)."


def _share(unit: str, counts: Mapping[str, int]) -> str:
    rejected, read = counts["rejected"], counts["read"]
    return f"{rejected:,} of {read:,} {unit} ({100 * rejected / max(1, read):.2g}%)"


def _whole_numbers(entry: Mapping[str, Any], names: Any, where: str) -> None:
    for name in names:
        if type(entry.get(name)) is not int:
            raise Unlike(f"{where}.{name}", f"expected a whole number, got {entry.get(name)!r:.64}")
