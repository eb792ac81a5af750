"""A plan as a file: Arrow IPC, one row a unit, opened by every worker and read one unit at a time."""

from collections.abc import Iterable
from typing import Any, BinaryIO

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
        ("skips", pa.list_(pa.int32())),
        ("instruction", pa.string()),
    ]
)
_SHARD = pa.struct([("path", pa.string()), ("samples", pa.int64())])
COLUMNS = pa.schema(
    [("number", pa.int64()), ("split", pa.string()), ("reads", pa.list_(_READ)), ("shards", pa.list_(_SHARD))]
)


def encode(units: Iterable[WorkUnit]) -> bytes:
    """The file's bytes: a batch a unit, so that reading one touches no other."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, COLUMNS) as writer:
        for unit in units:
            row = {"number": unit.number, "split": unit.split, "reads": [_plain(r) for r in unit.reads]}
            row["shards"] = [_plain(s) for s in unit.shards]
            writer.write_batch(pa.RecordBatch.from_pylist([row], COLUMNS))
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _plain(value: Read | ShardPlan) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}


class PlanFile:
    """The units of an encoded plan, by number."""

    def __init__(self, file: BinaryIO | bytes) -> None:
        self._reader = pa.ipc.open_file(file)

    def __len__(self) -> int:
        return int(self._reader.num_record_batches)

    def __getitem__(self, number: int) -> WorkUnit:
        row = self._reader.get_batch(number).to_pylist()[0]
        reads = tuple(Read(**{**read, "skips": tuple(read["skips"])}) for read in row["reads"])
        return WorkUnit(row["number"], row["split"], reads, tuple(ShardPlan(**s) for s in row["shards"]))
