"""The results of a unit, as a file: WORK/receipts/NUMBER.CHECKSUM.arrow.

The checksum in the name is that of the receipt's own bytes, so a damaged receipt counts as missing. A receipt is believed only if
each shard that it names has its length and checksum. So a run continues from the files that are on the disk after any crash. The
rows of a receipt are the unit's rows of index.arrow.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import xxhash

from vladata.errors import ChecksumMismatch, DataError
from vladata.index.rows import REJECTED
from vladata.records import Sample
from vladata.shards.manifest import ShardEntry
from vladata.shards.naming import WORK
from vladata.shards.storage import Output
from vladata.shards.whole import Written
from vladata.shards.writer import Shard

RECEIPTS = f"{WORK}/receipts/"
ROWS = pa.schema(
    [
        ("shard", pa.int32()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("episode", pa.string()),
        ("step", pa.int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A sample that was found unfit during conversion (an image that cannot be decoded): a line of rejected.jsonl."""

    episode: str
    split: str
    file: str
    offset: int
    length: int
    step: int
    task: str
    outcome: str
    reason: str
    says: str


@dataclass(frozen=True, eq=False)
class Receipt:
    """A done unit.

    kinds: camera -> the kinds of its images, sorted: ("jpg",).
    rows:  ROWS, `shard` counted within the unit.
    """

    unit: int
    shards: tuple[ShardEntry, ...]
    rejected: tuple[Rejection, ...]
    kinds: Mapping[str, tuple[str, ...]]
    rows: pa.Table

    @property
    def samples(self) -> int:
        return sum(shard.samples for shard in self.shards)


def rejection_of(sample: Sample, fault: DataError) -> Rejection:
    """Return the rejection of a sample that cannot be written."""
    fields = sample.fields
    place = {name: fields[name] for name in ("episode", "split", "step", "task")}
    return Rejection(**place, **fields["source"], outcome=REJECTED, reason=fault.reason, says=str(fault))


def shard_entries(split: str, shards: Sequence[Shard]) -> tuple[ShardEntry, ...]:
    """Return the entries of written shards."""
    return tuple(ShardEntry(split, s.path, s.samples, s.bytes, s.checksum) for s in shards)


def rows_of(shards: Sequence[Shard], columns: Iterable[Any], schema: pa.Schema = ROWS) -> pa.Table:
    """Return the rows of a unit. columns: those of `schema` after the three for the place of each sample in its shards."""
    lengths = [np.diff(shard.offsets) for shard in shards]
    places = [
        np.repeat(np.arange(len(shards), dtype=np.int32), [len(each) for each in lengths]),
        np.concatenate([shard.offsets[:-1] for shard in shards]),
        np.concatenate(lengths),
    ]
    arrays = [pa.array(c, f.type) for c, f in zip((*places, *columns), schema, strict=True)]
    return pa.table(arrays, schema=schema)


def write_receipt(output: Output, receipt: Receipt) -> None:
    plain = {
        "unit": receipt.unit,
        "shards": receipt.shards,
        "rejected": receipt.rejected,
        "kinds": receipt.kinds,
    }
    rows = receipt.rows.replace_schema_metadata({"receipt": orjson.dumps(plain)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    data = sink.getvalue().to_pybytes()
    output.write(f"{RECEIPTS}{receipt.unit:06d}.{xxhash.xxh3_64_hexdigest(data)}.arrow", [data])


def receipt_names(output: Output) -> dict[int, str]:
    """Return unit -> the path of its receipt, from file names only: cheap enough to be called twice per second."""
    found = {}
    for path in output.names(RECEIPTS):
        number = path.removeprefix(RECEIPTS).partition(".")[0]
        if number.isdigit():
            found[int(number)] = path
    return found


def read_receipt(output: Output, path: str) -> Receipt | None:
    """Return the receipt at `path`; None if its bytes differ from those that were written."""
    data = output.read(path)
    if data is None or xxhash.xxh3_64_hexdigest(data) != path.rsplit(".", 2)[-2]:
        return None
    rows = pa.ipc.open_file(data).read_all()
    plain = orjson.loads(rows.schema.metadata[b"receipt"])
    shards = tuple(ShardEntry(**s) for s in plain["shards"])
    rejected = tuple(Rejection(**r) for r in plain["rejected"])
    kinds = {camera: tuple(each) for camera, each in plain["kinds"].items()}
    rows = rows.replace_schema_metadata()
    return Receipt(plain["unit"], shards, rejected, kinds, rows)


def believed(output: Output, receipt: Receipt) -> bool:
    """Return True if every shard that the receipt names is there with its length and checksum."""
    return all(output.measure(s.path) == Written(s.bytes, s.checksum) for s in receipt.shards)


def unfinished(output: Output, units: int) -> list[int]:
    """Return the units, of 0..units-1, without a receipt to believe; receipts that are not believed are removed."""
    names = receipt_names(output)
    return [unit for unit in range(units) if not (unit in names and _good(output, names[unit]))]


def _good(output: Output, path: str) -> bool:
    receipt = read_receipt(output, path)
    if receipt is not None and believed(output, receipt):
        return True
    output.remove(path)
    return False


def read_all(output: Output, units: int) -> Iterator[Receipt]:
    """Yield the receipts of all units, in order, one at a time; each must be there."""
    names = receipt_names(output)
    for unit in range(units):
        receipt = read_receipt(output, names[unit]) if unit in names else None
        if receipt is None:
            raise ChecksumMismatch(
                f"unit {unit} is not done: its receipt is missing or damaged",
                where=output.url,
                hint="Run the same command again; a program does the units before it commits: run.convert_here().",
            )
        yield receipt
