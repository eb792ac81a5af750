"""index.arrow: one row a sample, in the order of the shards, so that row i is sample i of the dataset.

    shard           int32   position in the manifest's list of shards
    offset, length  int64   the bytes of the sample in that shard
    dataset, task   text    dictionary-encoded
    episode, step           as in the sample's JSON

Arrow IPC, uncompressed: a reader maps it into memory and pays for the rows it looks at. Written a unit at a time.

The schema's metadata says "units" of a robot dataset, in order: of each its identity (robot/identity.py), how many shards
it wrote, how many samples it had to leave out, and the kinds of its images. By these `vladata retry` knows what need not be
made anew.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vladata.runs.receipts import Receipt

NAME = pa.dictionary(pa.int16(), pa.string())
INDEX_COLUMNS = pa.schema(
    [
        ("shard", pa.int32()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("dataset", NAME),
        ("task", NAME),
        ("episode", pa.string()),
        ("step", pa.int32()),
    ]
)


UNITS = b"units"


def with_units(columns: pa.Schema, identities: Sequence[str], receipts: Sequence[Receipt]) -> pa.Schema:
    """Return the columns with what is said of the units, each of which has an identity and a receipt."""
    both = zip(identities, receipts, strict=True)
    units = [[name, len(r.shards), len(r.rejected), r.kinds] for name, r in both]
    return columns.with_metadata({UNITS: orjson.dumps(units)})


def index_table(
    columns: pa.Schema, names: Mapping[str, Sequence[str]], receipts: Iterable[Receipt]
) -> Iterator[bytes]:
    """Yield the bytes of index.arrow, a batch a unit. names: of each column of names all that stand in it; the only one stands in
    every row, and then receipts need not have it."""
    sink = _Drain()
    dictionaries = {column: pa.array(listed, pa.string()) for column, listed in names.items()}
    first = 0
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), columns) as writer:
        for receipt in receipts:
            rows = receipt.rows.combine_chunks()
            if len(rows):
                arrays = [_column(field.name, rows, dictionaries, first) for field in columns]
                writer.write_batch(pa.record_batch(arrays, columns))
            first += len(receipt.shards)
            yield sink.drained()
    yield sink.drained()


def _column(name: str, rows: pa.Table, dictionaries: Mapping[str, pa.Array], first: int) -> pa.Array:
    if name == "shard":
        return pa.array(rows["shard"].to_numpy() + first, pa.int32())
    if name not in dictionaries:
        return rows[name].combine_chunks()
    names = dictionaries[name]
    if name in rows.column_names:
        places = pc.index_in(rows[name].combine_chunks(), value_set=names).cast(pa.int16())
    else:
        places = pa.array(np.zeros(len(rows), np.int16))
    return pa.DictionaryArray.from_arrays(places, names)


class _Drain(io.RawIOBase):
    """A file whose bytes are taken away as they come: Arrow asks only where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def drained(self) -> bytes:
        data, self._pieces = b"".join(self._pieces), []
        return data
