"""The steps that all commands share: index files and do units, with progress, by supervised processes or on a Beam runner."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from vladata.beam.crew import Work
from vladata.beam.running import Running
from vladata.beam.worker import WorkerTask
from vladata.errors import WorkerFailed
from vladata.index.cache import AnyIndexing, Cache
from vladata.progress import Progress
from vladata.runs.attempt import Run
from vladata.runs.receipts import receipt_names


class AnySources(Protocol):
    """The sources of a run, and their index."""

    @property
    def indexing(self) -> AnyIndexing: ...
    @property
    def cache(self) -> Cache: ...
    def files(self) -> Sequence[Any]: ...
    def unindexed(self) -> Sequence[Any]: ...


def index(
    sources: AnySources, running: Running, unit: str = "files", size: Callable[[Any], int] = lambda file: 1
) -> None:
    """Index the files of `sources` that are not in the cache yet. size: returns the units of the progress bar in a file."""
    missing, cache, source = sources.unindexed(), sources.cache, sources.indexing.source
    running.detail(f"Index {cache.url}: {len(missing):,} of {len(sources.files()):,} files to read.")
    if not missing:
        return
    total = sum(map(size, missing))

    def left() -> list[Any]:
        return cache.absent(source, missing)

    def task(files: Sequence[Any]) -> WorkerTask:
        return running.task("index", sources.indexing, cache, files)

    with Progress("Index", unit, total, lambda: total - sum(map(size, left())), running.quiet):
        do(running, Work(missing, task, left, lambda file: file.name))


def do_units(label: str, run: Run[Any], running: Running) -> None:
    """Do the units of a run that are left."""
    output, units, samples = run.output, run.units, run.samples
    done_before = len(samples) - len(units)
    if 0 < done_before < len(samples):
        running.say(f"Continuing after {done_before:,} of {len(samples):,} units.")

    def left() -> list[int]:
        done = receipt_names(output)
        return [unit for unit in units if unit not in done]

    def done() -> int:
        return sum(samples[unit] for unit in receipt_names(output))

    def task(numbers: Sequence[int]) -> WorkerTask:
        return running.task("units", run.open_units, run.url, numbers)

    work = Work(units, task, left, "unit {}".format)
    with Progress(label, "samples", sum(samples), done, running.quiet):
        do(running, work)


def do(running: Running, work: Work) -> None:
    """Do every item of `work`, by the processes or on the runner of `running`."""
    if not work.items:
        return
    if not running.beam:
        running.crew.run(work)
        return
    from importlib import import_module

    from vladata.beam.runners import run_on

    share = work.task(list(work.items))
    graph = import_module(share.module)
    run_on(lambda root: graph.build(root, *share.arguments), running.beam)
    if left := list(work.left()):
        raise WorkerFailed(
            f"the runner has ended, and {len(left):,} of {len(work.items):,} pieces of its work are not done",
            where=work.name(left[0]),
            hint="Where the job goes on without this process, wait for it; then the same command goes on from there.",
        )
