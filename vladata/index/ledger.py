"""The ledger: the counts of all episodes and steps that were read, by their outcome.

    read = written + filtered + rejected, in episodes and in steps
    samples written = the samples in the shards, by task: one for each written step, without samples that were found unfit

A step is filtered if a declared rule removed it (a schema's operation, a filter), and rejected if it is unfit. An episode is
written if one of its steps is written; else rejected if one of its faults is a rejection; else filtered. If a record cannot be
read, its episode is counted, but its steps are unknown and not counted.
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
    """Counts by outcome: "written", "filtered" or "rejected".

    names:    the names of the two units: episodes and steps; in a web corpus, records and pairs.
    tasks:    the tasks for which a step has samples; () in a web corpus, where a pair is a sample.
    dealt:    task -> its samples, if each step has a sample of one task only; None if it has a sample of each task.
    episodes, steps: outcome -> the number of episodes or steps.
    reason_steps:    (outcome, reason) -> the number of steps.
    reason_episodes: (outcome, reason) -> the number of episodes that are left out completely for this reason.
    unfit:    task -> the number of samples that were not written, of steps with another sample that was written.
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
        """Count one row of the index (COLUMNS). written: the number of its steps that are written."""
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
        """Move a step from written to rejected, since its fault was found only when it was written.

        tasks: the tasks whose samples were unfit. If another task's sample of the step was written, the step stays written.
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
        """Raise LedgerUnbalanced unless everything that was read is counted exactly once, and `written` samples were written."""
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
    """Return the reason of an episode whose steps were all removed by declared rules: the rule that removed the whole episode,
    else too_short."""
    return next((rule["rule"] for rule in row["dropped"] if rule["whole"]), NO_STEP_LEFT)


def ledger_of(parts: Iterable[pa.Table]) -> Ledger:
    """Return the ledger of a plan that writes every sample in `parts`."""
    ledger = Ledger()
    for part in parts:
        ledger.book_all(part)
    return ledger
