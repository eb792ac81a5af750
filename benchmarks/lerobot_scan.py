"""Many episodes in one data file of LeRobot v3: scanned for an index, then read one by one, as a conversion does.

    python -m benchmarks.lerobot_scan [--episodes 1000] [--rounds 3]

Episodes have 20 steps and only numbers. They are in one row group per episode (as lerobot writes them), or all in one row group
(as its converter does). The floor is pyarrow: the same columns of the whole file, read in one call.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.sources.readers import open_source
from vladata.sources.source import Source

STEPS, WIDTH, FPS = 20, 7, 10
FILE = "data/chunk-000/file-000.parquet"


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.lerobot_scan", description=__doc__)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for groups in (given.episodes, 1):
        rounds = [one_round(given.episodes, groups) for _ in range(given.rounds)]
        medians = {name: round(statistics.median(r[name] for r in rounds), 3) for name in rounds[0]}
        print(json.dumps({"episodes": given.episodes, "row_groups": groups, **medians}))


def one_round(episodes: int, groups: int) -> dict[str, float]:
    """Return the seconds of the floor, the scan and the reads. Each round writes new files."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "so100"
        write(folder, episodes, groups)
        source = open_source(folder)
        floor, _ = timed(lambda: pq.read_table(folder / FILE, use_threads=False))
        scan, records = timed(
            lambda: [record for shard in source.shards("train") for record in source.scan(shard)]
        )
        assert len(records) == episodes
        reads, _ = timed(lambda: read_all(source, records))
        return {"floor_s": floor, "scan_s": scan, "reads_s": reads}


def read_all(source: Source, records: list[Any]) -> None:
    for record in records:
        source.read(record.place, record.crc)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def write(folder: Path, episodes: int, groups: int) -> None:
    """Write the dataset, its rows in `groups` row groups."""
    (folder / "meta/episodes/chunk-000").mkdir(parents=True)
    (folder / FILE).parent.mkdir(parents=True)
    rows = {name: {"dtype": "float32", "shape": [WIDTH]} for name in ("action", "observation.state")}
    whole = {
        n: {"dtype": "int64", "shape": [1]} for n in ("frame_index", "episode_index", "index", "task_index")
    }
    info = {
        "codebase_version": "v3.0", "fps": FPS, "total_episodes": episodes, "splits": {"train": f"0:{episodes}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "features": {**rows, **whole, "timestamp": {"dtype": "float32", "shape": [1]}},
    }  # fmt: skip
    (folder / "meta/info.json").write_text(json.dumps(info))
    pq.write_table(pa.table({"task_index": [0], "task": ["pick the apple"]}), folder / "meta/tasks.parquet")
    number = np.arange(episodes)
    listed = {"episode_index": number, "length": np.full(episodes, STEPS)}
    places = {"data/chunk_index": 0 * number, "data/file_index": 0 * number}
    pq.write_table(pa.table({**listed, **places}), folder / "meta/episodes/chunk-000/file-000.parquet")
    steps = np.tile(np.arange(STEPS), episodes)
    values = np.random.default_rng(0).normal(size=(2, len(steps) * WIDTH)).astype(np.float32)
    made = pa.table(
        {
            "action": pa.FixedSizeListArray.from_arrays(pa.array(values[0]), WIDTH),
            "observation.state": pa.FixedSizeListArray.from_arrays(pa.array(values[1]), WIDTH),
            "timestamp": (steps / FPS).astype(np.float32),
            "frame_index": steps,
            "episode_index": np.repeat(number, STEPS),
            "index": np.arange(len(steps)),
            "task_index": 0 * steps,
        }
    )
    pq.write_table(made, folder / FILE, row_group_size=len(steps) // groups)


if __name__ == "__main__":
    main()
