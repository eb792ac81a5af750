"""Pass-through conversion (images unchanged), compared with the floor and with the scripts that people write today.

Kept equal: one worker, 1,000 samples a tar, the index in the cache, the data in the page cache, outputs in memory. The loops are
timed inside their processes, without imports; ours counts the samples that it writes (the last step of an RLDS episode has no
action), the others count every step. The command is timed from outside, from start to end, at two sizes. This gives a constant
time, and a rate for the steps beyond it. The first row of a command includes making the index.

The README quotes the speed compared with TFDS and webdataset, and the memory of a worker.
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
    yield from _commands(bench)


def _loops(bench: Bench) -> dict[str, Callable[[], Measured]]:
    experts = {name: _loop(bench, "experts", way, bench.small) for name, way in EXPERTS.items()}
    floor, ours = (_loop(bench, *work, bench.small) for work in (("floor", "write"), ("ours", "loop")))
    return {FLOOR: floor, OURS: ours, **experts}


def _loop(bench: Bench, module: str, what: str, source: Path) -> Callable[[], Measured]:
    def run() -> Measured:
        with bench.out() as out:
            return one(module, what, source, out)

    return run


def _command(bench: Bench, source: Path) -> Callable[[], Commanded]:
    def run() -> Commanded:
        with bench.out() as out:
            return convert(source, out)

    return run


def _commands_first(bench: Bench) -> Iterator[Row]:
    for source in (bench.small, bench.large):
        series = Series((_command(bench, source)(),))
        yield row(f"vladata convert, first, {series.steps:,} steps", series)


def _commands(bench: Bench) -> Iterator[Row]:
    """Yield the rows of commands, and of the floor at both sizes: a large output needs new pages of memory in all of them."""
    sources = {"small": bench.small, "large": bench.large}
    works: dict[str, Callable[[], Measured]] = {size: _command(bench, each) for size, each in sources.items()}
    works |= {f"floor {size}": _loop(bench, "floor", "write", each) for size, each in sources.items()}
    timed = in_turn(bench.rounds, works)
    for size in sources:
        series, floor = timed[size], timed[f"floor {size}"]
        yield row(f"vladata convert, {series.steps:,} steps", series, floor)
        parent = max(one.parent_mb for one in series.each if isinstance(one, Commanded))
        yield Row(f"  the process that supervises, {series.steps:,}", parent, "MB")
    rate, constant = beyond(timed["small"], timed["large"])
    floor_rate, _ = beyond(timed["floor small"], timed["floor large"])
    yield Row("  each step beyond", rate, floor=floor_rate, ratio=rate / floor_rate)
    yield Row("  before the first step", constant, "s")
