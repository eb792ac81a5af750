"""Everything that decides an output, as one value and one file (WORK/job.json in the unfinished output).

A worker needs nothing but the output's URL: it opens the job and the plan there. The job is also what a second run is
compared with, setting by setting, before it may go on where another stopped.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from vladata import keys
from vladata.plan.table import PlanFile
from vladata.plan.units import Layout
from vladata.shards.naming import WORK
from vladata.shards.storage import Output, open_output
from vladata.sources.rlds import Reader, Source, open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

JOB = f"{WORK}/job.json"
PLAN = f"{WORK}/plan.arrow"
PARTS = ("tmp", "receipts", "index", "plan.arrow", "job.json")  # of the work folder, beside the lock
CHOSEN = ("source", "reader", "split", "limit", "measured", "chain", "every", "keep_ranges", "errata")
DIGEST = "digest"


@dataclass(frozen=True)
class Job:
    """One conversion.

    source, reader: the RLDS folder's URL, and "native" or "tfds".
    split, limit:   the split expression as it was given, and the most episodes to take (0: all).
    measured:       the split expression that the statistics are of; "" is what is converted.
    spec, recipe:   the dataset's schema and the recipe, in full.
    chain:          the schema's action chain.
    every:          every how manieth step is kept.
    keep_ranges, errata: SHA-256 of the files that were given; "" where none was.
    layout:         name, format, order, seed, memory, samples a shard.
    statistics:     {"action": ..., "state": ...} of the measured steps that become samples, as Statistics.to_json gives them.
    contract:       the action contract, with its digest.
    plan:           SHA-256 of the plan file: which bytes of the source become which shard.
    """

    source: str
    reader: Reader
    split: str
    limit: int
    measured: str
    spec: DatasetSpec
    recipe: RecipeSpec
    chain: str
    every: int
    keep_ranges: str
    errata: str
    layout: Layout
    statistics: Mapping[str, Any]
    contract: Mapping[str, Any]
    plan: str

    def as_json(self) -> dict[str, Any]:
        names = (*CHOSEN, "plan")
        plain = {name: getattr(self, name) for name in names}
        specs = {"spec": self.spec.model_dump(mode="json"), "recipe": self.recipe.model_dump(mode="json")}
        rest = {"statistics": self.statistics, "contract": self.contract}
        return {**plain, **specs, "layout": asdict(self.layout), **rest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Job":
        specs = {
            "spec": DatasetSpec.model_validate_json(orjson.dumps(data["spec"])),
            "recipe": RecipeSpec.model_validate_json(orjson.dumps(data["recipe"])),
        }
        return cls(**{**data, **specs, "layout": Layout(**data["layout"])})

    def open_source(self) -> Source:
        return open_source(self.source, self.reader)

    @property
    def digest(self) -> str:
        return keys.digest(self.as_json())


def write_job(output: Output, job: Job, plan: bytes) -> None:
    """The plan first: a job that can be read always has its plan. Both survive a power cut, as receipts need them."""
    stamped = {**job.as_json(), DIGEST: job.digest}
    output.write(PLAN, [plan], durable=True)
    output.write(JOB, [orjson.dumps(stamped, option=orjson.OPT_INDENT_2)], durable=True)


def read_job(output: Output) -> Job | None:
    """The job of an unfinished output; None where there is none that can be read."""
    data = output.read(JOB)
    if data is None:
        return None
    try:
        plain = orjson.loads(data)
        digest = plain.pop(DIGEST)
        job = Job.from_json(plain)
    except (ValueError, KeyError, TypeError, AttributeError):  # cut, or of another version
        return None
    return job if job.digest == digest else None


def remove_job(output: Output) -> None:
    """Removes what a run kept beside its output, the job last: while it is there, the same command goes on."""
    for part in PARTS:
        output.remove(f"{WORK}/{part}")


def has_plan_of(output: Output, job: Job) -> bool:
    """Whether the plan that is there is the job's, to the byte."""
    return hashlib.sha256(output.read(PLAN) or b"").hexdigest() == job.plan


def open_plan(output: Output) -> PlanFile:
    return PlanFile(output.read(PLAN) or b"")


def open_job(url: str) -> tuple[Output, Job, PlanFile]:
    """What a worker needs, from the output's URL alone."""
    output = open_output(url)
    job = read_job(output)
    assert job is not None, f"{url}: the parent writes the job before a worker starts"
    return output, job, open_plan(output)
