"""The identity of a unit: a digest of everything that the bytes of its shards depend on, so that equal units are written once.

It contains the version of vladata; the features and name of the dataset; the parts of schema and recipe that samples depend on;
the action contract (its digest is in every sample) with statistics and bounds; the layout of shards; the place and checksum of
each record of the unit, its left-out steps, corrections and annotations, and the number of samples in each shard. With order
"shuffled" it also contains the number of the unit, by which its steps are permuted. If tasks have shares, it also contains the
number of samples before each episode, by which tasks are dealt.

It does not contain the names of shards, the split expression, or parts of a schema that document (such as `quirks`) or select.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vladata import keys
from vladata.annotations.stored import Commentary
from vladata.plan.units import Read, WorkUnit
from vladata.robot.prepare import Prepared
from vladata.version import __version__

DOCUMENTING = frozenset(
    [
        "robot",
        "episodes",
        "aliases",
        "features",
        "confidence",
        "quirks",
        "licence",
        "citation",
        "source",
        "homepage",
    ]
)  # parts of a schema
SELECTING = {"name", "select", "web"}  # of a recipe


def identities(prepared: Prepared) -> Iterator[str]:
    """Yield the identity of each unit of a plan, in order: 64 hexadecimal digits."""
    table = prepared.annotated.table if prepared.annotated else None
    said: dict[str, list[Any]] = {}
    for row in table.to_pylist() if table is not None else ():
        said.setdefault(row["episode"], []).append(list(row.values()))
    names = Commentary(table).names if table is not None else ()
    shared = keys.digest(_shared(prepared, names))
    shuffled, dealt = prepared.job.layout.order == "shuffled", prepared.job.recipe.dealt
    columns = [name for name in Read.__slots__ if name != "before" and (dealt or name != "first")]
    for unit in prepared.plan:
        number = unit.number if shuffled else None
        yield keys.digest({"shared": shared, "number": number, **_of(unit, columns, said)})


def _shared(prepared: Prepared, annotated: Sequence[str]) -> dict[str, Any]:
    job, source = prepared.job, prepared.sources.source
    layout = job.layout
    return {
        "version": __version__,
        "dataset": [source.name, source.identity, job.reader],
        "schema": job.spec.model_dump(mode="json", exclude={*DOCUMENTING, "actions"}),
        "chain": job.spec.chain(job.chain).model_dump(mode="json"),
        "recipe": job.recipe.model_dump(mode="json", exclude=SELECTING),
        "every": job.every,
        "contract": job.contract["digest"],
        "layout": [layout.name, layout.format, layout.order, layout.seed],
        "annotated": list(annotated),
    }


def _of(unit: WorkUnit, columns: Sequence[str], said: Mapping[str, list[Any]]) -> dict[str, Any]:
    reads = []
    for read in unit.reads:
        rows = said.get(keys.episode_id(unit.split, read.shard, read.record), [])
        reads.append([*(getattr(read, name) for name in columns), rows])
    return {"split": unit.split, "reads": reads, "shards": [shard.samples for shard in unit.shards]}
