"""The job as people write it today: TFDS reads, webdataset's ShardWriter writes, images stay encoded.

    python -m benchmarks.experts episodes RLDS OUT     the fast way: SkipDecoding on "steps", so that an episode comes as
                                                       one batch of tensors
    python -m benchmarks.experts steps RLDS OUT        the usual way: SkipDecoding on the image, one tensor per step and field

Imports are not timed; they take seconds, once.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
import webdataset as wds

from benchmarks.measure import tell

SKIP = tfds.decode.SkipDecoding()
DECODERS = {"episodes": {"steps": SKIP}, "steps": {"steps": {"observation": {"image": SKIP}}}}
Step = tuple[Any, Any, Any, Any]
"""Image, action, state and instruction of a step, as numpy values."""


def by_episode(steps: Any) -> Iterator[Step]:
    columns = tf.nest.map_structure(lambda tensor: tensor.numpy(), steps)
    seen = columns["observation"]
    yield from zip(
        seen["image"], columns["action"], seen["state"], columns["language_instruction"], strict=True
    )


def by_step(steps: Any) -> Iterator[Step]:
    for step in steps:
        seen = step["observation"]
        tensors = (seen["image"], step["action"], seen["state"], step["language_instruction"])
        yield tuple(tensor.numpy() for tensor in tensors)


WAYS = {"episodes": by_episode, "steps": by_step}


def convert(way: str, rlds: str, out: Path) -> int:
    """Write tars of 1,000 samples, and return the number of samples."""
    builder = tfds.builder_from_directory(rlds)
    dataset = builder.as_dataset(split="train", decoders=DECODERS[way], shuffle_files=False)
    edges, count = np.linspace(-1, 1, 257)[1:-1], 0
    with wds.ShardWriter(str(out / "%06d.tar"), maxcount=1000, verbose=0) as sink:
        for episode, content in enumerate(dataset):
            for step, (image, action, state, text) in enumerate(WAYS[way](content["steps"])):
                described = {
                    "prompt": f"Q: what action should the robot take to {text.decode()}? A:",
                    "target": " ".join(map(str, [1, *np.digitize(action, edges).tolist()])),
                    "episode": episode,
                    "step": step,
                    "state": state.tolist(),
                }
                sink.write({"__key__": f"{episode:06d}-{step:04d}", "jpg": image, "json": described})
                count += 1
    return count


def main(way: str, rlds: str, out: str) -> None:
    Path(out).mkdir(parents=True)
    start = time.perf_counter()
    steps = convert(way, rlds, Path(out))
    tell(steps, time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
