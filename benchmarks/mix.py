"""Mixtures: planning over a hundred million index rows, and materialising, compared with copying the tars' members.

Kept equal: indexes in the page cache; one process; outputs in memory. A plan is made in a new process and stays in memory, as in
a dry run. Its peak includes the pages of the mapped indexes that it read. 24,000 samples of 28 kB are materialised, half of them
from each of two sources; the floor copies these samples, in their order, into tars of the same size.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import RECIPE, SCHEMA, Bench, Row, row
from benchmarks.index_rows import PARTS, made
from benchmarks.measure import Measured, in_turn, one
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec import find

ROWS = 1_000_000  # rows for each unit of bench.limit, which is 100


def main(bench: Bench) -> Iterator[Row]:
    yield from _planning(bench)
    yield from _materialising(bench)


def _planning(bench: Bench) -> Iterator[Row]:
    rows = ROWS * bench.limit
    given = [f"{name}={place}" for name, place in made(bench.disk, rows).items()]
    largest = rows * PARTS["captions"] // 100
    asked = {
        "every sample": (),
        "the best tenth of the captions": ("--keep", "10%"),
        "the best half of them, capped at a tenth": ("--keep", "50%", "--cap", largest // 10),
    }
    for name, options in asked.items():
        measured = one("mixing", "plan", bench.scratch / "out", *given, *options)
        text = f"plan, {name}: {measured.steps:,}"
        yield Row(text, measured.seconds, "s", measured.peak_mb)


def _materialising(bench: Bench) -> Iterator[Row]:
    source = bench.scratch / "robot"
    _convert(bench.small, source)
    given = [f"one={source}", f"other={source}"]

    def work(what: str) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("mixing", what, out, *given)

        return run

    timed = in_turn(bench.rounds, {what: work(what) for what in ("floor", "units")})
    yield row("members of tars copied", timed["floor"])
    yield row("mixture materialised", timed["units"], timed["floor"])


def _convert(rlds: Path, out: Path) -> None:
    settings = Settings(str(rlds), str(out), find.schema(str(SCHEMA)), find.recipe(RECIPE))
    with begin(settings) as run:
        run.convert_here()
        run.commit()
