"""The whole of `vladata convert rlds2vla`: index, plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call goes on from what is really there.
"""

from collections.abc import Sequence
from typing import Any

from vladata.pipelines.work import do, do_units

from vladata.beam.crew import Work
from vladata.beam.running import GRAPHS, Running
from vladata.beam.worker import Task
from vladata.progress import Progress
from vladata.robot.prepare import Prepared, prepare
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, open_sources
from vladata.shards.manifest import Manifest

TRAIN = "train"
INDEX, UNITS = GRAPHS


def convert(settings: Settings, running: Running, overwrite: bool = False) -> Manifest:
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
        do_units("Convert", UNITS, run, running)
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
        do(running, Work(missing, task, left, lambda shard: shard.file))
