"""Image-text pairs in WebDataset tars: index and conversion, compared with a floor and with webdataset itself.

Kept equal: one worker, 1,000 samples a tar, images unchanged, the data in the page cache, outputs in memory. Loops are timed
inside their processes, without imports. The floor is plain Python: tars read by their headers, a JSON for each pair, tars
written. The loop with webdataset is as an expert would write it: WebDataset -> TarWriter, in the order of the source. Neither
checks or shuffles, or can be stopped and continued. The command is timed from outside, from start to end, once with making its
index.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row
from benchmarks.command import convert_web
from benchmarks.measure import Measured, Series, in_turn, one
from benchmarks.web_data import corpus

PAIRS = 24_000
FLOOR, OURS, THEIRS, INDEX, COMMAND = (
    "floor, plain Python",
    "vladata web2vla, the loop",
    "webdataset read and written",
    "vladata web2vla, the index",
    "vladata convert web2vla, index and all",
)


def main(bench: Bench) -> Iterator[Row]:
    source = corpus(bench.disk, PAIRS * bench.limit // 100)

    def loop(what: str) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("web_loops", what, source, out)

        return run

    def command() -> Measured:
        with bench.out() as out:
            return convert_web(source, out)

    works = {FLOOR: loop("floor"), OURS: loop("ours"), THEIRS: loop("webdataset"), INDEX: loop("index")}
    timed = in_turn(bench.rounds, {**works, COMMAND: command})
    for name in (FLOOR, OURS, THEIRS, INDEX, COMMAND):
        yield _row(name, timed[name], timed[FLOOR])


def _row(work: str, series: Series, floor: Series) -> Row:
    return Row(work, series.rate, "pairs/s", series.peak_mb, floor.rate, series.over(floor))
