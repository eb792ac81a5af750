"""Two workers, compared with one: whole commands on the large dataset, and the rate of the steps that only the large one has.

Kept equal: the index in the cache, outputs in memory. Two workers need two idle cores: `others_cores` must be near 0.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench, Row, row
from benchmarks.command import beyond, convert
from benchmarks.measure import Measured, in_turn, process


def main(bench: Bench) -> Iterator[Row]:
    def work(source: Path, workers: int) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return convert(source, out, workers)

        return run

    for source in (bench.small, bench.large):
        with bench.out() as out:
            process("ours", "plan", source, out)  # makes the index
    sizes = {"small": bench.small, "large": bench.large}
    works = {f"{size} {n}": work(source, n) for size, source in sizes.items() for n in (1, 2)}
    timed = in_turn(bench.rounds, works)
    steps = timed["large 1"].steps
    yield row(f"vladata convert --workers 1, {steps:,} steps", timed["large 1"])
    yield row(f"vladata convert --workers 2, {steps:,} steps", timed["large 2"], timed["large 1"])
    one, two = (beyond(timed[f"small {n}"], timed[f"large {n}"])[0] for n in (1, 2))
    yield Row("  each step beyond, 1 worker", one)
    yield Row("  each step beyond, 2 workers", two, floor=one, ratio=two / one)
