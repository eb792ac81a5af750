"""The identity of a unit: a digest of all that decides the bytes of its shards, so that equal ones are written once.

In it: the version of vladata; the features and name of the dataset; the parts of schema and recipe that a sample is made by; the
action contract, whose digest stands in every sample, and with it statistics and bounds; how shards are laid out; and of the
unit its episodes by place and checksum of their records, what of them is left out, corrected and annotated, and how many samples
its shards hold. With order "shuffled" also its number, by which its steps are permuted; where tasks have shares, how many
samples come before each episode, by which turns are dealt.

Not in it: what shards are called; the split expression; what only documents (`quirks`, ...), or only selects.
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
