"""Comparison of LeRobot's files with the index, and with the stretches made from their source.

Videos are checked by their checksums alone, since decoded frames differ from the recorded pictures.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.runs.findings import Discrepancy
from vladata.shards.episodes import lerobot
from vladata.shards.episodes.stretch import Stretch
from vladata.shards.manifest import Manifest
from vladata.shards.naming import INDEX, LEROBOT_INFO, LEROBOT_TASKS
from vladata.shards.storage import Output

Row = Mapping[str, Any]
NUMBERED = ("index", "episode_index", "frame_index")


def held(output: Output, manifest: Manifest, index: pa.Table) -> Iterator[Discrepancy]:
    """Yield a finding for each column of numbers in a file of frames that differs from the index."""
    at, number = 0, 0
    numbered = index.select(["shard", "steps"]).to_pylist()
    for shard, rows in groupby(numbered, lambda row: row["shard"]):
        entry = manifest.shards[shard]
        expected: dict[str, list[int]] = {name: [] for name in NUMBERED}
        for row in rows:
            expected["index"] += range(at, at + row["steps"])
            expected["episode_index"] += [number] * row["steps"]
            expected["frame_index"] += range(row["steps"])
            at, number = at + row["steps"], number + 1
        found = read(output, entry.path, NUMBERED)
        for name in NUMBERED:
            if found[name].to_pylist() != expected[name]:
                yield Discrepancy(entry.path, f"{name} differs from {INDEX}")


def read(output: Output, path: str, columns: tuple[str, ...] | None = None) -> pa.Table:
    """Return a file of frames as a table. columns: the columns to read; None for all."""
    with output.open(path) as file:
        return pq.read_table(pa.BufferReader(file.read()), columns=columns and list(columns))


class WrittenFrames:
    """The frames of an output, by the rows of its index. One file at a time is in memory."""

    def __init__(self, output: Output, manifest: Manifest, index: pa.Table) -> None:
        self.output, self.manifest = output, manifest
        self.fps = float(orjson.loads(output.read(LEROBOT_INFO) or b"")["fps"])
        texts = read(output, LEROBOT_TASKS).column(1).to_pylist()
        self.tasks = {text: number for number, text in enumerate(texts)}
        steps = index["steps"].to_numpy()
        before = (np.cumsum(steps) - steps).tolist()
        keys = zip(index["episode"].to_pylist(), index["step"].to_pylist(), strict=True)
        self._numbers = {
            key: (number, first) for number, (key, first) in enumerate(zip(keys, before, strict=True))
        }
        self._held: tuple[int, pa.Table] | None = None

    def differences(self, stretch: Stretch, row: Row) -> list[str]:
        """Return the columns in which the frames of a row differ from the stretch made from the source."""
        if self._held is None or self._held[0] != row["shard"]:
            self._held = row["shard"], read(self.output, self.manifest.shards[row["shard"]].path)
        found = self._held[1].slice(row["offset"], row["steps"])
        number, first = self._numbers[row["episode"], row["step"]]
        if not set(stretch.texts["language_instruction"]) <= self.tasks.keys():
            return ["task_index"]
        numbers = lerobot.values(stretch, self.fps, number, first, self.tasks)
        expected = lerobot.table(stretch, numbers, found.schema)
        return [name for name in found.column_names if not _same(found[name], expected[name])]


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    return bool(one.combine_chunks().equals(other.combine_chunks()))
