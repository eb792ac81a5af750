"""Conversion with --image-size 224, compared with a bare loop that decodes, resizes and encodes the same images; then every
kernel and fit in that loop.

Kept equal: the same function on both sides (vladata.image_rule.fitted), one process, the index in the cache, the bare loop's
images in memory. A ratio below 1 is the time for reading, rendering and writing. For the other kernels and fits, it is their
additional time over bilinear stretching, which may decode a JPEG at a scale of its DCT.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one

SIZE = 224
OTHERS = {
    "bicubic": ("--resample", "bicubic"),
    "lanczos3": ("--resample", "lanczos3"),
    "area": ("--resample", "area"),
    "fit: pad": ("--fit", "pad"),
    "fit: crop": ("--fit", "crop"),
}


def main(bench: Bench) -> Iterator[Row]:
    def work(what: str, *more: str) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("ours", what, bench.small, out, "--size", SIZE, "--limit", bench.limit, *more)

        return run

    work("plan")()  # makes the index
    others = {name: work("pixels", *more) for name, more in OTHERS.items()}
    timed = in_turn(bench.rounds, {"bare": work("pixels"), "ours": work("loop"), **others})
    yield row(f"decode, resize to {SIZE}, encode", timed["bare"])
    yield row(f"conversion with --image-size {SIZE}", timed["ours"], timed["bare"])
    for name in OTHERS:
        yield row(f"decode, resize to {SIZE}, encode: {name}", timed[name], timed["bare"])
