"""The counts of records and pairs of a corpus by their outcomes: read = written + filtered + rejected, for both.

A pair is a row of the index; a record that could not be read has one row, which counts as a pair. A record counts as written if
one of its pairs is written; else as rejected if one is rejected; else as filtered, by the filter that took out its first pair.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from vladata.filters.decisions import KEPT, UNFIT, Decisions
from vladata.index.ledger import Ledger
from vladata.index.rows import FILTERED, REJECTED

BOOKED = ("record", "outcome", "reason")


def ledger_of(parts: Iterable[pa.Table], decisions: Decisions) -> Ledger:
    """Return the ledger of an index (columns BOOKED). The rows that `decisions` keeps count as written."""
    ledger = Ledger(("records", "pairs"))
    for number, part in enumerate(parts):
        if len(part):
            _book(ledger, part, decisions.verdicts[number], decisions.names)
    return ledger


def _book(ledger: Ledger, part: pa.Table, verdicts: np.ndarray, names: tuple[str, ...]) -> None:
    ledger.steps["read"] += len(part)
    counts = np.bincount(verdicts, minlength=256)
    ledger.steps["written"] += int(counts[KEPT])
    for i, name in enumerate(names, 1):
        if counts[i]:
            ledger.steps[FILTERED] += int(counts[i])
            ledger.reason_steps[FILTERED, name] += int(counts[i])
    unfit = np.flatnonzero(verdicts == UNFIT)
    reasons = part.select(["outcome", "reason"]).take(pa.array(unfit)).to_pylist()
    for row in reasons:
        ledger.steps[row["outcome"]] += 1
        ledger.reason_steps[row["outcome"], row["reason"]] += 1
    _book_records(
        ledger, part["record"].to_numpy(), verdicts, names, dict(zip(unfit.tolist(), reasons, strict=True))
    )


def _book_records(
    ledger: Ledger,
    record: np.ndarray,
    verdicts: np.ndarray,
    names: tuple[str, ...],
    reasons: dict[int, dict[str, str]],
) -> None:
    heads = np.flatnonzero(np.diff(record, prepend=record[0] - 1))
    kept = np.logical_or.reduceat(verdicts == KEPT, heads)
    ledger.episodes["read"] += len(heads)
    ledger.episodes["written"] += int(kept.sum())
    ends = np.append(heads[1:], len(record))
    lost = ~kept
    refused = np.logical_or.reduceat(verdicts == UNFIT, heads) & lost
    filtered = np.bincount(verdicts[heads[lost & ~refused]], minlength=256)
    for i, name in enumerate(names, 1):
        if filtered[i]:
            ledger.episodes[FILTERED] += int(filtered[i])
            ledger.reason_episodes[FILTERED, name] += int(filtered[i])
    for head, end in zip(heads[refused].tolist(), ends[refused].tolist(), strict=True):
        first = next(reasons[i] for i in range(head, end) if i in reasons)
        assert first["outcome"] == REJECTED
        ledger.episodes[REJECTED] += 1
        ledger.reason_episodes[REJECTED, first["reason"]] += 1
