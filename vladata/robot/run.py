"""The conversion of a robot dataset, begun: index, plan, and then as attempt.py has it."""

from collections.abc import Callable

from vladata.robot.describe import committing, work_files
from vladata.robot.prepare import Prepared, prepare
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, open_sources
from vladata.robot.unit import open_units
from vladata.runs.attempt import Kind, Run, attempt

ROBOT = Kind(open_units, committing, work_files)


def index_here(sources: Sources) -> None:
    """Indexes what is not in the cache yet, in this process."""
    sources.cache.fill(sources.indexing, sources.unindexed())


def begin(
    settings: Settings, overwrite: bool = False, index: Callable[[Sources], None] = index_here
) -> Run[Prepared]:
    """Has the source indexed by `index`, plans, and takes the output. Raises as `attempt` does, and whatever is wrong with
    source or specs."""

    def prepared() -> Prepared:
        sources = open_sources(settings)
        index(sources)
        sources.cache.tidy()
        return prepare(settings, sources)

    return attempt(settings.out, overwrite, prepared, ROBOT)
