"""A conversion of LeRobot videos, compared with a bare loop that decodes the same frames with PyAV and encodes them as JPEG.

    python -m benchmarks.lerobot [FOLDER] [--size 224] [--rounds 5] [--camera observation.images.top]

Kept equal: one process, the index in the cache, the same frames in the same order, the same resize and encoder on both sides,
and the output in memory (/dev/shm), because the bare loop writes nothing. A ratio below 1 is the time for reading rows, rendering
and writing shards. FOLDER is a LeRobot dataset; without one, 6 episodes of 300 frames of 640 x 480 in AV1 are made.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.image_rule import encoded
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

IN_MEMORY = Path("/dev/shm")
FPS, FRAMES, EPISODES, SIZE = 30, 300, 6, (480, 640)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.lerobot", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--size", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--camera", default="observation.images.top")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as scratch:
        os.environ["VLADATA_CACHE"] = f"{scratch}/cache"
        folder = given.folder or made(Path(scratch) / "made")
        spec = schema_of(folder, Path(scratch) / "draft.yaml", given.camera)
        plain = find.recipe("rt2-pali-x")
        images = plain.images.model_copy(update={"size": given.size})
        recipe = plain.model_copy(update={"images": images})
        converted(folder, f"{scratch}/first", spec, recipe)  # makes the index
        rates: dict[str, list[float]] = {"bare": [], "ours": []}
        for n in range(given.rounds):
            rates["bare"].append(bare(folder, recipe, given.camera))
            rates["ours"].append(converted(folder, f"{scratch}/{n}", spec, recipe))
    ratios = [ours / bare_ for ours, bare_ in zip(rates["ours"], rates["bare"], strict=True)]
    told = {name: [round(rate) for rate in found] for name, found in rates.items()}
    print(json.dumps({"frames_a_second": told, "ratio": round(statistics.median(ratios), 3)}))


def schema_of(folder: Path, path: Path, camera: str) -> DatasetSpec:
    """Return the draft of the dataset's schema, with one camera."""
    path.write_text(infer(open_source(folder)).text)
    return find.schema(str(path)).model_copy(update={"cameras": {"primary": camera}})


def bare(folder: Path, recipe: RecipeSpec, camera: str) -> float:
    """Return the frames a second of a loop over the videos of a camera."""
    rule, frames = recipe.images.model_copy(update={"png": "jpeg"}), 0
    start = time.perf_counter()
    for path in sorted(path for path in folder.glob("videos/**/*.mp4") if camera in str(path)):
        for pixels in decoded(path):
            encoded(pixels, rule)
            frames += 1
    return frames / (time.perf_counter() - start)


def decoded(path: Path) -> Iterator[np.ndarray]:
    """Yield the frames of a video, decoded by PyAV alone."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def converted(folder: Path, out: str, spec: DatasetSpec, recipe: RecipeSpec) -> float:
    """Return the samples a second of a conversion in this process, in the order of the source."""
    settings = Settings(str(folder), out, spec=spec, recipe=recipe, order="source")
    with begin(settings) as run:
        start = time.perf_counter()
        run.convert_here()
        seconds = time.perf_counter() - start
        return float(run.commit().as_json()["ledger"]["steps"]["written"] / seconds)


def made(folder: Path) -> Path:
    """Make a dataset with moving pictures: a smooth background, a grating that turns, and noise like that of a camera."""
    features = {
        "action": {"dtype": "float32", "shape": [7], "names": None},
        "observation.images.top": {
            "dtype": "video",
            "shape": [*SIZE, 3],
            "names": ["height", "width", "channels"],
        },
        "timestamp": {"dtype": "float32", "shape": [1]},
        **{
            name: {"dtype": "int64", "shape": [1]}
            for name in ("frame_index", "episode_index", "index", "task_index")
        },
    }
    info = {
        "codebase_version": "v2.1", "fps": FPS, "total_episodes": EPISODES, "chunks_size": 1000, "features": features,
        "splits": {"train": f"0:{EPISODES}"}, "data_path": "data/{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/{episode_index:06d}.mp4",
    }  # fmt: skip
    for name in ("meta", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "meta/info.json").write_text(json.dumps(info))
    (folder / "meta/tasks.jsonl").write_text('{"task_index": 0, "task": "look"}\n')
    lines = [{"episode_index": e, "tasks": ["look"], "length": FRAMES} for e in range(EPISODES)]
    (folder / "meta/episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for e in range(EPISODES):
        steps, rng = np.arange(FRAMES), np.random.default_rng(e)
        numbers = {
            "frame_index": steps,
            "index": steps + e * FRAMES,
            "episode_index": 0 * steps + e,
            "task_index": 0 * steps,
        }
        action = rng.normal(size=(FRAMES, 7)).astype(np.float32)
        columns = {"action": action.tolist(), "timestamp": (steps / FPS).astype(np.float32), **numbers}
        table = pa.table(columns).cast(_schema(columns))
        pq.write_table(table, folder / f"data/{e:06d}.parquet")
        _film(folder / f"videos/observation.images.top/{e:06d}.mp4", rng)
    return folder


def _schema(columns: dict[str, object]) -> pa.Schema:
    kinds = {"action": pa.list_(pa.float32()), "timestamp": pa.float32()}
    return pa.schema([(name, kinds.get(name, pa.int64())) for name in columns])


def _film(path: Path, rng: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    noise = [rng.normal(0, 4, (*SIZE, 3)) for _ in range(4)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libsvtav1", rate=FPS, options={"g": "2", "crf": "30", "preset": "10"})
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv420p"
        for i in range(FRAMES):
            grating = 50 * np.sin((x * np.cos(i / 60) + y * np.sin(i / 60)) / 9)
            pixels = 110 + grating[:, :, None] + (y / 6)[:, :, None] + noise[i % 4]
            frame = av.VideoFrame.from_ndarray(np.clip(pixels, 0, 255).astype(np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


if __name__ == "__main__":
    main()
