"""Demonstrations as RLDS, written by TFDS's own writer, and a table with the goal of the tip in every picture.

Result: OUT/shapes/1.0.0 with the split `train`, and OUT/points.jsonl, an annotation table (docs/annotations.md). A step holds the
picture, the tip's position, and the expert's action at this step, without the added noise. The last step of an episode is the
state at its end; as usual in RLDS, its action has no meaning.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from vladata.consumer.rlds import Examples, as_episode, as_step, write_rlds
from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import PIXELS, Scene
from vladata.consumer.tabletop.suites import Trial, trial
from vladata.consumer.tabletop.world import demonstrated
from vladata.keys import seed_of

NAME = "shapes"
POINTS = "points.jsonl"
QUALITY = 95


def write_episodes(out: Path, count: int, seed: int, suite: str = "robot", shards: int = 4) -> Path:
    """Write `count` demonstrations below `out`, and return the version folder. Equal seeds give equal bytes.

    Raises MissingExtra if TFDS is not installed."""
    about = "An arm's tip reaches coloured shapes on a table."
    folder = write_rlds(out, NAME, about, _features, _examples(suite, seed, count), min(shards, count))
    with open(out / POINTS, "w", encoding="utf-8") as file:
        for number in range(count):
            played = trial(suite, seed, number)
            scenes = [scene for scene, *_ in demonstrated(played, seed_of(seed, "episode", suite, number))]
            for row in points(played, scenes, number):
                print(json.dumps(row), file=file)
    return folder


def points(played: Trial, scenes: Sequence[Scene], number: int) -> Iterator[dict[str, Any]]:
    """Yield the goals of the tip in the pictures of episode `number`, in pixels: one row whenever the goal changes."""
    goals = [[round(c * PIXELS, 3) for c in played.task.goal(scene, played.target)] for scene in scenes]
    starts = [step for step, goal in enumerate(goals) if step == 0 or goal != goals[step - 1]]
    for start, stop in zip(starts, [*starts[1:], None], strict=True):
        value = json.dumps(goals[start])
        row = {"episode_key": str(number), "start": start, "field": "point", "value": value}
        yield row if stop is None else {**row, "stop": stop}


def _features(features: Any) -> dict[str, Any]:
    return {
        "observation": {
            "image": features.Image(shape=(PIXELS, PIXELS, 3), dtype=np.uint8, encoding_format="jpeg"),
            "tip": features.Tensor(shape=(2,), dtype=np.float32, doc="x y of the arm's tip, 0 to 1"),
        },
        "action": features.Tensor(shape=(2,), dtype=np.float32, doc="dx dy, -0.16 to 0.16"),
    }


def _examples(suite: str, seed: int, count: int) -> Examples:
    for number in range(count):
        yield episode(number, trial(suite, seed, number), seed_of(seed, "episode", suite, number))


def episode(number: int, played: Trial, seed: int) -> tuple[int, dict[str, Any]]:
    """Return one demonstration in TFDS's form; its pictures are JPEG files."""
    found = demonstrated(played, seed)
    end, _, ended = found[-1]
    rng = np.random.default_rng(seed_of(seed, "noise"))
    steps = []
    for scene, action, _ in [*found, (end, np.zeros(2, np.float32), False)]:
        seen = {"image": io.BytesIO(jpeg(draw(scene, rng))), "tip": np.array(scene.tip, np.float32)}
        steps.append(as_step(seen, action, played.instruction))
    return as_episode(number, steps, ended)


def jpeg(picture: np.ndarray) -> bytes:
    """Return a picture as a JPEG file, with its colours at full resolution."""
    data: bytes = simplejpeg.encode_jpeg(picture, quality=QUALITY, colorspace="RGB", colorsubsampling="444")
    return data
