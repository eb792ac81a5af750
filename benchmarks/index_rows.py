"""Converted datasets of which only manifest and index.arrow are there: all that planning a mixture reads.

    python -m benchmarks.index_rows FOLDER ROWS

Five of them, together with as many rows as asked; shards of 1,000 samples, units (batches of the index) of 8 shards, 28 kB a
sample. Half of the rows are of task "action", half of "plan", in no order. Kept, and made only where the manifest is missing.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.measure import ROOT
from vladata.convert.index_table import INDEX_COLUMNS
from vladata.shards.manifest import FORMAT_VERSION, write_manifest
from vladata.shards.naming import INDEX, MANIFEST, shard_path
from vladata.shards.storage import open_output

PARTS = {"bridge": 40, "fractal": 25, "kuka": 20, "captions": 10, "vqa": 5}
"""Dataset -> its part of all rows, in hundredths."""
SHARD, UNIT = 1_000, 8_000
BYTES = 28_000
TASKS = ("action", "plan")


def made(folder: Path, rows: int) -> dict[str, str]:
    """Name -> folder of each dataset."""
    found = {name: folder.absolute() / f"rows{rows}" / name for name in PARTS}
    if not all((place / MANIFEST).exists() for place in found.values()):
        command = [sys.executable, "-m", "benchmarks.index_rows", str(folder.absolute()), str(rows)]
        subprocess.run(command, cwd=ROOT, check=True)  # its memory is not this process's
    return {name: str(place) for name, place in found.items()}


def write(folder: Path, rows: int) -> None:
    for name, part in PARTS.items():
        place = folder / f"rows{rows}" / name
        place.mkdir(parents=True, exist_ok=True)
        count = max(1, rows * part // 100 // UNIT) * UNIT
        _write_index(place / INDEX, name, count)
        write_manifest(open_output(str(place)), _manifest(name, count))


def _write_index(path: Path, name: str, count: int) -> None:
    with pa.ipc.new_file(str(path), INDEX_COLUMNS) as writer:
        for batch in _batches(name, count):
            writer.write_batch(batch)


def _batches(name: str, count: int) -> Iterator[pa.RecordBatch]:
    rng, numbers = np.random.default_rng(0), np.arange(UNIT)
    offset = pa.array(numbers % SHARD * BYTES)
    length = pa.array(np.full(UNIT, BYTES))
    dataset = pa.DictionaryArray.from_arrays(pa.array(np.zeros(UNIT, np.int16)), pa.array([name]))
    episode = pa.array([f"train-00000-{n // 60:06d}" for n in numbers.tolist()])
    step = pa.array((numbers % 60).astype(np.int32))
    for first in range(0, count, UNIT):
        shard = pa.array(((first + numbers) // SHARD).astype(np.int32))
        drawn = pa.array(rng.integers(0, len(TASKS), UNIT).astype(np.int16))
        task = pa.DictionaryArray.from_arrays(drawn, pa.array(TASKS))
        yield pa.record_batch([shard, offset, length, dataset, task, episode, step], INDEX_COLUMNS)


def _manifest(name: str, count: int) -> dict[str, Any]:
    shards = [
        {
            "split": "train",
            "path": shard_path("webdataset", name, "train", n, count // SHARD),
            "samples": SHARD,
            "bytes": SHARD * BYTES,
            "checksum": "xxh3:0000000000000000",
        }
        for n in range(count // SHARD)
    ]
    return {
        "format_version": FORMAT_VERSION,
        "kind": "web",
        "name": name,
        "cameras": ["primary"],
        "format": "webdataset",
        "order": "shuffled",
        "splits": {"train": {"shards": len(shards), "samples": count}},
        "shards": shards,
        "files": [],
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
