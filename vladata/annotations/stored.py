"""Joined rows as a file, and the texts of an episode from the file: Arrow in the work folder, Parquet beside the shards.

The work file is one batch. A local work file is mapped into memory, so that a worker holds only the parts that it reads. An
episode is found by bisection, without a lookup table.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vladata.annotations.row import LAST, ROWS
from vladata.annotations.texts import AnnotatedSpans, named, texts_at


def encoded(table: pa.Table) -> bytes:
    """Return the bytes of the work file for the rows of `table`."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, ROWS) as writer:
        writer.write_table(table.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data


USED = ("field", "camera", "start", "stop", "value")


class Commentary:
    """The texts of joined tables. table: the table of a Joined."""

    def __init__(self, table: pa.Table) -> None:
        whole = table.combine_chunks()
        self._columns = {name: _array(whole[name]) for name in USED}
        self._ids = _array(whole["episode"])

    @classmethod
    def open(cls, file: Path | bytes) -> "Commentary":
        """Open the work file: a path, which is mapped into memory, or its bytes."""
        return cls(pa.ipc.open_file(pa.memory_map(str(file)) if isinstance(file, Path) else file).read_all())

    @classmethod
    def parquet(cls, data: bytes) -> "Commentary":
        """Open the Parquet file of an output, given its bytes."""
        return cls(pq.read_table(pa.BufferReader(data), schema=ROWS, use_threads=False))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all fields, with cameras: "plan", "box@primary", ..., sorted."""
        table = pa.table({name: self._columns[name] for name in ("field", "camera")})
        pairs = table.group_by(["field", "camera"]).aggregate([])
        return tuple(sorted(map(named, pairs["field"].to_pylist(), pairs["camera"].to_pylist())))

    def of(self, episode: str, numbers: np.ndarray) -> Mapping[str, Sequence[str]]:
        """Return a map from each of `names` to T texts, at the RLDS steps `numbers` [T] of an episode; "" at a step without a
        text."""
        nothing = [""] * len(numbers)
        found = dict.fromkeys(self.names, nothing)
        places, ids = range(len(self._ids)), self._ids
        first = bisect_left(places, episode, key=lambda i: ids[i].as_py())
        behind = bisect_right(places, episode, lo=first, key=lambda i: ids[i].as_py())
        if first == behind:
            return found
        fields, cameras, starts, stops, values = (
            self._columns[name].slice(first, behind - first) for name in USED
        )
        names = list(map(named, fields.to_pylist(), cameras.to_pylist()))
        until = pc.fill_null(stops, LAST).to_numpy(zero_copy_only=False)
        said = AnnotatedSpans(names, starts.to_numpy(), until)
        return {**found, **texts_at(said, values.to_pylist(), numbers)}


def _array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; a column of one chunk is not copied."""
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays([pa.array([], column.type), *column.chunks])
    )


NONE = Commentary(ROWS.empty_table())
"""The texts of a conversion without annotations."""
