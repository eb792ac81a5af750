"""The part of an index that is taken. Statistics, ledger and plan all use the result.

Rules run in this order: errata, instruction, success, length, keep-ranges, idle stretches. A step is counted under the rule that
removed it. A rule that removes the last steps of an episode is the reason for the whole episode, and the episode's unfit steps
are counted under it, too, since faults of an unwanted episode need no report. An unreadable episode is left out without a fault
only if the errata exclude it, or if keep-ranges do not name it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.index.rows import WHOLE
from vladata.index.summary import rows_of
from vladata.selection.errata import Errata
from vladata.selection.idle import idle
from vladata.selection.keep_ranges import KeepRanges, Ranges, inside
from vladata.selection.rows import Rows
from vladata.selection.watch import Watch
from vladata.spec.dataset import ActionChain
from vladata.spec.select import EVERYTHING, Idle, InstructionTest, Length, Select
from vladata.transforms.conditions import OF_TEXTS

ALWAYS = ("numbers", "left_out")
ERRATA, KEEP_RANGES = "errata", "keep_ranges"


@dataclass(frozen=True)
class Selection:
    """The rules of a selection.

    chain:   the action chain of the index.
    every:   the number of recorded steps that one step of the index stands for.
    cameras: the cameras whose pictures a sample needs; None for all cameras of the index.
    """

    select: Select = EVERYTHING
    chain: ActionChain | None = None
    every: int = 1
    keep_ranges: KeepRanges | None = None
    errata: Errata | None = None
    cameras: tuple[str, ...] | None = None

    @cached_property
    def is_all(self) -> bool:
        """True if the selection takes all fit steps."""
        return self.columns == ALWAYS

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the index that the rules need."""
        asked, files = self.select, (self.keep_ranges, self.errata)
        found = [*ALWAYS]
        found += ["episode", "key"] if any(files) else []
        found += ["steps", "instructions", "spoken"] if any(files) or self._rules else []
        found += ["success"] if asked.success is not None else []
        found += ["action"] if asked.idle else []
        return tuple(dict.fromkeys(found))

    @property
    def _rules(self) -> bool:
        asked = self.select
        rules = (asked.instruction, asked.length, asked.idle)
        return any(rule is not None for rule in rules) or asked.success is not None

    def files(self) -> dict[str, Collection[str]]:
        """Return a map from the URL of each given file to the names of episodes in the file."""
        given: list[Any] = [file for file in (self.keep_ranges, self.errata) if file]
        return {file.url: file.episodes.keys() for file in given}

    def __call__(self, part: pa.Table, watch: Watch | None = None) -> pa.Table:
        """Return the part without the steps that rules remove; every episode keeps its row. part: has at least `columns`."""
        if watch:
            watch.see_words(part)
        rows = Rows(part)
        excluded = self._errata(rows, watch)
        rows.settle(self.cameras)
        if not self.is_all:
            self._apply(rows, excluded, watch)
            if watch:
                watch.see(rows)
        return rows.part_left()

    def _apply(self, rows: Rows, excluded: np.ndarray, watch: Watch | None) -> None:
        asked = self.select
        if excluded.any():
            rows.take_out_episodes(excluded, ERRATA, unreadable=True)
        if asked.instruction:
            rows.take_out(~_spoken(asked.instruction, rows), _rule("instruction", asked.instruction))
        if asked.success is not None:
            wanted = np.array([found is asked.success for found in rows.column("success")], bool)
            rows.take_out_episodes(~wanted, f"success({str(asked.success).lower()})")
        if asked.length:
            rows.take_out_episodes(~_long_enough(asked.length, rows), _rule("length", asked.length))
        if self.keep_ranges:
            self._cut_to(self.keep_ranges, rows, watch)
        if asked.idle:
            rows.take_out(self._idle(asked.idle, rows), _rule("idle", asked.idle))

    def _errata(self, rows: Rows, watch: Watch | None) -> np.ndarray:
        """Return a mask, bool [E], True for excluded episodes, and note corrected instructions in `rows`."""
        excluded = np.zeros(len(rows), bool)
        if self.errata is None:
            return excluded
        for e, (episode, key) in enumerate(zip(rows.column("episode"), rows.column("key"), strict=True)):
            name = self.errata.name_of(episode, key)
            if name is None:
                continue
            if watch:
                watch.match(self.errata.url, name)
            found = self.errata.episodes[name]
            if found.exclude:
                excluded[e], rows.excluded[e] = True, found.exclude
            if found.instruction:
                rows.corrected[e] = found.instruction
        return excluded

    def _cut_to(self, keep: KeepRanges, rows: Rows, watch: Watch | None) -> None:
        named = np.zeros(len(rows), bool)
        kept = np.zeros(len(rows.numbers), bool)
        columns = (rows.column(name) for name in ("episode", "key", "steps"))
        for e, (episode, key, length) in enumerate(zip(*columns, strict=True)):
            name = keep.name_of(episode, key)
            if name is None:
                continue
            if watch:
                watch.match(keep.url, name)
            ranges, named[e] = keep.episodes[name], True
            steps = rows.steps_of(e)
            numbers = rows.numbers[steps]
            # A step stands for `every` recorded steps, which must all be in the ranges; the last RLDS step, without an action,
            # does not count.
            ends = np.maximum(np.minimum(numbers + self.every, length - 1), numbers + 1)
            kept[steps] = inside(numbers, ends, ranges)
            rows.take_unfit(e, KEEP_RANGES, partial(_outside, ranges))
        rows.take_out(~kept, KEEP_RANGES)
        rows.take_out_episodes(~named, KEEP_RANGES, unreadable=True)

    def _idle(self, rule: Idle, rows: Rows) -> np.ndarray:
        """Find idle stretches among the steps that are left, as if removed steps did not exist."""
        assert self.chain, "an idle rule is asked of standardised actions"
        names, relative = self.chain.names, self.chain.relative
        action = rows_of(rows.part, "action", len(names))
        out = np.zeros(len(rows.numbers), bool)
        out[rows.left] = idle(action[rows.left], rows.owner[rows.left], names, relative, rule)
        return out


