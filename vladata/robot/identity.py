"""The identity of a unit: a digest of all that decides the bytes of its shards, so that equal ones are written once.

In it: the version of vladata; the features and name of the dataset; the parts of schema and recipe that a sample is made by; the
action contract, whose digest stands in every sample, and with it statistics and bounds; how shards are laid out; and of the
unit its episodes by place and checksum of their records, what of them is left out or corrected, and how many samples its shards
hold. With order "shuffled" also its number, by which its steps are permuted; where tasks have shares, how many samples come
before each episode, by which turns are dealt.

Not in it: what shards are called; the split expression; what only selects, tells or documents (`success`, `quirks`, ...).
"""

from collections.abc import Iterator
from typing import Any

from vladata import keys
from vladata.plan.units import Plan, Read, WorkUnit
from vladata.robot.job import Job
from vladata.sources.source import Source
from vladata.version import __version__

OF_THE_SCHEMA = ("cameras", "swap_channels", "language", "state", "terminate")
SELECTING = {"name", "select", "web"}  # of a recipe


def identities(job: Job, source: Source, plan: Plan) -> Iterator[str]:
    """The identity of each unit of the job's plan, in order: 64 hexadecimal digits."""
    shared = keys.digest(_shared(job, source))
    shuffled, dealt = job.layout.order == "shuffled", job.recipe.dealt
    return (keys.digest({"shared": shared, **_of(unit, shuffled, dealt)}) for unit in plan)


def _shared(job: Job, source: Source) -> dict[str, Any]:
    schema, layout = job.spec.model_dump(mode="json"), job.layout
    return {
        "version": __version__,
        "dataset": [source.name, source.identity, job.reader],
        "schema": {name: schema[name] for name in OF_THE_SCHEMA},
        "chain": job.spec.chain(job.chain).model_dump(mode="json"),
        "recipe": job.recipe.model_dump(mode="json", exclude=SELECTING),
        "every": job.every,
        "contract": job.contract["digest"],
        "layout": [layout.name, layout.format, layout.order, layout.seed],
    }


def _of(unit: WorkUnit, shuffled: bool, dealt: bool) -> dict[str, Any]:
    names = [name for name in Read.__slots__ if dealt or name != "first"]
    return {
        "number": unit.number if shuffled else None,
        "split": unit.split,
        "reads": [[getattr(read, name) for name in names] for read in unit.reads],
        "shards": [shard.samples for shard in unit.shards],
    }
