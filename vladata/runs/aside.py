"""Set a finished output aside while it is made again: unchanged units are taken from it, and not written twice.

    WORK/before/   every file of the output, also the manifest, under its old path

Setting aside begins with the manifest, by one rename: from then on the folder is not a dataset, and the next run moves the rest,
until a job is there. A unit is taken back by its identity: its shards are renamed to their names in the new plan, each checked by
the length and checksum in the manifest, and then its receipt is written as if the unit had been done. So a run that is killed at
any moment is resumed like any other, and files that are not taken back are removed with the job.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa

from vladata.plan.table import PlanFile
from vladata.runs.index_table import UNITS
from vladata.runs.job_file import BEFORE, JOB
from vladata.runs.receipts import Receipt, Rejection, write_receipt
from vladata.shards.manifest import Manifest, ShardEntry, read_manifest
from vladata.shards.naming import INDEX, MANIFEST, REJECTED
from vladata.shards.storage import Output, open_output
from vladata.shards.whole import Written


@dataclass(frozen=True, eq=False)
class FinishedUnit:
    """A unit of a finished output. rows, rejected, kinds: of its receipt."""

    shards: tuple[ShardEntry, ...]
    rejected: tuple[Rejection, ...]
    kinds: Mapping[str, tuple[str, ...]]
    rows: pa.Table


def set_aside(output: Output) -> None:
    """Set a finished output aside."""
    output.move(MANIFEST, f"{BEFORE}/{MANIFEST}")
    output.sync([f"{BEFORE}/{MANIFEST}"])
    finish_setting_aside(output)


def finish_setting_aside(output: Output) -> None:
    """Move the remaining files of an output whose manifest was moved and that has no job yet."""
    if output.read(f"{BEFORE}/{MANIFEST}") is None or output.read(JOB) is not None or output.read(MANIFEST):
        return
    there = set(output.names())
    paths = [entry.path for entry in read_manifest(before(output)).entries]
    for path in paths:
        if path in there:
            output.move(path, f"{BEFORE}/{path}")
    if there:
        output.sync(f"{BEFORE}/{path}" for path in paths)


def before(output: Output) -> Output:
    """Return the output that was set aside."""
    return open_output(f"{output.url}/{BEFORE}")


def made_of(output: Output) -> dict[str, FinishedUnit]:
    """Return the units of a finished output by their identities; none if its index has no identities or is damaged."""
    manifest = read_manifest(output)
    beside = {entry.path: Written(entry.bytes, entry.checksum) for entry in manifest.files}
    if any(output.measure(path) != beside.get(path) for path in (INDEX, REJECTED)):
        return {}
    index = pa.ipc.open_file(output.read(INDEX)).read_all()
    told = orjson.loads((index.schema.metadata or {}).get(UNITS, b"[]"))
    late = [line for line in map(orjson.loads, (output.read(REJECTED) or b"").splitlines()) if "task" in line]
    found, shard, row, line = {}, 0, 0, 0
    for identity, shards, rejected, kinds in told:
        entries = manifest.shards[shard : shard + shards]
        samples = sum(entry.samples for entry in entries)
        found[identity] = FinishedUnit(
            entries,
            tuple(Rejection(**each) for each in late[line : line + rejected]),
            {camera: tuple(each) for camera, each in kinds.items()},
            _rows(index.slice(row, samples), shard),
        )
        shard, row, line = shard + shards, row + samples, line + rejected
    return found


def _rows(index: pa.Table, first: int) -> pa.Table:
    """Return rows of index.arrow as rows of a receipt, whose first shard is 0."""
    plain = index.drop_columns(["dataset"])
    columns = {name: plain[name] for name in plain.column_names}
    columns["shard"] = pa.array(plain["shard"].to_numpy() - first, pa.int32())
    columns["task"] = plain["task"].cast(pa.string())
    return pa.table(columns)


def take_back(output: Output, plan: PlanFile, identities: Sequence[str], units: Sequence[int]) -> list[int]:
    """Take those of `units` that are unchanged from the output that was set aside, and return the others.

    Its remaining shards are removed, since no unit of this plan needs them.
    """
    aside = before(output)
    if aside.read(MANIFEST) is None:
        return list(units)
    made, manifest = made_of(aside), read_manifest(aside)
    wanted = {shard.path for name in identities if name in made for shard in made[name].shards}
    for shard in manifest.shards:
        if shard.path not in wanted:
            aside.remove(shard.path)
    left = []
    for unit in units:
        found = made.get(identities[unit])
        if found is None or not _taken(output, plan, unit, found):
            left.append(unit)
    return left


def _taken(output: Output, plan: PlanFile, unit: int, made: FinishedUnit) -> bool:
    """Return True if all shards of a unit were renamed, by this run or by an earlier one that was killed."""
    entries = [
        _renamed(shard, planned.path) for shard, planned in zip(made.shards, plan.shards(unit), strict=True)
    ]
    for old, new in zip(made.shards, entries, strict=True):
        written, aside = Written(old.bytes, old.checksum), f"{BEFORE}/{old.path}"
        if output.measure(aside) == written:
            output.move(aside, new.path)
        elif output.measure(new.path) != written:
            return False
    write_receipt(output, Receipt(unit, tuple(entries), made.rejected, made.kinds, made.rows))
    return True


def _renamed(shard: ShardEntry, path: str) -> ShardEntry:
    return ShardEntry(shard.split, path, shard.samples, shard.bytes, shard.checksum)


def set_aside_manifest(output: Output) -> Manifest | None:
    """Return the manifest of the output that was set aside; None if there is none."""
    aside = before(output)
    return read_manifest(aside) if aside.read(MANIFEST) is not None else None
