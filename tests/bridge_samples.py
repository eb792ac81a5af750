"""The samples that recipe rt2-pali-x makes of `write_bridge_like`'s episodes, computed again without vladata.

They are computed from the values that TFDS's writer got, by the definitions: OpenVLA's chain for Bridge, RT-2's bins.

    steps      1 to T - 2 of T: the first action is a dummy, the last has no next state
    action     state[t + 1] - state[t] in six dimensions, and the gripper, all float32
    terminate  1 in step T - 2
    bounds     1st and 99th percentile of every written step's action; the gripper's are 0 and 1
    bins       cut((min(max(a, low), high) - low) / (high - low) * 255) in float32; 0 = terminate, 1 = go on, in front
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.rlds_data import Faults, bridge_episode

CAMERAS = {"primary": "image_0", "secondary": "image_1", "third": "image_2", "fourth": "image_3"}
FLOATS = ("action", "state")
Expected = dict[str, Any]
"""KEY.json's fields, but for the digest in `contract`; "key"; "images": camera -> the encoded image."""


def expected_samples(
    source: Path,
    lengths: Mapping[str, Sequence[int]],
    cameras: Sequence[str] = ("primary",),
    state: bool = True,
    faults: Faults | None = None,
    left_out: Sequence[tuple[int, int]] = (),
    size: int = 64,
) -> list[Expected]:
    """The samples of the splits in `lengths` (split -> steps of each episode), in the order of the source.

    source:   the version folder, of one file a split: only the places of its records are read.
    left_out: (episode, step) of split "train" that become no sample.
    """
    samples = []
    for split, counts in lengths.items():
        file = f"bridge_dataset-{split}.tfrecord-00000-of-00001"
        for number, (count, place) in enumerate(zip(counts, _places(source / file), strict=True)):
            given = (0, faults or Faults()) if split == "train" else (1, Faults())
            steps = bridge_episode(given[0], number, count, given[1], False, size)["steps"]
            for t in range(1, count - 1):
                if split == "train" and (number, t) in left_out:
                    continue
                sample = _sample(steps, t, cameras, state)
                episode = f"{split}-00000-{number:06d}"
                sample |= {"split": split, "episode": episode, "source": {"file": file, **place}}
                samples.append(sample | {"key": f"bridge_dataset-{episode}-{t:04d}"})
    return _with_targets(samples)


def _sample(steps: list[Any], t: int, cameras: Sequence[str], state: bool) -> Expected:
    states = [step["observation"]["state"] for step in steps]
    text = steps[t]["language_instruction"]
    return {
        "prompt": f"Q: what action should the robot take to {text}? A:",
        "task": "action",
        "dataset": "bridge_dataset",
        "step": t,
        "instruction": text,
        "plan": "",
        "loss_weight": 1.0,
        "action": [*(states[t + 1] - states[t])[:6].tolist(), float(steps[t]["action"][6])],
        "terminate": int(t == len(steps) - 2),
        "state": states[t].tolist() if state else [],
        "images": {c: steps[t]["observation"][CAMERAS[c]].getvalue() for c in cameras},
    }


def _with_targets(samples: list[Expected]) -> list[Expected]:
    actions = np.array([sample["action"] for sample in samples], np.float32)
    low, high = np.quantile(actions.astype(np.float64), [0.01, 0.99], axis=0).astype(np.float32)
    low[6], high[6] = 0, 1
    shares = (np.clip(actions, low, high) - low) / (high - low)
    bins = (shares * np.float32(255)).astype(np.int32).tolist()
    for sample, numbers in zip(samples, bins, strict=True):
        sample["bins"] = [1 - sample["terminate"], *numbers]
        sample["target"] = " ".join(map(str, sample["bins"]))
    return samples


def _places(file: Path) -> Iterator[dict[str, int]]:
    """Offset of the frame and length of the payload of each record."""
    data, at = file.read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        yield {"offset": at, "length": length}
        at += 16 + length


def digested(sample: Expected) -> Expected:
    """The sample with a SHA-256 in place of each image, so that it can be compared through JSON."""
    images = {camera: hashlib.sha256(image).hexdigest() for camera, image in sample["images"].items()}
    return {**sample, "images": images}


def comparable(sample: Expected) -> Expected:
    """A sample as a reader gave it: its floats as the float32 that they are, `contract` (a digest, compared elsewhere) gone."""
    plain = {name: value for name, value in sample.items() if name != "contract"}
    return plain | {name: np.float32(plain[name]).tolist() for name in FLOATS}
