"""The whole of `vladata convert rlds2vla`: index, plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call continues from the files that are there.
"""

from vladata.beam.running import Running
from vladata.commands import work
from vladata.robot.prepare import Prepared, prepare
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, check_apart, open_sources
from vladata.shards.manifest import Manifest

TRAIN = "train"


def convert(settings: Settings, running: Running, overwrite: bool = False) -> Manifest:
    """Convert, or continue a conversion, and return the manifest. Raises a VladataError that names the obstacle."""
    with (
        begin(settings, overwrite, lambda sources: _index(sources, running)) as run,
        running,  # its processes end before the output is given back
    ):
        what = "steps" if settings.is_whole else "samples"
        running.detail(f"Plan: {run.prepared.samples:,} {what} in {len(run.prepared.plan):,} units.")
        for remark in run.prepared.remarks:
            running.say(remark)
        if not (settings.measured or settings.is_whole) and _bounds_are_its_own(run.prepared):
            running.say(
                f"The bounds of the bins come from {settings.split} itself; --statistics {TRAIN} takes those of {TRAIN}."
            )
        work.do_units("Convert", run, running)
        return run.commit()


def _bounds_are_its_own(prepared: Prepared) -> bool:
    """Return True if bins depend on other splits than "train", although the dataset has a split "train"."""
    source, written = prepared.sources.source, {split.entries.split for split in prepared.plan.splits}
    return bool(prepared.job.contract["statistics"]) and TRAIN in source.info.splits and TRAIN not in written


def dry_run(settings: Settings, running: Running) -> Prepared:
    """Return what `convert` would do, without doing it: the sources are indexed, but no file is made in the output folder."""
    check_apart(settings)
    sources = open_sources(settings, far=bool(running.beam))
    _index(sources, running)
    return prepare(settings, sources)


def index(sources: Sources, running: Running) -> None:
    """Index the files that are not in the cache yet, and remove half-written files from the cache."""
    _index(sources, running)
    sources.cache.tidy()


def _index(sources: Sources, running: Running) -> None:
    work.index(sources, running, "episodes", lambda shard: shard.stop - shard.start)
