"""Conversion with --image-size 224 beside a bare loop that decodes, resizes and encodes the same images.

Held still: the same function on both sides (vladata.image_rule.fitted), one process, the index in the cache, the bare loop's
images in memory. What is missing to a ratio of 1 is reading, rendering and writing.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one

SIZE = 224


def main(bench: Bench) -> Iterator[Row]:
    def work(what: str) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("ours", what, bench.small, out, "--size", SIZE, "--limit", bench.limit)

        return run

    work("plan")()  # makes the index
    timed = in_turn(bench.rounds, {"bare": work("pixels"), "ours": work("loop")})
    yield row(f"decode, resize to {SIZE}, encode", timed["bare"])
    yield row(f"conversion with --image-size {SIZE}", timed["ours"], timed["bare"])
