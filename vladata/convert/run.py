"""A conversion from its lock to its manifest, with the middle left to whoever runs it.

    with begin(settings) as run:            lock, index, plan, and what an earlier run left
        for number in run.units: ...        a loop, supervised processes, a Beam pipeline
        manifest = run.commit()

A run that is left without `commit` can be begun again, and goes on from what is really there.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from vladata.convert.chosen import chosen_files
from vladata.convert.commit import Committing, commit
from vladata.convert.job import remove_job
from vladata.convert.prepare import Prepared, prepare
from vladata.convert.resume import refuse_finished, settle
from vladata.convert.settings import Settings
from vladata.convert.sources import Sources, open_sources
from vladata.convert.unit import Conversion
from vladata.index.part import Indexer
from vladata.shards.manifest import read_manifest
from vladata.shards.storage import Output, open_output


def index_here(sources: Sources) -> None:
    """Indexes what is not in the cache yet, in this process, file after file."""
    missing = sources.unindexed()
    indexer = Indexer(sources.indexing) if missing else None
    for shard in missing:
        assert indexer
        sources.cache.write(sources.source, shard, indexer.part(shard))


class Run:
    """A conversion that is under way; made by `begin`.

    prepared: the job and its plan.
    units:    numbers of the units that are left to do.
    finished: an earlier run had done everything but tidy up; there is nothing to do or commit.
    """

    def __init__(self, output: Output, lock: int, prepared: Prepared, units: list[int] | None) -> None:
        self.output, self._lock, self.prepared = output, lock, prepared
        self.units = units or []
        self.finished = units is None

    @property
    def url(self) -> str:
        """Where a worker finds the job and its plan."""
        return self.output.url

    def convert_here(self) -> None:
        """Does the units that are left, in this process."""
        convert = Conversion(self.output, self.prepared.job)
        units = set(self.units)
        for unit in self.prepared.plan:
            if unit.number in units:
                convert(unit)

    def commit(self) -> dict[str, Any]:
        """Makes the output a dataset and returns its manifest; every unit must be done."""
        if self.finished:
            remove_job(self.output)
            return read_manifest(self.output)
        prepared = self.prepared
        version, chosen = prepared.sources.source.info.version, chosen_files(prepared.sources)
        committing = Committing(
            prepared.job, prepared.ledger, prepared.rejections(), chosen, version, len(prepared.plan)
        )
        return commit(self.output, committing)

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.output.unlock(self._lock)


def begin(settings: Settings, overwrite: bool = False, index: Callable[[Sources], None] = index_here) -> Run:
    """Takes the output's lock, has the source indexed by `index`, plans, and settles what an earlier run left.

    Raises OutputBusy, OutputExists or PlanDiffers for what is in the way, and whatever is wrong with source or specs.
    """
    output = open_output(settings.out)
    lock = output.lock()
    try:
        refuse_finished(output, overwrite)
        sources = open_sources(settings)
        index(sources)
        sources.cache.tidy()
        prepared = prepare(settings, sources)
        return Run(output, lock, prepared, settle(output, prepared.job, prepared.plan_bytes, overwrite))
    except BaseException:
        output.unlock(lock)
        raise
