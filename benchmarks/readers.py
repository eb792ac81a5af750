"""The stages of a conversion, one by one: the time of each.

Kept equal: one process, the episodes of some files in memory, each stage over all episodes before the next stage begins. If a
stage includes an earlier one (decode also parses), its name says so.
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
