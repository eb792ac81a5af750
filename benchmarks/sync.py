"""The time until an output is on the disk: the fsync of a commit, which the other benchmarks leave out.

The units are converted into a folder on the disk of the data. Then only the fsync of a commit (of each shard and of the folders)
is timed. Bytes that the kernel has written to the disk before then take no more time.
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
