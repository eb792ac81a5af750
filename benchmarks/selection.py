"""The time of selection rules when planning: the same part of an index, in memory, with no rule, with each rule, and with all.

The part has 5,000 episodes of 60 steps, half of them idle in stretches of five. A plan reads every part three times.
"""

import time
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from benchmarks.bench import Bench, Row
from vladata.index.rows import Row as EpisodeRow
from vladata.index.rows import table
from vladata.records import Dropped, Place
from vladata.selection.errata import Errata, Erratum
from vladata.selection.keep_ranges import KeepRanges
from vladata.selection.selection import Selection
from vladata.selection.watch import Watch
from vladata.spec.find import schema
from vladata.spec.select import Idle, InstructionTest, Length, Select

EPISODES, STEPS = 5_000, 60


def main(bench: Bench) -> Iterator[Row]:
    part, chain = _part(), schema("bridge_dataset").chain()
    names = part["episode"].to_pylist()
    ranges = KeepRanges("keep.json", dict.fromkeys(names, ((0, 20), (30, 55))))
    errata = Errata("errata.json", {name: Erratum(instruction="push") for name in names[::10]})
    instruction, length, idle = InstructionTest(drop="7"), Length(min=5), Idle()
    rules: Mapping[str, Selection] = {
        "no rule": Selection(chain=chain),
        "length": Selection(Select(length=length), chain),
        "instruction": Selection(Select(instruction=instruction), chain),
        "idle stretches": Selection(Select(idle=idle), chain),
        "keep-ranges": Selection(chain=chain, keep_ranges=ranges),
        "all of them": Selection(
            Select(length=length, instruction=instruction, idle=idle), chain, 1, ranges, errata
        ),
    }
    for name, selection in rules.items():
        seconds = sorted(_timed(selection, part) for _ in range(bench.rounds))[bench.rounds // 2]
        yield Row(f"index rows taken by {name}", EPISODES * STEPS / seconds, "steps/s")


def _timed(selection: Selection, part: pa.Table) -> float:
    start = time.perf_counter()
    selection(part, Watch())
    return time.perf_counter() - start


def _part() -> pa.Table:
    rng = np.random.default_rng(0)
    rows = []
    for e in range(EPISODES):
        moves = np.repeat(rng.random(STEPS // 5) < 0.5, 5)[:, None]
        action = np.where(moves, rng.normal(0, 0.01, (STEPS, 7)), 0).astype(np.float32)
        rows.append(
            EpisodeRow(
                "train",
                Place("file", 0, e, e * 1000, 1000),
                0,
                STEPS + 1,
                (f"do {e % 50}",),
                (Dropped("last_step", 1),),
                (),
                np.arange(STEPS, dtype=np.int32),
                np.zeros(STEPS, np.int32),
                action,
                action,
            )
        )
    return table(rows, {})
