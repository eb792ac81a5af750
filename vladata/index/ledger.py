"""The ledger: the counts of all episodes and steps that were read, by their outcome.

    read = written + filtered + rejected, in episodes and in steps
    samples written = the samples in the shards, by task: one of each written step, without those that were found unfit

A step is filtered if a declared rule took it out (a schema's operation, a filter), and rejected if it is unfit. An episode is
written if one of its steps is; else rejected if something in it was rejected; else filtered. If a record cannot be read, its
steps are unknown and not counted, but its episode is.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from vladata.errors import LedgerUnbalanced
from vladata.index.rows import FILTERED, REJECTED, WHOLE
from vladata.shards.naming import REASONS, SAMPLES

BOOKED = ("steps", "dropped", "left_out")
COLUMNS = (*BOOKED, "numbers")
NO_STEP_LEFT = "too_short"
OUTCOMES = ("read", "written", FILTERED, REJECTED)


@dataclass
class Ledger:
    """Counts by outcome. reasons: (outcome, reason) -> steps, and episodes that are left out completely for it.

    names: the names of the two units; in a web corpus these are records and their pairs, in place of episodes and steps.
    tasks: the tasks of which a step has a sample; none if a unit in place of a step is a sample itself.
    dealt: task -> its samples, if a step has one sample of one task; None if it has one of each task.
    unfit: task -> samples that were not written, of steps with another sample that was.
    """

    names: tuple[str, str] = ("episodes", "steps")
    tasks: tuple[str, ...] = ()
    dealt: Counter[str] | None = None
    episodes: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    reason_steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    reason_episodes: Counter[tuple[str, str]] = field(default_factory=Counter)
    unfit: Counter[str] = field(default_factory=Counter)

    @property
    def samples(self) -> dict[str, int]:
        """Return task -> the number of samples that are written."""
        if self.dealt is not None:
            return {task: self.dealt[task] for task in self.tasks}
        return {task: self.steps["written"] - self.unfit[task] for task in self.tasks}

    def book(self, row: Mapping[str, Any], written: int) -> None:
        """Count one row of the index (COLUMNS), of which `written` steps become samples."""
        whole = [e for e in row["left_out"] if e["step"] == WHOLE]
        self.episodes["read"] += 1
        self.steps["read"] += row["steps"]
        self.steps["written"] += written
        for entry in row["dropped"]:
            self._steps(FILTERED, entry["rule"], entry["steps"])
        for entry in row["left_out"]:
            lost = row["steps"] if entry["step"] == WHOLE else 1
            self._steps(entry["outcome"], entry["reason"], lost)
        if written:
            self.episodes["written"] += 1
            return
        outcome, reason = _end_of(whole or row["left_out"], row)
        self.episodes[outcome] += 1
        self.reason_episodes[outcome, reason] += 1

    def book_all(self, part: pa.Table) -> None:
        """Count a part whose samples are all written."""
        written = part["numbers"].combine_chunks().value_lengths().to_pylist()
        for row, count in zip(part.select(BOOKED).to_pylist(), written, strict=True):
            self.book(row, count)

    def _steps(self, outcome: str, reason: str, steps: int) -> None:
        self.steps[outcome] += steps
        self.reason_steps[outcome, reason] += steps

    def reject_written(self, reason: str, tasks: Collection[str] = ()) -> None:
        """Move a step from written to rejected, since its fault was found while it was written.

        tasks: whose samples were unfit. If a step has a sample of each task and another was written, the step counts as written.
        """
        if self.dealt is None and len(tasks) < len(self.tasks):
            self.unfit.update(tasks)
            return
        self.steps["written"] -= 1
        self._steps(REJECTED, reason, 1)

    def lose_written(self, reason: str) -> None:
        """Move an episode from written to rejected: none of its steps could be written."""
        self.episodes["written"] -= 1
        self.episodes[REJECTED] += 1
        self.reason_episodes[REJECTED, reason] += 1

    def check(self, written: int, where: str) -> None:
        """Raise LedgerUnbalanced unless everything read is accounted for, once, and `written` samples were written."""
        for unit, counts in zip(self.names, (self.episodes, self.steps), strict=True):
            for outcome in OUTCOMES:
                if not 0 <= counts[outcome] <= counts["read"]:
                    raise LedgerUnbalanced(
                        f"{counts[outcome]:,} {unit} are counted as {outcome}",
                        where=where,
                        allowed=f"0 to {counts['read']:,}, the number that was read",
                    )
            parts = counts["written"] + counts[FILTERED] + counts[REJECTED]
            if counts["read"] != parts:
                raise LedgerUnbalanced(
                    f"{counts['read']:,} {unit} were read, but {parts:,} are accounted for", where=where
                )
        planned = sum(self.samples.values()) if self.tasks else self.steps["written"]
        if planned != written:
            raise LedgerUnbalanced(
                "the shards do not hold the planned samples",
                where=where,
                got=f"{written:,} samples",
                allowed=f"{planned:,}",
                hint="The shards and the index disagree: convert again with --overwrite.",
            )

    def as_json(self) -> dict[str, Any]:
        """Return the ledger in the form of manifest.json."""
        whole, part = self.names
        reasons = {
            reason: {"outcome": outcome, whole: self.reason_episodes[outcome, reason], part: steps}
            for (outcome, reason), steps in sorted(
                (dict.fromkeys(self.reason_episodes, 0) | self.reason_steps).items()
            )
        }
        return {
            whole: {name: self.episodes[name] for name in OUTCOMES},
            part: {name: self.steps[name] for name in OUTCOMES},
            **({SAMPLES: self.samples} if self.tasks else {}),
            REASONS: reasons,
        }


def _end_of(entries: list[Mapping[str, Any]], row: Mapping[str, Any]) -> tuple[str, str]:
    rejected = [e for e in entries if e["outcome"] == REJECTED]
    if rejected:
        return REJECTED, rejected[0]["reason"]
    return FILTERED, entries[0]["reason"] if entries else end_by_rules(row)


def end_by_rules(row: Mapping[str, Any]) -> str:
    """Return the reason of an episode whose steps were all taken by declared rules: that selection, else too_short."""
    return next((rule["rule"] for rule in row["dropped"] if rule["whole"]), NO_STEP_LEFT)


def ledger_of(parts: Iterable[pa.Table]) -> Ledger:
    """Return the ledger of a plan that writes every sample in `parts`."""
    ledger = Ledger()
    for part in parts:
        ledger.book_all(part)
    return ledger
