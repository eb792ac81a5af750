"""Any conversion from its lock to its manifest; the caller runs the units between.

    with attempt(...) as run:               lock, plan, and the state left by an earlier run
        for number in run.units: ...        a loop, supervised processes, a Beam pipeline
        manifest = run.commit()

A run that ends without `commit` can be begun again, and continues from the files that are there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from vladata.runs import loops
from vladata.runs.commit import Committing, commit
from vladata.runs.job_file import AnyJob, open_plan, remove_job
from vladata.runs.receipts import Receipt
from vladata.runs.resume import look, refuse, settle
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.storage import Output, open_output

OpenUnits = Callable[[str], Callable[[int], Receipt]]
"""The output's URL -> a function that does one unit of the job there, given its number."""


class AnyPrepared(Protocol):
    """A job that is ready, and its plan as the file that workers open."""

    @property
    def job(self) -> AnyJob: ...
    @property
    def plan_bytes(self) -> bytes: ...


P = TypeVar("P", bound=AnyPrepared)


@dataclass(frozen=True)
class Kind(Generic[P]):
    """The parts in which kinds of conversions differ.

    open_units: called in a worker.   committing: called when all units are done.
    beside:     path in the output -> bytes of the files that workers read beside the plan.
    """

    open_units: OpenUnits
    committing: Callable[[P], Committing]
    beside: Callable[[P], Mapping[str, bytes]] = lambda prepared: {}


class Run(Generic[P]):
    """A conversion that has begun.

    prepared: the job and its plan.
    samples:  the number of samples of each unit of the plan.
    units:    numbers of the units that are left to do.
    finished: True if an earlier run had done everything but tidy up; there is nothing to do or commit.
    """

    def __init__(
        self, output: Output, lock: int, prepared: P, kind: Kind[P], units: list[int] | None
    ) -> None:
        self.output, self._lock, self.prepared, self._kind = output, lock, prepared, kind
        self.units = units or []
        self.finished = units is None
        self.samples: list[int] = []
        if not self.finished:
            plan = open_plan(output)
            self.samples = [sum(shard.samples for shard in plan.shards(n)) for n in range(len(plan))]

    @property
    def url(self) -> str:
        """The URL at which a worker finds the job and its plan."""
        return self.output.url

    @property
    def open_units(self) -> OpenUnits:
        """The function with which a worker opens the job."""
        return self._kind.open_units

    def convert_here(self) -> None:
        """Do the units that are left, in this process."""
        if not self.units:  # after a run that was killed while it tidied up, the plan may be gone already
            return
        loops.units(self.open_units, self.url, self.units)

    def commit(self) -> Manifest:
        """Make the output a dataset and return its manifest; every unit must be done."""
        if self.finished:
            remove_job(self.output)
            return read_manifest(self.output)
        return commit(self.output, self._kind.committing(self.prepared))

    def __enter__(self) -> "Run[P]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.output.unlock(self._lock)


def attempt(out: str, overwrite: bool, prepare: Callable[[], P], kind: Kind[P]) -> Run[P]:
    """Take the output's lock, plan, and settle the state left by an earlier run.

    Raises OutputBusy, OutputExists or PlanDiffers if the output cannot be used, and the errors of `prepare`.
    """
    output = open_output(out)
    lock = output.lock()
    try:
        found = look(output)
        refuse(found, overwrite)
        prepared = prepare()
        beside = kind.beside(prepared)
        units = settle(output, found, prepared.job, prepared.plan_bytes, overwrite, beside)
        return Run(output, lock, prepared, kind, units)
    except BaseException:
        output.unlock(lock)
        raise
