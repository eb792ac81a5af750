"""The job of an unfinished output as a file, WORK/job.json, with its plan beside it.

A worker needs only the output's URL: it opens the job and the plan there. A second run is compared with the job, setting by
setting, before it may continue where another run stopped.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import orjson

from vladata import keys
from vladata.plan.table import PlanFile
from vladata.plan.units import Layout
from vladata.shards.naming import WORK
from vladata.shards.storage import LocalOutput, Output, open_output

JOB = f"{WORK}/job.json"
PLAN = f"{WORK}/plan.arrow"
BEFORE = f"{WORK}/before"  # a finished output that is made again (aside.py)
ANNOTATED = f"{WORK}/annotations.arrow"
UNFIT = f"{WORK}/unfit.json"  # errata that leave out data found unfit, for outputs whose commit refuses it
PARTS = (
    "tmp",
    "receipts",
    "index",
    "before",
    "unfit.json",
    "annotations.arrow",
    "plan.arrow",
    "job.json",
)  # of the work folder, beside the lock
DIGEST, VERSION = "digest", "version"
JOB_VERSION = 4  # raise it if jobs of earlier versions cannot be continued


class AnyJob(Protocol):
    """All values on which an output depends, of any kind.

    layout: name, format, order, seed, memory, samples per shard.
    plan:   SHA-256 of the plan file: which bytes of the sources become which shard.
    """

    @property
    def layout(self) -> Layout: ...
    @property
    def plan(self) -> str: ...
    def as_json(self) -> dict[str, Any]: ...


J = TypeVar("J", bound=AnyJob)


def stamped(job: AnyJob) -> dict[str, Any]:
    """Return the job as JSON data, with its version and its digest."""
    plain = orjson.loads(orjson.dumps({VERSION: JOB_VERSION, **job.as_json()}))
    return {**plain, DIGEST: keys.digest(plain)}


def write_job(output: Output, job: Mapping[str, Any], plan: bytes, beside: Mapping[str, bytes]) -> None:
    """Write the files that workers read beside the plan (path -> bytes), then the plan, then the job.

    So these files are there whenever the job can be read. All survive a power cut, since receipts depend on them.
    """
    for path, data in beside.items():
        output.write(path, [data], durable=True)
    output.write(PLAN, [plan], durable=True)
    output.write(JOB, [orjson.dumps(job, option=orjson.OPT_INDENT_2)], durable=True)


def read_job(output: Output) -> dict[str, Any] | None:
    """Return the stamped job of an unfinished output; None if there is none that can be read."""
    data = output.read(JOB)
    if data is None:
        return None
    try:
        job = orjson.loads(data)
        rest = {name: value for name, value in job.items() if name != DIGEST}
    except (orjson.JSONDecodeError, AttributeError):
        return None
    good = job.get(DIGEST) == keys.digest(rest) and job.get(VERSION) == JOB_VERSION
    return job if good else None


def opened(
    url: str, from_json: Callable[[Mapping[str, Any]], J], mapped: bool = False
) -> tuple[Output, J, PlanFile]:
    """Open the unfinished output at `url` for a worker. from_json: makes the job from the result of its as_json.
    mapped: as in open_plan."""
    output = open_output(url)
    job = read_job(output)
    assert job is not None, f"{url}: the parent writes the job before a worker starts"
    own = {name: value for name, value in job.items() if name not in (DIGEST, VERSION)}
    return output, from_json(own), open_plan(output, mapped)


def remove_job(output: Output) -> None:
    """Remove the files that a run kept beside its output, the job last: as long as it is there, the same command continues."""
    for part in PARTS:
        output.remove(f"{WORK}/{part}")


def has_plan_of(output: Output, job: Mapping[str, Any]) -> bool:
    """Return True if the plan that is there is exactly the job's, and so are the annotations if it has some."""
    wanted: str = job["plan"]
    if annotated := job.get("annotated"):
        there = output.measure(ANNOTATED)
        if there is None or there.checksum != annotated:
            return False
    return hashlib.sha256(output.read(PLAN) or b"").hexdigest() == wanted


def open_plan(output: Output, mapped: bool = False) -> PlanFile:
    """Return the plan.

    mapped: map a local file into memory, for plans that are as long as their data; the file stays open while any of it is used.
    """
    if mapped and isinstance(output, LocalOutput):
        return PlanFile(output.root / PLAN)
    return PlanFile(output.read(PLAN) or b"")
