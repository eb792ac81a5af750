"""The whole of `vladata retry`: plan again, keep the unchanged units, do the others, commit.

Every step can be killed at any moment; the same call continues from the files that are there.
"""

from collections.abc import Callable

from vladata.beam.running import Running
from vladata.commands import rlds2vla, work
from vladata.robot.retry import Mended, Outlook
from vladata.robot.retry import outlook as outlook_of
from vladata.robot.retry import retry as begin
from vladata.shards.manifest import Manifest


def retry(
    out: str, mended: Mended, running: Running, told: Callable[[Outlook], None] = lambda outlook: None
) -> Manifest:
    """Convert again what was rejected, and return the manifest. told: called with the outlook before the work begins.

    Raises a VladataError that names the obstacle.
    """
    with begin(out, mended, lambda sources: rlds2vla.index(sources, running), told) as run, running:
        for remark in run.prepared.remarks:
            running.say(remark)
        work.do_units("Convert", run, running)
        return run.commit()


def outlook(out: str, mended: Mended, running: Running) -> Outlook:
    """Return what `retry` would do, without doing it."""
    return outlook_of(out, mended, lambda sources: rlds2vla.index(sources, running))
