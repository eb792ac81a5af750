"""What it takes to have an output on the disk: the fsync that commit makes, which the other figures leave out.

The units are converted into a folder beside the data, on whatever disk that is; then the call that commit makes (fsync of
each shard and of the folders) is timed alone. What the kernel has written by itself until then is not waited for again.
"""

from collections.abc import Iterator

from benchmarks.bench import Bench, Row
from benchmarks.measure import Series, one


def main(bench: Bench) -> Iterator[Row]:
    each = []
    for _ in range(bench.rounds):
        with bench.out(disk=True) as out:
            each.append(one("ours", "sync", bench.small, out))
    series = Series(tuple(each))
    yield Row(f"fsync of {series.steps:,} steps, disk", series.seconds, "s")
