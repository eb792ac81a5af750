"""Converted datasets with only a manifest and index.arrow, the two files that planning a mixture reads.

    python -m benchmarks.index_rows FOLDER ROWS

There are five datasets, with ROWS rows together: shards of 1,000 samples, units (batches of the index) of 8 shards, 28 kB a
sample. Two are web corpora, whose indexes have language, similarity and images. They are kept, and made only if the manifest is
missing.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measure import ROOT
from vladata.fields import spelled
from vladata.index.ledger import OUTCOMES
from vladata.records import FIELDS
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.shards.manifest import (
    FORMAT_VERSION,
    CreatedBy,
    FileEntry,
    Manifest,
    ShardEntry,
    SplitCounts,
    write_manifest,
)
from vladata.shards.naming import INDEX, MANIFEST, shard_path
from vladata.shards.parts import CorpusSource, EpisodeSource, RobotPart, WebPart
from vladata.shards.storage import open_output
from vladata.web.describe import COLUMNS as WEB_COLUMNS
from vladata.web.rows import KEPT_OF_IMAGES

PARTS = {"captions": 40, "fractal": 25, "kuka": 20, "bridge": 10, "vqa": 5}
"""Dataset -> its percentage of all rows."""
SHARD, UNIT = 1_000, 8_000
BYTES = 28_000
TASKS = {"captions": "caption", "vqa": "vqa"}  # of the web corpora


def made(folder: Path, rows: int) -> dict[str, str]:
    """Return name -> folder of each dataset."""
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
        output = open_output(str(place))
        index = output.measure(INDEX)
        assert index
        files = (FileEntry(INDEX, index.bytes, index.checksum),)
        write_manifest(output, replace(_manifest(name, count), files=files))


def _write_index(path: Path, name: str, count: int) -> None:
    columns = WEB_COLUMNS if name in TASKS else INDEX_COLUMNS
    with pa.ipc.new_file(str(path), columns) as writer:
        for batch in _batches(name, count, columns):
            writer.write_batch(batch)


def _batches(name: str, count: int, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    rng, numbers = np.random.default_rng(0), np.arange(UNIT)
    zeros = pa.array(np.zeros(UNIT, np.int16))
    same = {
        "offset": numbers % SHARD * BYTES,
        "length": np.full(UNIT, BYTES),
        "dataset": pa.DictionaryArray.from_arrays(zeros, pa.array([name])),
        "task": pa.DictionaryArray.from_arrays(zeros, pa.array([TASKS.get(name, "action")])),
        "episode": [f"train-00000-{n // 60:06d}" for n in numbers.tolist()],
        "step": numbers % 60,
        "language": ["en"] * UNIT,
    }
    for first in range(0, count, UNIT):
        drawn = {
            "shard": (first + numbers) // SHARD,
            "similarity": rng.random(UNIT, np.float32),
            "images": _images(rng),
        }
        values = same | drawn
        yield pa.record_batch([pa.array(values[field.name], field.type) for field in columns], columns)


def _images(rng: np.random.Generator) -> pa.Array:
    """Return one image per sample."""
    sides = pa.array(rng.integers(100, 800, UNIT), pa.int32())
    digests, looks = (pa.array(rng.integers(0, 1 << 63, UNIT), pa.uint64()) for _ in range(2))
    images = pa.StructArray.from_arrays([sides, sides, digests, looks], fields=list(KEPT_OF_IMAGES))
    return pa.ListArray.from_arrays(pa.array(np.arange(UNIT + 1), pa.int32()), images)


def _manifest(name: str, count: int) -> Manifest:
    paths = [shard_path("webdataset", name, "train", n, count // SHARD) for n in range(count // SHARD)]
    part = _corpus(name) if name in TASKS else _robot(name)
    return Manifest(
        format_version=FORMAT_VERSION,
        kind=part.KIND,
        name=name,
        created_by=CreatedBy("benchmarks", "0"),
        part=part,
        fields=spelled(FIELDS),
        cameras=("primary",),
        partly=(),
        image_kinds={"primary": ("jpg",)},
        format="webdataset",
        order="shuffled",
        seed=0,
        samples_per_shard=SHARD,
        memory=0,
        splits={"train": SplitCounts(len(paths), count)},
        shards=tuple(ShardEntry("train", path, SHARD, SHARD * BYTES, f"xxh3:{0:016d}") for path in paths),
        ledger={**{unit: dict.fromkeys(OUTCOMES, 0) for unit in ("episodes", "steps")}, "reasons": {}},
    )


def _corpus(name: str) -> WebPart:
    source = CorpusSource(name, 1, "train", 0, "", (), {})
    return WebPart(source=source, corpus={}, recipe={}, filters=(), lists={}, tasks={})


def _robot(name: str) -> RobotPart:
    return RobotPart(
        source=EpisodeSource(name, "1.0.0", "train", 0, "train"),
        schema={},
        chain="",
        every=1,
        keep_ranges="",
        errata="",
        prompts={},
        annotations={},
        recipe={},
        statistics={},
        clipping={},
        contract={"digest": ""},
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
