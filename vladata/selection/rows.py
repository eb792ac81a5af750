"""A part of the index while rules remove steps from it.

Rows is the only class of this folder whose objects change; an object is used within one call. E: the number of episodes; N: the
number of steps of all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.index.rows import CURABLE, DROPPED, LEFT_OUT, WHOLE

CUT = ("numbers", "spoken", "action", "state")  # columns with one or more values for each step
SKIPS, CORRECTED, EXCLUDED = "skips", "corrected", "excluded"


class Rows:
    """A part of the index, and the steps of it that are left.

    counts:    the number of steps of each episode, int64 [E].
    ends:      the sums of counts up to and including each episode, int64 [E].
    owner:     the position of each step's episode, int64 [N].
    numbers:   RLDS step numbers, int32 [N].
    left:      True for each step that is left, bool [N].
    left_out:  position of an episode -> its faults, from the index's column `left_out`; after `settle` at most one per step.
    unfit:     position of an episode -> the steps of these faults at the time of `settle`.
    corrected: position of an episode -> the instruction that replaces its own.
    excluded:  position of an episode -> the reason that a person gave for leaving it out.
    """

    def __init__(self, part: pa.Table) -> None:
        self.part = part
        listed = part["numbers"].combine_chunks()
        self.counts = listed.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
        self.numbers = listed.flatten().to_numpy(zero_copy_only=False)
        self.ends = np.cumsum(self.counts)
        self.owner = np.repeat(np.arange(len(part)), self.counts)
        self.left = np.ones(len(self.numbers), bool)
        entries = part["left_out"].combine_chunks()
        having = np.flatnonzero(entries.value_lengths().to_numpy(zero_copy_only=False))
        self.left_out: dict[int, list[dict[str, Any]]] = dict(
            zip(having.tolist(), entries.take(pa.array(having)).to_pylist(), strict=True)
        )
        self.unfit: dict[int, list[int]] = {}
        self.corrected: dict[int, str] = {}
        self.excluded: dict[int, str] = {}
        self._changed = False
        self._emptied: set[int] = set()
        self._dropped: dict[int, list[dict[str, Any]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self.part)

    def column(self, name: str) -> list[Any]:
        """Return the values of a column that has one for each episode."""
        values: list[Any] = self.part[name].to_pylist()
        return values

    def steps_of(self, e: int) -> slice:
        """Return the positions of an episode's steps."""
        end = int(self.ends[e])
        return slice(end - int(self.counts[e]), end)

    def settle(self, cameras: Collection[str] | None = None) -> None:
        """Decide which faults of the index count here, and remove the steps that have one.

        cameras: the cameras whose missing pictures count; None for all cameras. A missing instruction does not count if it was
                 corrected.
        """
        for e, entries in self.left_out.items():
            faults: dict[int, dict[str, Any]] = {}
            for entry in entries:
                seen = cameras is None or not entry["camera"] or entry["camera"] in cameras
                if seen and not (e in self.corrected and entry["reason"] in CURABLE):
                    faults.setdefault(entry["step"], entry)
            steps = self.steps_of(e)
            if WHOLE in faults:
                # No picture of a camera can be read: the episode is treated like one that cannot be read at all.
                faults = {WHOLE: faults[WHOLE]}
                self.left[steps] = False
                if faults[WHOLE]["camera"]:
                    self._emptied.add(e)
            else:
                self.left[steps] &= ~np.isin(self.numbers[steps], list(faults))
            self._changed |= len(faults) < len(entries)
            self.left_out[e] = list(faults.values())
            self.unfit[e] = list(faults)

    def take_out(self, gone: np.ndarray, rule: str) -> None:
        """Remove the steps in the mask `gone`, bool [N], and count them under `rule`; of an emptied episode also unfit steps."""
        lost = self.left & gone
        self.left &= ~gone
        lost_counts, left_counts = (
            np.bincount(self.owner[m], minlength=len(self)) for m in (lost, self.left)
        )
        for e in np.flatnonzero(lost_counts).tolist():
            emptied = bool(left_counts[e] == 0)
            self._book(e, rule, int(lost_counts[e]), emptied)
            if emptied:
                self.take_unfit(e, rule, lambda step: step != WHOLE)

    def take_out_episodes(self, gone: np.ndarray, rule: str, unreadable: bool = False) -> None:
        """Remove the episodes in the mask `gone`, bool [E], and count all their steps under `rule`, unfit steps, too.

        unreadable: True to count episodes that cannot be read, too.
        """
        self.take_out(gone[self.owner], rule)
        for e in [e for e in self.left_out if gone[e]]:
            self.take_unfit(e, rule, lambda step: unreadable or step != WHOLE)

    def take_unfit(self, e: int, rule: str, gone: Callable[[int], bool]) -> None:
        """Count those unfit steps of episode `e` for which `gone` is True under `rule`, in place of reporting their faults."""
        entries = self.left_out.get(e, [])
        kept = [entry for entry in entries if not gone(entry["step"])]
        if len(kept) == len(entries):
            return
        self.left_out[e], self._changed = kept, True
        steps = self.part["steps"][e].as_py()
        lost = sum(steps if entry["step"] == WHOLE else 1 for entry in entries if gone(entry["step"]))
        self._book(e, rule, lost, not kept and not self.left[self.steps_of(e)].any())

    def _book(self, e: int, rule: str, steps: int, whole: bool) -> None:
        booked = self._dropped[e]
        if booked and booked[-1]["rule"] == rule:
            booked[-1]["steps"] += steps
            booked[-1]["whole"] |= whole
        else:
            booked.append({"rule": rule, "steps": steps, "whole": whole})

    def part_left(self) -> pa.Table:
        """Return the part that is left, with three more columns.

        skips      [int32]  pairs of RLDS step numbers: steps from the first up to, not including, the second give no sample,
                            though the schema keeps them
        corrected  text     the instruction that replaces the episode's own; "" if it stays
        excluded   text     the reason that errata give for leaving the episode out; "" if they do not
        """
        part = self.part
        if not self.left.all():
            for name in set(CUT) & set(part.column_names):
                part = replaced(
                    part, name, cut(part[name].combine_chunks(), self.left, self.owner, len(self))
                )
        if (self._dropped or self._emptied) and "dropped" in part.column_names:
            rows = [
                [*(() if e in self._emptied else old), *self._dropped.get(e, [])]
                for e, old in enumerate(part["dropped"].to_pylist())
            ]
            part = replaced(part, "dropped", pa.array(rows, pa.list_(DROPPED)))
        if self._changed:
            rows = [self.left_out.get(e, []) for e in range(len(part))]
            part = replaced(part, "left_out", pa.array(rows, pa.list_(LEFT_OUT)))
        part = part.append_column(SKIPS, self._skips())
        for name, told in ((CORRECTED, self.corrected), (EXCLUDED, self.excluded)):
            texts = pa.array([told.get(e, "") for e in range(len(part))], pa.string())
            part = part.append_column(name, texts)
        return part

    def _skips(self) -> pa.ListArray:
        """Return, for each episode, the intervals of RLDS step numbers that are not left."""
        numbers, owner, left = self._with_unfit()
        changes = np.flatnonzero((np.diff(left) != 0) | (np.diff(owner) != 0)) + 1
        starts = np.concatenate([[0], changes]) if len(left) else changes
        starts, stops = starts[~left[starts]], np.append(changes, len(left))[~left[starts]]
        # An interval ends at the next step that is left; after the last such step it has no end.
        goes_on = stops < len(left)
        goes_on[goes_on] = owner[stops[goes_on]] == owner[starts[goes_on]]
        ends = np.full(len(starts), np.iinfo(np.int32).max, np.int32)
        ends[goes_on] = numbers[stops[goes_on]]
        pairs = np.stack([numbers[starts].astype(np.int32), ends], axis=1).reshape(-1)
        counts = np.bincount(owner[starts], minlength=len(self))
        offsets = np.concatenate([[0], 2 * np.cumsum(counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(pairs))

    def _with_unfit(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return numbers, owner and left, each with the unfit steps that the part lacks, in order."""
        unfit = [(e, step) for e, steps in self.unfit.items() for step in steps if step != WHOLE]
        if not unfit:
            return self.numbers, self.owner, self.left
        rows, steps = np.array(unfit, np.int64).T
        owner, numbers = np.concatenate([self.owner, rows]), np.concatenate([self.numbers, steps])
        left = np.concatenate([self.left, np.zeros(len(rows), bool)])
        order = np.lexsort((numbers, owner))
        owner, numbers, left = owner[order], numbers[order], left[order]
        # A step that lacks only words or a picture is in the part as well: it appears twice until here.
        same = np.append((np.diff(owner) == 0) & (np.diff(numbers) == 0), False)
        left[same] |= left[1:][same[:-1]]
        kept = ~np.insert(same[:-1], 0, False)
        return numbers[kept], owner[kept], left[kept]


def cut(column: pa.ListArray, kept: np.ndarray, owner: np.ndarray, episodes: int) -> pa.ListArray:
    """Return a list column cut to the steps in the mask `kept`, bool [N]. Each step has the same number of values in it.

    owner: the position of each step's episode, [N]; episodes: E.
    """
    values = column.flatten()
    width = len(values) // max(1, len(kept))
    counts = np.bincount(owner[kept], minlength=episodes)
    offsets = np.concatenate([[0], np.cumsum(counts * width)]).astype(np.int32)
    chosen = values.filter(pa.array(np.repeat(kept, width)))
    return pa.ListArray.from_arrays(pa.array(offsets), chosen, type=column.type)


def replaced(part: pa.Table, name: str, column: pa.Array) -> pa.Table:
    """Return the part with `column` in place of its column `name`."""
    return part.set_column(part.column_names.index(name), part.schema.field(name), column)
