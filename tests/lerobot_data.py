"""LeRobot datasets for the tests, written with pyarrow and PyAV: v2.1 and v3.0, images or videos, also damaged ones.

Every frame is marked with its episode, step and camera in black and white squares that survive a lossy codec, so that a test
can say which frame a sample really shows.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from vladata.sources.readers import open_source
from vladata.sources.source import EpisodeRecord, Source

HEIGHT, WIDTH, SQUARE = 64, 96, 16
BITS = (HEIGHT // SQUARE) * (WIDTH // SQUARE)
FPS = 10
OPTIONS = {
    "libx264": {"g": "2", "crf": "20", "bf": "0"},
    "libsvtav1": {"g": "2", "crf": "20", "preset": "12"},
}
CAMERAS = ("observation.images.top", "observation.images.wrist")


def marked(episode: int, step: int, camera: int) -> np.ndarray:
    """uint8 [64, 96, 3]: a frame that says which it is."""
    number = episode << 12 | step << 2 | camera
    bits = np.array([number >> i & 1 for i in range(BITS)], np.uint8).reshape(
        HEIGHT // SQUARE, WIDTH // SQUARE
    )
    return np.repeat(np.kron(bits, np.ones((SQUARE, SQUARE), np.uint8))[:, :, None] * 200 + 28, 3, axis=2)


def read_mark(pixels: np.ndarray) -> tuple[int, int, int]:
    """Episode, step and camera of a frame of any size."""
    rows, columns = HEIGHT // SQUARE, WIDTH // SQUARE
    height, width = pixels.shape[:2]
    at = [
        (int((i + 0.5) * height / rows), int((j + 0.5) * width / columns))
        for i in range(rows)
        for j in range(columns)
    ]
    number = sum(int(pixels[y, x].mean() > 128) << i for i, (y, x) in enumerate(at))
    return number >> 12, number >> 2 & 1023, number & 3


def mark_of(image: bytes) -> tuple[int, int, int]:
    """The same of an encoded image."""
    return read_mark(np.asarray(Image.open(io.BytesIO(image)).convert("RGB")))


@dataclass
class Told:
    """One episode to be written. frames: camera -> the steps whose frame the video has; all of them where it is not named."""

    steps: int
    task: str = "pick the apple"
    frames: dict[str, Sequence[int]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


EPISODES = (Told(7), Told(5, "open the drawer"), Told(9), Told(4, "öffne die Schublade"))


def action_of(episode: int, steps: int) -> np.ndarray:
    """float32 [steps, 7], no two rows alike; the gripper is 0 or 1."""
    rows = np.arange(steps * 7, dtype=np.float32).reshape(steps, 7) / 1000 + episode / 10
    rows[:, 6] = np.arange(steps) % 2
    return rows


def write_lerobot(
    folder: Path,
    version: str = "v2.1",
    episodes: Sequence[Told] = EPISODES,
    images: str = "video",
    codec: str = "libx264",
    cameras: Sequence[str] = CAMERAS,
    a_file: int = 3,
) -> Path:
    """Write a dataset. a_file: episodes of a data file and of a video (v3)."""
    features = {
        "action": {"dtype": "float32", "shape": [7], "names": ["dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"]},
        "observation.state": {"dtype": "float32", "shape": [3], "names": {"axes": ["x", "y", "z"]}},
        **{c: {"dtype": images, "shape": [HEIGHT, WIDTH, 3], "names": ["height", "width", "channels"]} for c in cameras},
        **{n: {"dtype": "int64", "shape": [1], "names": None} for n in ("frame_index", "episode_index", "index", "task_index")},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
    }  # fmt: skip
    tasks = list(dict.fromkeys(told.task for told in episodes))
    tables, first = [], 0
    for number, told in enumerate(episodes):
        tables.append(
            _rows(number, told, tasks.index(told.task), first, cameras if images == "image" else ())
        )
        first += told.steps
    is_new = version == "v3.0"
    info = {
        "codebase_version": version,
        "fps": FPS,
        "total_episodes": len(episodes),
        "total_frames": first,
        "chunks_size": 1000,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
        if is_new
        else "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
        if is_new
        else "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        "features": features,
    }
    (folder / "meta").mkdir(parents=True)
    (folder / "meta/info.json").write_text(json.dumps(info))
    shown = cameras if images == "video" else ()
    (_write_3 if is_new else _write_2)(folder, tables, episodes, tasks, shown, codec, a_file)
    return folder


def _rows(number: int, told: Told, task: int, first: int, cameras: Sequence[str]) -> pa.Table:
    steps = np.arange(told.steps)
    state = np.stack([steps, steps * 2, np.full(told.steps, number)], 1).astype(np.float32)
    columns: dict[str, Any] = {
        "action": pa.FixedSizeListArray.from_arrays(pa.array(action_of(number, told.steps).reshape(-1)), 7),
        "observation.state": pa.array(state.tolist(), pa.list_(pa.float32())),
        "timestamp": pa.array((steps / FPS).astype(np.float32)),
        "frame_index": pa.array(steps),
        "episode_index": pa.array(np.full(told.steps, number)),
        "index": pa.array(steps + first),
        "task_index": pa.array(np.full(told.steps, task)),
    }
    for place, camera in enumerate(cameras):
        frames = [_png(marked(number, int(step), place)) for step in steps]
        columns[camera] = pa.array([{"bytes": data, "path": f"{i}.png"} for i, data in enumerate(frames)])
    return pa.table(columns)


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _write_2(folder: Path, tables: Any, episodes: Any, tasks: Any, cameras: Any, codec: str, _: int) -> None:
    lines = [{"task_index": i, "task": task} for i, task in enumerate(tasks)]
    (folder / "meta/tasks.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    lines = [
        {"episode_index": i, "tasks": [told.task], "length": told.steps, **told.extra}
        for i, told in enumerate(episodes)
    ]
    (folder / "meta/episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "data/chunk-000").mkdir(parents=True)
    for number, (table, told) in enumerate(zip(tables, episodes, strict=True)):
        pq.write_table(table, folder / f"data/chunk-000/episode_{number:06d}.parquet")
        for place, camera in enumerate(cameras):
            kept = told.frames.get(camera, range(told.steps))
            frames = [(step / FPS, marked(number, step, place)) for step in kept]
            write_video(folder / f"videos/chunk-000/{camera}/episode_{number:06d}.mp4", frames, codec)


def _write_3(
    folder: Path, tables: Any, episodes: Any, tasks: Any, cameras: Any, codec: str, a_file: int
) -> None:
    pq.write_table(
        pa.table({"task_index": list(range(len(tasks))), "__index_level_0__": tasks}),
        folder / "meta/tasks.parquet",
    )
    (folder / "data/chunk-000").mkdir(parents=True)
    rows, first = [], 0
    for start in range(0, len(tables), a_file):
        file = start // a_file
        numbers = range(start, min(start + a_file, len(tables)))
        with pq.ParquetWriter(folder / f"data/chunk-000/file-{file:03d}.parquet", tables[0].schema) as writer:
            for number in numbers:
                writer.write_table(tables[number])
        shown: dict[str, list[tuple[float, np.ndarray]]] = {camera: [] for camera in cameras}
        at = 0.0
        for number in numbers:
            told = episodes[number]
            row = {
                "episode_index": number, "tasks": [told.task], "length": told.steps,
                "data/chunk_index": 0, "data/file_index": file,
                "dataset_from_index": first, "dataset_to_index": first + told.steps,
                "stats/action/min": [0.0] * 7, **told.extra,
            }  # fmt: skip
            for place, camera in enumerate(cameras):
                base = f"videos/{camera}/"
                row |= {f"{base}chunk_index": 0, f"{base}file_index": file}
                row |= {f"{base}from_timestamp": at, f"{base}to_timestamp": at + told.steps / FPS}
                kept = told.frames.get(camera, range(told.steps))
                shown[camera] += [(at + step / FPS, marked(number, step, place)) for step in kept]
            first, at = first + told.steps, at + told.steps / FPS
            rows.append(row)
        for camera, frames in shown.items():
            write_video(folder / f"videos/{camera}/chunk-000/file-{file:03d}.mp4", frames, codec)
    (folder / "meta/episodes/chunk-000").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "meta/episodes/chunk-000/file-000.parquet")


def write_video(
    path: Path,
    frames: Sequence[tuple[float, np.ndarray]],
    codec: str = "libx264",
    ticks: int = FPS,
    group: int = 0,
) -> None:
    """Write frames with their times, in seconds, as lerobot does: a key frame every second frame, yuv420p.

    ticks: how many of them are a second, and times are whole numbers of them.   group: frames between key frames, if not two.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            codec, rate=ticks, options=OPTIONS[codec] | ({"g": str(group)} if group else {})
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for time, pixels in frames:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(time * ticks), Fraction(1, ticks)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def change_info(folder: Path, **changes: Any) -> None:
    """Write meta/info.json anew with some values changed."""
    info = json.loads((folder / "meta/info.json").read_text())
    (folder / "meta/info.json").write_text(json.dumps(info | changes))


