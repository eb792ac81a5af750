"""index.arrow: one row per sample, in the order of the shards, so that row i is sample i of the dataset.

    shard           int32   position in the manifest's list of shards
    offset, length  int64   the bytes of the sample in that shard
    dataset, task   text    dictionary-encoded
    episode, step           as in the sample's JSON

Arrow IPC, uncompressed: a reader maps it into memory and loads only the rows that it uses. It is written one unit at a time.

For a robot dataset, the schema's metadata has "units", in order: the identity of each (robot/identity.py), the number of its
shards, the number of samples that it had to leave out, and the kinds of its images. From these `vladata retry` knows which units
to keep.
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
    """Return the columns with the metadata of the units, each of which has an identity and a receipt."""
    both = zip(identities, receipts, strict=True)
    units = [[name, len(r.shards), len(r.rejected), r.kinds] for name, r in both]
    return columns.with_metadata({UNITS: orjson.dumps(units)})


def index_table(
    columns: pa.Schema, names: Mapping[str, Sequence[str]], receipts: Iterable[Receipt]
) -> Iterator[bytes]:
    """Yield the bytes of index.arrow, one batch per unit.

    names: for each column of names, all its names; if there is only one, every row has it, and receipts may leave it out.
    """
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
    """A file whose bytes are taken out as they are written; Arrow asks only for its position."""

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
