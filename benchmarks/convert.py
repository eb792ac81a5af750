"""Pass-through conversion (images untouched) beside the floor and beside what people write today.

Held still: one worker, 1,000 samples a tar, the index in the cache, the data in the page cache, outputs in memory. The
loops are timed inside their processes, without imports; ours counts the samples that it writes (the last step of an RLDS
episode has no action), the others every step. The command is timed from outside, start to end, at two sizes: so there is
a constant, and a rate for each step beyond it. The first row of a command includes making the index.

README: the speed beside TFDS with webdataset, and the memory of a worker.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench, Row, row
from benchmarks.command import Commanded, beyond, convert
from benchmarks.measure import Measured, Series, in_turn, one

FLOOR, OURS = "floor, plain Python", "vladata, the loop"
EXPERTS = {"TFDS by episode + ShardWriter": "episodes", "TFDS by step + ShardWriter": "steps"}


def main(bench: Bench) -> Iterator[Row]:
    yield from _commands_first(bench)
    loops = in_turn(bench.rounds, _loops(bench))
    floor, ours = loops[FLOOR], loops[OURS]
    yield row(FLOOR, floor)
    yield row(OURS, ours, floor)
    for name in EXPERTS:
        yield row(name, loops[name], floor)
    for name in EXPERTS:
        yield Row(f"vladata beside {name}", ours.rate, floor=loops[name].rate, ratio=ours.over(loops[name]))
    yield from _commands(bench, floor)


def _loops(bench: Bench) -> dict[str, Callable[[], Measured]]:
    def work(module: str, what: str) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one(module, what, bench.small, out)

        return run

    experts = {name: work("experts", way) for name, way in EXPERTS.items()}
    return {FLOOR: work("floor", "write"), OURS: work("ours", "loop"), **experts}


def _command(bench: Bench, source: Path) -> Callable[[], Commanded]:
    def run() -> Commanded:
        with bench.out() as out:
            return convert(source, out)

    return run


def _commands_first(bench: Bench) -> Iterator[Row]:
    for source in (bench.small, bench.large):
        yield _whole("vladata convert, first", Series((_command(bench, source)(),)))


def _commands(bench: Bench, floor: Series) -> Iterator[Row]:
    sizes = {"small": _command(bench, bench.small), "large": _command(bench, bench.large)}
    timed = in_turn(bench.rounds, sizes)
    small, large = timed["small"], timed["large"]
    for series in (small, large):
        yield _whole("vladata convert", series)
        parent = max(one.parent_mb for one in series.each if isinstance(one, Commanded))
        yield Row(f"  the process that supervises, {series.steps:,}", parent, "MB")
    rate, constant = beyond(small, large)
    yield Row("  each step beyond", rate, floor=floor.rate, ratio=rate / floor.rate)
    yield Row("  before the first step", constant, "s")


def _whole(what: str, series: Series) -> Row:
    return row(f"{what}, {series.steps:,} steps", series)
