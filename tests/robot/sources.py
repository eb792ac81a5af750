"""Datasets in every layout but RLDS, with what a test has to know of them: small, and the same at each call."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.hdf5_data import ALOHA_SCHEMA, LIBERO_SCHEMA, write_aloha, write_libero
from tests.lerobot_data import SCHEMA, Told, write_lerobot
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate


@dataclass(frozen=True)
class Layout:
    """write:  writes the dataset at a folder, anew.
    schema: its YAML.
    steps:  steps of each episode, in the order of their ids.
    last:   how many of an episode's steps at its end are no samples.
    damage: a file without which the last episode cannot be read, and others can.
    """

    write: Callable[[Path], object]
    schema: str
    ids: tuple[str, ...]
    steps: tuple[int, ...]
    last: int
    damage: str

    @property
    def spec(self) -> DatasetSpec:
        return validate(DatasetSpec, self.schema, "layout")

    def written(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        self.write(folder)
        return folder


LEROBOT = [Told(7), Told(5, "open the drawer"), Told(9), Told(6, "close it")]


def _lerobot(version: str, images: str, damage: str) -> Layout:
    ids = [(0, n) for n in range(4)] if version == "v2.1" else [(n // 3, n % 3) for n in range(4)]
    return Layout(
        lambda folder: write_lerobot(folder, version, LEROBOT, images),
        SCHEMA,
        tuple(f"train-{file:05d}-{record:06d}" for file, record in ids),
        tuple(told.steps for told in LEROBOT),
        0,
        damage,
    )


TOP = "observation.images.top"
LAYOUTS = {
    "lerobot-v2.1-video": _lerobot("v2.1", "video", f"videos/chunk-000/{TOP}/episode_000003.mp4"),
    "lerobot-v3.0-video": _lerobot("v3.0", "video", f"videos/{TOP}/chunk-000/file-001.mp4"),
    "lerobot-v3.0-image": _lerobot("v3.0", "image", "data/chunk-000/file-001.parquet"),
    "hdf5-libero": Layout(
        lambda folder: write_libero(folder, demos=(0, 1)),
        LIBERO_SCHEMA,
        tuple(f"train-{file:05d}-{record:06d}" for file in range(3) for record in range(2)),
        (8, 9) * 3,
        1,
        "turn_on_the_stove_demo.hdf5",
    ),
    "hdf5-aloha": Layout(
        write_aloha,
        ALOHA_SCHEMA,
        tuple(f"train-00000-{record:06d}" for record in range(4)),
        (8, 9, 10, 8),
        1,
        "episode_3.hdf5",
    ),
}
