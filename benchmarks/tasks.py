"""Two tasks for each step, and tasks in turn, compared with one task: the same steps, time per sample.

Kept equal: one process, the index in the cache, outputs in memory, images unchanged. Two tasks write each image twice, so a
sample should take as long as with one task. With tasks in turn, a step has one sample, and its task must be found.
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, in_turn, one

MORE = {"two tasks, of each a sample": "two", "two tasks, by turns": "turns"}


def main(bench: Bench) -> Iterator[Row]:
    def work(what: str, tasks: str = "one") -> Callable[[], Measured]:
        def run() -> Measured:
            with bench.out() as out:
                return one("ours", what, bench.small, out, "--limit", bench.limit, "--tasks", tasks)

        return run

    work("plan")()  # makes the index
    timed = in_turn(
        bench.rounds, {"one": work("loop"), **{name: work("loop", tasks) for name, tasks in MORE.items()}}
    )
    yield row("one task", timed["one"])
    for name in MORE:
        yield row(name, timed[name], timed["one"])
