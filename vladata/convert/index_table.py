"""index.arrow: one row a sample, in the order of the shards, so that row i is sample i of the dataset.

    shard           int32   position in the manifest's list of shards
    offset, length  int64   the bytes of the sample in that shard
    dataset, task   text    dictionary-encoded
    episode, step           as in the sample's JSON

Arrow IPC, uncompressed: a reader maps it into memory and pays for the rows it looks at. Written a unit at a time.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from vladata.convert.receipts import Receipt

_NAME = pa.dictionary(pa.int8(), pa.string())
INDEX_COLUMNS = pa.schema(
    [
        ("shard", pa.int32()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("dataset", _NAME),
        ("task", _NAME),
        ("episode", pa.string()),
        ("step", pa.int32()),
    ]
)


def index_table(dataset: str, task: str, receipts: Iterable[Receipt]) -> Iterator[bytes]:
    """The bytes of index.arrow, a batch a unit."""
    sink = _Drain()
    names = [pa.array([name]) for name in (dataset, task)]
    first = 0
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), INDEX_COLUMNS) as writer:
        for receipt in receipts:
            rows = receipt.rows.combine_chunks()
            zeros = pa.array(bytearray(len(rows)), pa.int8())
            columns = [
                pa.array(rows["shard"].to_numpy() + first, pa.int32()),
                *(rows[column].combine_chunks() for column in ("offset", "length")),
                *(pa.DictionaryArray.from_arrays(zeros, name) for name in names),
                *(rows[column].combine_chunks() for column in ("episode", "step")),
            ]
            if len(rows):
                writer.write_batch(pa.record_batch(columns, INDEX_COLUMNS))
            first += len(receipt.shards)
            yield sink.drained()
    yield sink.drained()


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
