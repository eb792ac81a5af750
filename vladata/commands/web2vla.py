"""The whole of `vladata convert web2vla`: index, filters, plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call continues from the files that are there.
"""

from collections.abc import Callable

from vladata.beam.running import Running
from vladata.commands import work
from vladata.shards.manifest import Manifest
from vladata.web.indexed import indexed
from vladata.web.prepare import WebPrepared, prepare
from vladata.web.run import begin
from vladata.web.settings import WebSettings
from vladata.web.sources import open_sources


def convert(
    settings: WebSettings,
    running: Running,
    overwrite: bool = False,
    planned: Callable[[WebPrepared], None] = lambda prepared: None,
) -> Manifest:
    """Convert, or continue a conversion, and return the manifest. planned: called with the plan before the work begins."""
    with begin(settings, overwrite, lambda sources: work.index(sources, running)) as run, running:
        planned(run.prepared)
        work.do_units("Convert", run, running)
        return run.commit()


def dry_run(settings: WebSettings, running: Running) -> WebPrepared:
    """Return what `convert` would do, without doing it: the sources are indexed, but no file is made in the output folder."""
    sources = open_sources(settings, far=bool(running.beam))
    return prepare(settings, indexed(sources, settings.limit, lambda some: work.index(some, running)))
