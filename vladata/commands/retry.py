"""The whole of `vladata retry`: plan anew, take back what is as it was, do the other units, commit.

Every step can be killed at any moment; the same call goes on from what is really there.
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
    """Try what was rejected again, and returns the manifest. told: is told what it will do first.

    Raises a VladataError that says what is in the way.
    """
    with begin(out, mended, lambda sources: rlds2vla.index(sources, running), told) as run, running:
        for remark in run.prepared.remarks:
            running.say(remark)
        work.do_units("Convert", run, running)
        return run.commit()


def outlook(out: str, mended: Mended, running: Running) -> Outlook:
    """Return what `retry` would do, without doing it."""
    return outlook_of(out, mended, lambda sources: rlds2vla.index(sources, running))
