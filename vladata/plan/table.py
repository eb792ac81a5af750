"""A plan as a file: Arrow IPC, one row per unit, opened by every worker and read one unit at a time."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from vladata.plan.units import Read, ShardPlan, WorkUnit

_READ = pa.struct(
    [
        ("file", pa.string()),
        ("shard", pa.int32()),
        ("record", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("crc", pa.uint32()),
        ("samples", pa.int64()),
        ("first", pa.int64()),
        ("skips", pa.list_(pa.int32())),
        ("instruction", pa.string()),
        ("failed", pa.bool_()),
        ("made", pa.int64()),
        ("before", pa.int64()),
    ]
)
SHARD = pa.struct([("path", pa.string()), ("samples", pa.int64())])
COLUMNS = pa.schema(
    [("number", pa.int64()), ("split", pa.string()), ("reads", pa.list_(_READ)), ("shards", pa.list_(SHARD))]
)


def encode(units: Iterable[WorkUnit]) -> bytes:
    """Return the bytes of a plan's file: one batch per unit, so that each unit can be read by itself."""
    return encode_batches(COLUMNS, (pa.RecordBatch.from_pylist([_row(unit)], COLUMNS) for unit in units))


def encode_batches(columns: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bytes:
    """Return the bytes of a plan's file. batches: one row each, one per unit; columns: must include the shards."""
    sink = (
        io.BytesIO()
    )  # unlike Arrow's buffer, it gives its bytes without a copy; a plan may have half a gigabyte
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), columns) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def _row(unit: WorkUnit) -> dict[str, Any]:
    row = {"number": unit.number, "split": unit.split, "reads": [_plain(r) for r in unit.reads]}
    return {**row, "shards": [_plain(s) for s in unit.shards]}


def _plain(value: Read | ShardPlan) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}


class PlanFile:
    """The units of an encoded plan by number, as WorkUnits or as Arrow batches.

    file: a path, which is mapped into memory, or the bytes of the file.
    """

    def __init__(self, file: Path | bytes) -> None:
        self._reader = pa.ipc.open_file(pa.memory_map(str(file)) if isinstance(file, Path) else file)

    def __len__(self) -> int:
        return int(self._reader.num_record_batches)

    def batch(self, number: int) -> pa.RecordBatch:
        return self._reader.get_batch(number)

    def shards(self, number: int) -> tuple[ShardPlan, ...]:
        """Return the shards that unit `number` writes, a unit of episodes or of a web corpus."""
        return tuple(ShardPlan(**shard) for shard in self.batch(number)["shards"][0].as_py())

    def __getitem__(self, number: int) -> WorkUnit:
        row = self.batch(number).to_pylist()[0]
        reads = tuple(Read(**{**read, "skips": tuple(read["skips"])}) for read in row["reads"])
        return WorkUnit(row["number"], row["split"], reads, tuple(ShardPlan(**s) for s in row["shards"]))
