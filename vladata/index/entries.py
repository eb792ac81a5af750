"""The data about episodes that a plan needs, as arrays: 50 bytes per episode, and 8 for each stretch of steps that is left
out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.index.ledger import end_by_rules
from vladata.index.rows import FILTERED, WHOLE

ARRAYS = ("shard", "record", "offset", "length", "crc")
COLUMNS = ("file", *ARRAYS, "numbers", "success")
PLACE = ("episode", "split", "file", "offset", "length")
TOLD = ("step", "outcome", "reason", "says")
Made = Callable[[pa.Table], "np.ndarray | float"]
"""A function from a part of the index to the bytes of the images that are made for each step: one number for each episode, or
one for all."""
REJECTION_COLUMNS = (*PLACE, "steps", "dropped", "left_out", "numbers")


@dataclass(frozen=True, eq=False)
class Entries:
    """The episodes of one split that give at least one sample, in source order (E of them).

    split:   the name of the split.
    files:   the names of files.
    file:    int32 [E]   the position of the file in `files`
    shard:   int32 [E]   the number of the file in the split
    record:  int64 [E]   the number of the record in the file
    offset:  int64 [E]   the byte at which the record's frame begins
    length:  int64 [E]   the bytes of the record's data
    made:    int64 [E]   the bytes of images that are made from frames of videos when it is read; 0 if images are in the record
    crc:     uint32 [E]  the masked CRC-32C of the record's data
    samples: int64 [E]   the number of samples of the steps that are left, at least 1
    skips:   int32 [2 K]   pairs of RLDS steps: steps from the first up to, not including, the second give no sample
    skip_ends: int64 [E]   the position in `skips` after the last pair of each episode
    failed:  bool [E]    True if the data says that the episode did not succeed
    pieces:  int64 [E]   the number of stretches of consecutive steps
    corrected: episode number (0..E-1) -> the instruction that replaces its own
    """

    split: str
    files: tuple[str, ...]
    file: np.ndarray
    shard: np.ndarray
    record: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    made: np.ndarray
    crc: np.ndarray
    samples: np.ndarray
    skips: np.ndarray
    skip_ends: np.ndarray
    failed: np.ndarray
    pieces: np.ndarray
    corrected: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.file)

    @cached_property
    def firsts(self) -> np.ndarray:
        """Return, for each episode, the number of samples of all earlier episodes, int64 [E]."""
        before: np.ndarray = np.cumsum(self.samples) - self.samples
        return before

    @cached_property
    def stretches_before(self) -> np.ndarray:
        """Return, for each episode, the number of stretches of all earlier episodes, int64 [E]."""
        before: np.ndarray = np.cumsum(self.pieces) - self.pieces
        return before

    def skips_of(self, e: int) -> tuple[int, ...]:
        """Return the pairs in `skips` of episode `e`."""
        start = int(self.skip_ends[e - 1]) if e else 0
        return tuple(self.skips[start : int(self.skip_ends[e])].tolist())


def entries_of(
    split: str,
    parts: Iterable[pa.Table],
    samples_per_step: int = 1,
    gap: int = 1,
    made: Made = lambda part: 0.0,
) -> Entries:
    """Return the entries of one split, in source order. parts: selected parts of the index, with COLUMNS, skips and corrected.

    gap: the difference between the numbers of consecutive steps.
    """
    files: dict[str, int] = {}
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("file", "samples", "skips", "skip_ends", "failed", "made", "pieces", *ARRAYS)
    }
    corrected: dict[int, str] = {}
    count = pairs = 0
    for part in parts:
        steps = part["numbers"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
        kept = np.flatnonzero(steps > 0)
        texts = enumerate(part["corrected"].take(kept).to_pylist(), count)
        corrected |= {e: text for e, text in texts if text}
        skips = part["skips"].combine_chunks().take(pa.array(kept))
        columns["skips"].append(skips.flatten().to_numpy(zero_copy_only=False))
        ends = np.cumsum(skips.value_lengths().to_numpy(zero_copy_only=False), dtype=np.int64) + pairs
        columns["skip_ends"].append(ends)
        pairs = int(ends[-1]) if len(ends) else pairs
        names = part["file"].take(kept).to_pylist()
        columns["file"].append(np.array([files.setdefault(n, len(files)) for n in names], np.int32))
        columns["samples"].append(samples_per_step * steps[kept].astype(np.int64))
        columns["made"].append((steps * made(part))[kept].astype(np.int64))
        columns["pieces"].append(_pieces(part["numbers"].combine_chunks(), steps, gap)[kept])
        failed = pc.fill_null(pc.invert(part["success"]), False)
        columns["failed"].append(failed.to_numpy().astype(bool)[kept])
        for name in ARRAYS:
            columns[name].append(part[name].to_numpy()[kept])
        count += len(kept)
    joined = {name: np.concatenate(arrays or [np.zeros(0, np.int64)]) for name, arrays in columns.items()}
    return Entries(split, tuple(files), corrected=corrected, **joined)


def _pieces(numbers: pa.ListArray, steps: np.ndarray, gap: int) -> np.ndarray:
    """Return the number of runs of step numbers that are `gap` apart, int64 [E]. steps: the number of steps of each episode,
    [E]."""
    flat = numbers.flatten().to_numpy(zero_copy_only=False)
    begins = np.ones(len(flat), np.int64)
    begins[1:] = np.diff(flat) != gap
    starts = np.cumsum(steps) - steps
    begins[starts[steps > 0]] = 1
    ends: np.ndarray = np.concatenate([[0], np.cumsum(begins)])
    found: np.ndarray = ends[starts + steps] - ends[starts]
    return found.astype(np.int64)


def rejections(parts: Iterable[pa.Table]) -> Iterator[dict[str, object]]:
    """Yield a line of rejected.jsonl for every episode or step that the index left out, in source order."""
    for part in parts:
        lengths = {name: pc.list_value_length(part[name]) for name in ("left_out", "numbers")}
        wanted = pc.or_(pc.greater(lengths["left_out"], 0), pc.equal(lengths["numbers"], 0))
        for row in part.filter(wanted).select([*REJECTION_COLUMNS, "excluded"]).to_pylist():
            place = {name: row[name] for name in PLACE}
            for entry in row["left_out"] or [_too_short(row)]:
                yield {**place, **{name: entry[name] for name in TOLD}}


def _too_short(row: Mapping[str, Any]) -> dict[str, object]:
    """Return the line of rejected.jsonl for an episode of which declared rules removed every step.

    The reason that a person gave in errata is kept word for word."""
    if why := row["excluded"]:
        return {
            "step": WHOLE,
            "outcome": FILTERED,
            "reason": end_by_rules(row),
            "says": f"Excluded by errata: {why}",
        }
    took = ", ".join(f"{rule['rule']} took {rule['steps']}" for rule in row["dropped"])
    says = f"No step is left of {row['steps']}: {took}."
    return {"step": WHOLE, "outcome": FILTERED, "reason": end_by_rules(row), "says": says}
