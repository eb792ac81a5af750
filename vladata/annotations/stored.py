"""Joined rows as a file, and what is said of an episode out of it: Arrow in the work folder, Parquet beside the shards.

The work file is one batch, mapped into memory where it is local, so that a worker holds what it looks at. An episode is
found by bisection: nothing is built for it.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vladata.annotations.row import LAST, ROWS
from vladata.annotations.texts import Stretches, named, texts_at


def encoded(table: pa.Table) -> bytes:
    """The bytes of the work file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, ROWS) as writer:
        writer.write_table(table.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data


class Commentary:
    """What joined tables say. table: as Joined has it."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        whole = table.combine_chunks()
        self._ids = whole["episode"].chunk(0) if len(whole) else pa.array([], pa.string())
        self._whole = whole

    @classmethod
    def open(cls, file: Path | bytes) -> "Commentary":
        """The work file: a path, which is mapped into memory, or its bytes."""
        return cls(pa.ipc.open_file(pa.memory_map(str(file)) if isinstance(file, Path) else file).read_all())

    @classmethod
    def parquet(cls, data: bytes) -> "Commentary":
        """The file of an output."""
        return cls(pq.read_table(pa.BufferReader(data), schema=ROWS, use_threads=False))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All that something is said of: "plan", "box@primary", ..., sorted."""
        pairs = self._whole.group_by(["field", "camera"]).aggregate([])
        return tuple(sorted(map(named, pairs["field"].to_pylist(), pairs["camera"].to_pylist())))

    def of(self, episode: str, numbers: np.ndarray) -> Mapping[str, Sequence[str]]:
        """Name -> T texts, what is said at the RLDS steps `numbers` [T] of an episode; "" where nothing is.

        Every one of `names` is there, and no other.
        """
        nothing = [""] * len(numbers)
        found = dict.fromkeys(self.names, nothing)
        first = bisect_left(range(len(self._ids)), episode, key=lambda i: self._ids[i].as_py())
        rows = self._whole.slice(first)
        count = 0
        while first + count < len(self._ids) and self._ids[first + count].as_py() == episode:
            count += 1
        if not count:
            return found
        rows = rows.slice(0, count)
        names = list(map(named, rows["field"].to_pylist(), rows["camera"].to_pylist()))
        stops = pc.fill_null(rows["stop"], LAST).to_numpy()
        said = Stretches(names, rows["start"].to_numpy(), stops)
        return {**found, **texts_at(said, rows["value"].to_pylist(), numbers)}


NONE = Commentary(ROWS.empty_table())
"""Of a conversion without annotations."""
