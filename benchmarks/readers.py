"""The way of an episode, stage by stage: where the time of a conversion goes.

Held still: one process, the episodes of some files in memory, each stage over all of them before the next begins. A stage
that holds an earlier one (decode parses too) says so in its name.
"""

from collections.abc import Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, Series, process


def main(bench: Bench) -> Iterator[Row]:
    stages: dict[str, list[Measured]] = {}
    for _ in range(bench.rounds):
        with bench.out() as out:
            for told in process("stages", bench.small, out, bench.limit):
                stages.setdefault(told.work, []).append(told)
    for name, each in stages.items():
        yield row(name, Series(tuple(each)))
