"""The plan of a LeRobot dataset of many episodes, with generated metadata and index: seconds and memory.

    python -m benchmarks.lerobot_plan [--episodes 100000]

100 files of data in the layout of v3, 60 steps per episode, two cameras of 640 x 480 as video. A dry run is timed in a process of
its own: it reads metadata and the versions of files, and makes statistics and plan.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.index.rows import ImageSize, Row, table
from vladata.records import Place
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec import find

FILES, STEPS, CAMERAS = 100, 60, ("observation.images.top", "observation.images.wrist")


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.lerobot_plan", description=__doc__)
    parser.add_argument("--episodes", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VLADATA_CACHE"] = f"{scratch}/cache"
        folder, schema = Path(scratch) / "many", Path(scratch) / "many.yaml"
        write_metadata(folder, given.episodes)
        schema.write_text(infer(open_source(folder)).text)
        write_index(folder, schema)
        command = [
            "convert",
            "rlds2vla",
            folder,
            f"{scratch}/out",
            "--schema",
            schema,
            "--recipe",
            "rt2-pali-x",
            "--dry-run",
        ]
        start = time.perf_counter()
        measured = [sys.executable, "-c", _MEASURED, *map(str, command)]
        said = subprocess.run(measured, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
        peak = int(said.stderr.splitlines()[-1]) // 1024
        print(json.dumps({"episodes": given.episodes, "seconds": round(seconds, 1), "peak_mb": peak}))


_MEASURED = """
import resource, sys
from vladata.cli.main import main
sys.argv = ["vladata", *sys.argv[1:]]
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def write_metadata(folder: Path, episodes: int) -> None:
    """Write meta/, and one file of data for each of FILES, whose contents a plan does not read."""
    numbers = {
        name: {"dtype": "int64", "shape": [1]}
        for name in ("frame_index", "episode_index", "index", "task_index")
    }
    videos = {
        name: {"dtype": "video", "shape": [480, 640, 3], "names": ["height", "width", "channels"]}
        for name in CAMERAS
    }
    rows = {
        "action": {"dtype": "float32", "shape": [7]},
        "observation.state": {"dtype": "float32", "shape": [7]},
    }
    info = {
        "codebase_version": "v3.0", "fps": 10, "total_episodes": episodes, "splits": {"train": f"0:{episodes}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        "features": {**rows, **videos, **numbers, "timestamp": {"dtype": "float32", "shape": [1]}},
    }  # fmt: skip
    (folder / "meta/episodes/chunk-000").mkdir(parents=True)
    (folder / "data/chunk-000").mkdir(parents=True)
    (folder / "meta/info.json").write_text(json.dumps(info))
    pq.write_table(
        pa.table({"task_index": range(1000), "task": [f"task {i}" for i in range(1000)]}),
        folder / "meta/tasks.parquet",
    )
    number = np.arange(episodes)
    file, within = number * FILES // episodes, number % (episodes // FILES)
    columns = {
        "episode_index": number, "length": np.full(episodes, STEPS), "tasks": [[f"task {n % 1000}"] for n in number.tolist()],
        "data/chunk_index": 0 * number, "data/file_index": file,
        **{f"stats/{name}/mean": [[0.0] * 7] * episodes for name in rows},
    }  # fmt: skip
    for camera in CAMERAS:
        base, start = f"videos/{camera}/", within * STEPS / 10
        columns |= {f"{base}chunk_index": 0 * number, f"{base}file_index": file}
        columns |= {f"{base}from_timestamp": start, f"{base}to_timestamp": start + STEPS / 10}
    pq.write_table(pa.table(columns), folder / "meta/episodes/chunk-000/file-000.parquet")
    for n in range(FILES):
        (folder / f"data/chunk-000/file-{n:03d}.parquet").write_bytes(b"")


def write_index(folder: Path, schema: Path) -> None:
    """Write the parts of an index of the videos."""
    settings = Settings(
        str(folder), f"{folder}-out", spec=find.schema(str(schema)), recipe=find.recipe("rt2-pali-x")
    )
    sources = open_sources(settings)
    rng, steps = np.random.default_rng(0), np.arange(STEPS, dtype=np.int32)
    images = tuple(ImageSize(camera, 480, 640, 0, 0, 0) for camera in settings.spec.cameras)
    for shard in sources.files():
        rows = []
        for record in range(shard.expected):
            place = Place(
                f"data/chunk-000/file-{shard.shard:03d}.parquet",
                shard.shard,
                record,
                record * STEPS,
                STEPS * 120,
            )
            action, state = rng.normal(size=(2, STEPS, 7)).astype(np.float32)
            words, spoken = (f"task {record}",), 0 * steps
            rows.append(
                Row(shard.split, place, record, STEPS, words, (), (), steps, spoken, action, state, images)
            )
        sources.cache.write(sources.source, shard, table(rows, {}))


if __name__ == "__main__":
    main()