def scanned(folder: Path) -> tuple[Source, list[EpisodeRecord]]:
    """The source at a folder and the records of its split train."""
    source = open_source(folder)
    return source, [record for shard in source.shards("train") for record in source.scan(shard)]


def change_feature(folder: Path, name: str, **changes: Any) -> None:
    """Write meta/info.json anew with some values of a feature changed."""
    features = json.loads((folder / "meta/info.json").read_text())["features"]
    change_info(folder, features=features | {name: features.get(name, {}) | changes})


def data_files(folder: Path) -> list[Path]:
    """The Parquet files of its rows."""
    return sorted(folder.glob("data/*/*.parquet"))


def rewritten(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a Parquet file anew with its table changed."""
    table = change(pq.read_table(path))
    pq.write_table(table, path)


def with_column(name: str, values: Callable[[pa.Table], Any]) -> Callable[[pa.Table], pa.Table]:
    """Put other values into a column."""
    return lambda table: table.set_column(table.column_names.index(name), name, pa.array(values(table)))


SCHEMA = """
name: so100
robot: SO-100
control_frequency_hz: 10
cameras: {primary: observation.images.top, wrist: observation.images.wrist}
language: {path: task}
state: {of: [observation.state], encoding: pos, names: [x, y, z]}
actions:
  default: recorded
  last_step: recorded
  chains:
    recorded:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations:
        - {op: concat, of: [action]}
terminate: {fallback: [position]}
features:
  action: {dtype: float32, shape: [7]}
  observation.state: {dtype: float32, shape: [3]}
  observation.images.top: {dtype: image, shape: [64, 96, 3]}
  observation.images.wrist: {dtype: image, shape: [64, 96, 3]}
  task: {dtype: string, shape: []}
licence: made by tests
"""