def _outside(ranges: Ranges, step: int) -> bool:
    """Return True if an unfit step is in no range; for step -1, an unreadable episode, True if there are no ranges."""
    return not any(start <= step < stop for start, stop in ranges) if step != WHOLE else not ranges


def _spoken(test: InstructionTest, rows: Rows) -> np.ndarray:
    """Return a mask, bool [N], True for steps whose instruction passes the test."""
    wanted = np.zeros(len(rows.numbers), bool)
    spoken = rows.part["spoken"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    answers: dict[str, bool] = {}
    for e, own in enumerate(rows.column("instructions")):
        steps = rows.steps_of(e)
        texts = [rows.corrected[e]] if e in rows.corrected else own
        for text in texts:
            if text not in answers:
                answers[text] = _wanted(test, text)
        said = np.zeros(steps.stop - steps.start, np.int64) if e in rows.corrected else spoken[steps]
        found = np.array([*(answers[text] for text in texts), False])  # index -1, no text, takes the last
        wanted[steps] = found[said]
    return wanted


def _wanted(test: InstructionTest, text: str) -> bool:
    matches = OF_TEXTS["matches"]
    return (test.keep is None or matches(text, test.keep)) and not (test.drop and matches(text, test.drop))


def _long_enough(length: Length, rows: Rows) -> np.ndarray:
    steps = rows.part["steps"].to_numpy()
    most = np.iinfo(np.int32).max if length.max is None else length.max
    kept: np.ndarray = (steps >= (length.min or 0)) & (steps <= most)
    return kept


def _rule(name: str, asked: InstructionTest | Length | Idle) -> str:
    """Return the name of a rule in the ledger: "length(min=5)"."""
    given: Mapping[str, Any] = asked.model_dump(exclude_none=True)
    shown = (
        f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in given.items()
    )
    return f"{name}({', '.join(shown)})"
