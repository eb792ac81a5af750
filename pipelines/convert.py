"""The whole of `vladata convert rlds2vla`: index, plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call goes on from what is really there.
"""

from collections.abc import Sequence
from typing import Any

from vladata.beam.crew import Work
from vladata.beam.running import GRAPHS, Running
from vladata.beam.worker import Task
from vladata.convert.prepare import Prepared, prepare
from vladata.convert.receipts import receipt_names
from vladata.convert.run import Run, begin
from vladata.convert.settings import Settings
from vladata.convert.sources import Sources, open_sources
from vladata.errors import WorkerFailed
from vladata.progress import Progress

TRAIN = "train"
INDEX, UNITS = GRAPHS


def convert(settings: Settings, running: Running, overwrite: bool = False) -> dict[str, Any]:
    """Converts, or goes on converting, and returns the manifest. Raises a VladataError that says what is in the way."""
    with (
        begin(settings, overwrite, lambda sources: _index(sources, running)) as run,
        running,  # its processes end before the output is given back
    ):
        running.detail(f"Plan: {run.prepared.samples:,} samples in {len(run.prepared.plan):,} units.")
        for remark in run.prepared.remarks:
            running.say(remark)
        if not settings.measured and _bounds_are_its_own(run.prepared):
            running.say(
                f"The bounds of the bins come from {settings.split} itself; --statistics {TRAIN} takes those of {TRAIN}."
            )
        done, units = len(run.prepared.plan) - len(run.units), len(run.prepared.plan)
        if 0 < done < units:
            running.say(f"Going on: {done} of {units} units are done.")
        _units(run, running)
        return run.commit()


def _bounds_are_its_own(prepared: Prepared) -> bool:
    """Whether bins depend on data that nobody trains on, though the dataset has what they do train on."""
    source, written = prepared.sources.source, {split.entries.split for split in prepared.plan.splits}
    return bool(prepared.job.contract["statistics"]) and TRAIN in source.info.splits and TRAIN not in written


def dry_run(settings: Settings, running: Running) -> Prepared:
    """Everything that `convert` would do, and nothing of it done: no file is made in the output folder."""
    sources = open_sources(settings, far=bool(running.beam))
    _index(sources, running)
    return prepare(settings, sources)


def index(sources: Sources, running: Running) -> None:
    """Indexes what is not in the cache yet."""
    _index(sources, running)
    sources.cache.tidy()


def _index(sources: Sources, running: Running) -> None:
    missing = sources.unindexed()
    running.detail(f"Index {sources.cache.url}: {len(missing):,} of {len(sources.files()):,} files to read.")
    if not missing:
        return
    episodes = {shard: shard.stop - shard.start for shard in missing}

    def left() -> list[Any]:
        return sources.cache.absent(sources.source, missing)

    def done() -> int:
        return sum(episodes.values()) - sum(episodes[shard] for shard in left())

    def task(shards: Sequence[Any]) -> Task:
        return Task(INDEX, "run", (sources.indexing, sources.cache, shards))

    with Progress("Index", "episodes", sum(episodes.values()), done, running.quiet):
        _run(running, Work(missing, task, left, lambda shard: shard.file))


def _units(run: Run, running: Running) -> None:
    output, units = run.output, run.units
    samples = [unit.samples for unit in run.prepared.plan]

    def left() -> list[int]:
        done = receipt_names(output)
        return [unit for unit in units if unit not in done]

    def done() -> int:
        return sum(samples[unit] for unit in receipt_names(output))

    def task(numbers: Sequence[int]) -> Task:
        return Task(UNITS, "run", (run.url, numbers))

    with Progress("Convert", "samples", sum(samples), done, running.quiet):
        _run(running, Work(units, task, left, "unit {}".format))


def _run(running: Running, work: Work) -> None:
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
