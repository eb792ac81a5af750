"""Begin the conversion of a robot dataset: index, plan, then the steps of vladata/runs/attempt.py."""

from collections.abc import Callable
from typing import Any

from vladata.robot.describe import committing, work_files
from vladata.robot.prepare import Prepared, prepare
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, check_apart, open_sources
from vladata.robot.unit import open_units
from vladata.runs.asked import absolute, remember
from vladata.runs.attempt import Kind, Run, attempt
from vladata.shards.storage import open_output

ROBOT = Kind(open_units, committing, work_files)


def kind_of(settings: Settings) -> Kind[Prepared]:
    """Return the kind of conversion for the engine: whole episodes have other units than samples."""
    if not settings.is_whole:
        return ROBOT
    from vladata.robot.whole.run import WHOLE

    return WHOLE


def index_here(sources: Sources) -> None:
    """Index the files that are not in the cache yet, in this process."""
    sources.cache.fill(sources.indexing, sources.unindexed())


def begin(
    settings: Settings, overwrite: bool = False, index: Callable[[Sources], None] = index_here
) -> Run[Prepared]:
    """Index the source with `index`, plan, and take the output's lock.

    Raises the errors of `attempt`, and of a wrong source or wrong specs.
    """

    def prepared() -> Prepared:
        sources = open_sources(settings)
        index(sources)
        sources.cache.tidy()
        found = prepare(settings, sources)
        remember(open_output(settings.out), _asked(settings))
        return found

    check_apart(settings)
    return attempt(settings.out, overwrite, prepared, kind_of(settings))


def _asked(settings: Settings) -> dict[str, Any]:
    """Return the values that a retry needs in addition to the manifest."""
    return {
        "source": absolute(settings.source),
        "reader": settings.reader,
        "measured": settings.measured,
        "keep_ranges": absolute(settings.keep_ranges),
        "errata": absolute(settings.errata),
        "check_pictures": settings.check_pictures,
        "annotations": [absolute(place) for place in settings.annotations],
    }
