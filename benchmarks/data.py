"""The robot datasets: `synth_robot` in RLDS, written by TFDS's own writer; and its records four times.

    python -m benchmarks.data FOLDER EPISODES

Episodes have 60 steps and one camera, 256x256 JPEG of about 28 KB; everything is drawn from a seed. The large dataset has four
hard links to each file of the small one: reading takes as long as for four times the data, but it is made immediately and needs
no additional page cache. Both are kept, and made only if dataset_info.json is missing, which is written last.
"""

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from benchmarks.measure import ROOT

NAME, VERSION = "synth_robot", "1.0.0"
INFO = "dataset_info.json"
STEPS = 60
SIZE = 256  # pixels along each side
GRAIN = 14.0  # standard deviation of the noise in grey levels, chosen for the wanted size of JPEGs
GRAINS = 16  # different noises
FILES = 8
LARGER = 4  # the large dataset has so many times the records
COLOURS = ("red", "green", "blue", "yellow", "white", "black")
THINGS = ("block", "mug", "sponge", "bottle", "spoon", "can", "bowl")


def small(folder: Path, episodes: int) -> Path:
    """Return the version folder of the dataset with `episodes` episodes."""
    version = _version(folder, episodes)
    if not (version / INFO).exists():
        command = [sys.executable, "-m", "benchmarks.data", str(folder.absolute()), str(episodes)]
        subprocess.run(
            command, cwd=ROOT, check=True
        )  # a process of its own: TensorFlow stays out of this one
    return version


def large(folder: Path, episodes: int) -> Path:
    """Return the version folder of the dataset with four times the records of `small`, which must exist."""
    source, version = _version(folder, episodes), _version(folder, LARGER * episodes)
    if (version / INFO).exists():
        return version
    shutil.rmtree(version, ignore_errors=True)
    version.mkdir(parents=True)
    info = json.loads((source / INFO).read_text())
    (split,) = info["splits"]
    lengths = split["shardLengths"] * LARGER
    files = sorted(source.glob("*.tfrecord-*")) * LARGER
    for number, file in enumerate(files):
        name = f"{NAME}-{split['name']}.tfrecord-{number:05d}-of-{len(files):05d}"
        (version / name).hardlink_to(file)
    split |= {"shardLengths": lengths, "numBytes": str(int(split["numBytes"]) * LARGER)}
    shutil.copy(source / "features.json", version)
    (version / INFO).write_text(json.dumps(info))
    return version


def _version(folder: Path, episodes: int) -> Path:
    return folder.absolute() / f"s{episodes}" / NAME / VERSION


def write(folder: Path, episodes: int) -> None:
    """Write the small dataset."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("absl").setLevel(logging.ERROR)
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    tfds.dataset_builders.store_as_tfds_dataset(
        name=NAME,
        version=VERSION,
        features=_features(tfds.features),
        split_datasets={"train": ((n, {"steps": list(_episode(n))}) for n in range(episodes))},
        data_dir=_version(folder, episodes).parents[1],
        description="Drawn, not recorded: for measuring.",
        download_config=tfds.download.DownloadConfig(num_shards=FILES, try_download_gcs=False),
    )


def _features(features: Any) -> Any:
    vector = features.Tensor(shape=(7,), dtype=np.float32)
    flag, number = features.Scalar(dtype=np.bool_), features.Scalar(dtype=np.float32)
    image = features.Image(shape=(SIZE, SIZE, 3), dtype=np.uint8, encoding_format="jpeg")
    step = {"observation": {"image": image, "state": vector}, "action": vector}
    step |= {"language_instruction": features.Text(), "reward": number, "discount": number}
    step |= dict.fromkeys(("is_first", "is_last", "is_terminal"), flag)
    return features.FeaturesDict({"steps": features.Dataset(step)})


def _episode(number: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng([0, number])
    text = f"push the {rng.choice(COLOURS)} {rng.choice(THINGS)}"
    actions = np.clip(rng.normal(0, 0.3, (STEPS, 7)), -1, 1).astype(np.float32)
    actions[:, 6] = np.arange(STEPS) > STEPS // 2
    states = np.cumsum(0.05 * actions, axis=0, dtype=np.float32)
    for step, picture in enumerate(pictures(rng)):
        last = step == STEPS - 1
        yield {
            "observation": {"image": io.BytesIO(jpeg(picture)), "state": states[step]},
            "action": actions[step],
            "language_instruction": text,
            "is_first": step == 0,
            "is_last": last,
            "is_terminal": last,
            "reward": np.float32(last),
            "discount": np.float32(1),
        }


def pictures(rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield pictures, uint8 [SIZE, SIZE, 3]: waves, boxes that each move in their own direction, and the noise of a sensor."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    waves = [127 + 90 * np.sin(a * x + b * y + c) for a, b, c in rng.uniform(1, 9, (3, 3))]
    ground = np.stack(waves, axis=-1).astype(np.int16)
    boxes = [(rng.integers(0, SIZE, 2), rng.integers(-3, 4, 2), rng.integers(0, 256, 3)) for _ in range(6)]
    for step in range(STEPS):
        picture = ground.copy()
        for place, pace, colour in boxes:
            top, left = (place + step * pace) % SIZE
            picture[top : top + 30, left : left + 30] = colour
        yield np.clip(picture + _grains()[rng.integers(GRAINS)], 0, 255).astype(np.uint8)


@cache
def _grains() -> np.ndarray:
    """Return the noises, int16 [GRAINS, SIZE, SIZE, 3]."""
    return np.random.default_rng(0).normal(0, GRAIN, (GRAINS, SIZE, SIZE, 3)).astype(np.int16)


def jpeg(picture: np.ndarray) -> bytes:
    data: bytes = simplejpeg.encode_jpeg(picture, quality=90, colorspace="RGB", colorsubsampling="420")
    return data


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
