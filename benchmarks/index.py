"""The index pass on one core: every record is read, checked, decoded (except pixels) and standardised, and Parquet is written.

Kept equal: the data in the page cache, the cache folder new and in memory. The floor only reads the same records, checks their
CRCs and parses them with protobuf.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one


def main(bench: Bench) -> Iterator[Row]:
    def index() -> Measured:
        with bench.out() as out:
            return one("ours", "index", bench.small, out)

    works: dict[str, Callable[[], Measured]] = {
        "read": lambda: one("floor", "read", bench.small),
        "index": index,
    }
    timed = in_turn(bench.rounds, works)
    yield row("records read and parsed by protobuf", timed["read"])
    yield row("index pass", timed["index"], timed["read"])
