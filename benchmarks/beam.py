"""The Beam graph on FnApiRunner, compared with the plain loop over the same units: a constant time, and the rest.

Kept equal: one process each, the index in the cache, outputs in memory; Beam's import is timed with the graph. One episode gives
the constant. On the large dataset, the additional time of the graph over the loop and the constant is given in percent.
"""

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one


def main(bench: Bench) -> Iterator[Row]:
    def work(what: str, limit: int) -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("ours", what, bench.large, out, "--limit", limit)

        return run

    work("plan", 0)()  # makes the index
    works = {f"{what} {limit}": work(what, limit) for limit in (1, 0) for what in ("loop", "graph")}
    timed = in_turn(bench.rounds, works)
    pairs = zip(timed["graph 1"].each, timed["loop 1"].each, strict=True)
    constant = median(graph.seconds - loop.seconds for graph, loop in pairs)
    loop, graph = timed["loop 0"], timed["graph 0"]
    pairs = zip(graph.each, loop.each, strict=True)
    beyond = median(100 * ((graph.seconds - constant) / loop.seconds - 1) for graph, loop in pairs)
    steps = loop.steps
    yield row(f"plain loop, {steps:,} steps", loop)
    yield row(f"Beam graph, {steps:,} steps", graph, loop)
    yield Row("  Beam's constant", constant, "s")
    yield Row("  Beam beyond its constant", beyond, "%")
