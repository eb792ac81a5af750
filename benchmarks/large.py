"""`vladata.load` of an output of very many samples: the time of opening, of the first batch and of a resume, and memory.

    python -m benchmarks.large OUTPUT SAMPLES POSITION

Kept equal: the shards are hard links to one real shard, and the index names its samples again and again, so every sample is read,
checked and decoded. Batches of 32, 224 x 224, random order, in a process of its own. Imports are not timed: `python -X
importtime` shows their time, which is the same for any output.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import vladata
from benchmarks import command
from benchmarks.bench import Bench, Row
from benchmarks.measure import Measured, process
from vladata.shards.manifest import FileEntry, SplitCounts, read_manifest, write_manifest
from vladata.shards.naming import INDEX, MANIFEST, shard_path
from vladata.shards.storage import open_output

SIZES = (1_000_000, 10_000_000, 100_000_000)
IN_A_SHARD, IN_A_BATCH = (
    1_000,
    10,
)  # number of times that the real shard's samples are named in one shard, and in a batch of the index
RESUME_AT = 10_000_000
FLAT_OVER = 200_000


def main(bench: Bench) -> Iterator[Row]:
    real = bench.disk / "loaders" / "output"
    if not (real / MANIFEST).exists():
        command.convert(bench.small, real)
    for samples in SIZES:
        output = bench.disk / "large" / str(samples)
        if not (output / MANIFEST).exists():
            _write(real, output, samples)
        opened, resumed = process("large", output, 0, min(RESUME_AT, samples // 2))
        for name, told in (("opened, first batch", opened), ("resumed, first batch", resumed)):
            yield Row(f"{samples:,} samples: {name}", told.seconds, "s", told.peak_mb)
    early, late = process("large", real, FLAT_OVER, 0)
    yield Row(f"memory after {FLAT_OVER // 10:,} samples", early.rate, "samples/s", early.peak_mb)
    yield Row(f"memory after {FLAT_OVER:,} samples", late.rate, "samples/s", late.peak_mb)


def _write(real: Path, output: Path, samples: int) -> None:
    """Write an output of about `samples` samples: the first shard of `real`, again and again."""
    manifest = read_manifest(open_output(str(real)))
    first = manifest.shards[0]
    count = max(1, samples // (first.samples * IN_A_SHARD))
    assert manifest.format
    paths = [shard_path(manifest.format, manifest.name, first.split, n, count) for n in range(count)]
    (output / first.split).mkdir(parents=True)
    for path in paths:
        os.link((real / first.path).resolve(), output / path)
    with pa.ipc.open_file(pa.memory_map(str(real / INDEX))) as file:
        rows = file.get_batch(0)
    rows = rows.filter(pc.equal(rows["shard"], 0))
    many = pa.Table.from_batches([rows] * IN_A_BATCH).combine_chunks().to_batches()[0]
    at = many.schema.get_field_index("shard")
    with pa.ipc.new_file(str(output / INDEX), many.schema.remove_metadata()) as writer:
        for number in range(count):
            batch = many.set_column(at, many.schema.field(at), pa.array([number] * len(many), pa.int32()))
            for _ in range(IN_A_SHARD // IN_A_BATCH):
                writer.write_batch(batch.replace_schema_metadata(None))
    index = open_output(str(output)).measure(INDEX)
    assert index
    each = first.samples * IN_A_SHARD
    written = replace(
        manifest,
        shards=tuple(replace(first, path=path, samples=each) for path in paths),
        splits={first.split: SplitCounts(count, count * each)},
        files=(FileEntry(INDEX, index.bytes, index.checksum),),
    )
    write_manifest(open_output(str(output)), written)


def told(output: str, many: int, position: int) -> None:
    """Print what this process measures: a run of `many` samples, or the first batch and a resume at `position`."""
    load = vladata.load  # imports
    given: dict[str, Any] = {"image_size": 224, "seed": 1}
    start, asked = time.perf_counter(), 0
    loader = load(output, 32, endless=many > 0, **given)
    for batch in loader:
        asked += len(batch["key"])
        if asked >= many or asked >= many // 10 > asked - 32:
            _say(asked, time.perf_counter() - start)
        if asked >= many:
            break
    if many:
        return
    state = {**loader.state_dict(), "position": position}
    del loader, batch
    start = time.perf_counter()
    batch = next(iter(load(output, 32, resume=state, **given)))
    assert batch["position"][0] == position, batch["position"]
    _say(32, time.perf_counter() - start)


def _say(samples: int, seconds: float) -> None:
    status = Path("/proc/self/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps(vars(Measured(samples, seconds, int(peak) * 1024 / 1e6))), flush=True)


if __name__ == "__main__":
    told(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
