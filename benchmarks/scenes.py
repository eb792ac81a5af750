"""Pictures for the episodes of arms.py, 64 x 64: a table in a room, a few things on it, and an arm that ends at the hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import simplejpeg

SIZE = 64
TABLES = (
    (168, 124, 82),
    (196, 160, 120),
    (140, 96, 62),
    (178, 168, 152),
    (205, 190, 170),
)  # wood and warm white
WALLS = ((205, 200, 190), (186, 176, 160), (120, 112, 104))


def scene(rng: np.random.Generator) -> dict[str, Any]:
    """Return the scene in front of a dataset's camera."""
    return {
        "table": np.array(TABLES[rng.integers(len(TABLES))]) + rng.integers(-12, 13, 3),
        "wall": np.array(WALLS[rng.integers(len(WALLS))]),
        "horizon": int(rng.integers(8, 26)),
        "arm": np.array([(60, 60, 62), (215, 215, 212), (225, 120, 40)][rng.integers(3)]),
    }


def pictures(rng: np.random.Generator, about: dict[str, Any], pose: np.ndarray) -> list[np.ndarray]:
    """Return a picture for each pose, uint8 [SIZE, SIZE, 3]. Episodes differ in light, pictures in the noise of the sensor."""
    light = rng.uniform(0.8, 1.15)
    ground = np.empty((SIZE, SIZE, 3))
    ground[:] = about["table"]
    ground[: about["horizon"]] = about["wall"]
    ground += rng.normal(0, 5, (SIZE, SIZE, 1))
    for _ in range(rng.integers(2, 6)):
        top, left = rng.integers(about["horizon"], SIZE - 8), rng.integers(0, SIZE - 8)
        ground[top : top + rng.integers(4, 9), left : left + rng.integers(4, 9)] = rng.integers(20, 235, 3)
    grain = rng.normal(0, 3, (4, SIZE, SIZE, 1))
    found = []
    for t, (x, y, z) in enumerate(pose[:, :3]):
        picture = ground.copy()
        column = int(np.clip(SIZE / 2 + y * 90, 2, SIZE - 6))
        row = int(np.clip(SIZE - 8 - x * 60 - z * 80, 2, SIZE - 4))
        picture[:row, column : column + 5] = about["arm"]
        found.append(np.clip(light * (picture + grain[t % 4]), 0, 255).astype(np.uint8))
    return found


def jpegs(images: Sequence[np.ndarray]) -> list[bytes]:
    """Return the pictures as JPEG files."""
    return [
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(image), quality=90, colorspace="RGB", colorsubsampling="420"
        )
        for image in images
    ]
