"""Pass-through conversion of chunks, compared with that of single actions.

Kept equal: the loop over the units in one process, the index in the cache, outputs in memory, a sample at every step with an
action (tails are repeated). A sample with a chunk of 16 spells and stores 16 times as many numbers, and has the same picture.

The ratio should be 0.8 or more.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one

CHUNK, CODEC = 16, "text-integers"


def main(bench: Bench) -> Iterator[Row]:
    def work(*options: object) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("ours", "loop", bench.small, out, *options)

        return run

    chunked = work("--codec", CODEC, "--chunk", CHUNK)
    works = {"plain": work(), "same codec": work("--codec", CODEC), "chunked": chunked}
    timed = in_turn(bench.rounds, works)
    yield row("rt2, one action", timed["plain"])
    yield row(f"{CODEC}, one action", timed["same codec"], timed["plain"])
    yield row(f"{CODEC}, chunks of {CHUNK}", timed["chunked"], timed["plain"])
