"""The columns of samples, made again by plain loops with tarfile and json, without vladata's readers.

stored(out)                    every sample of a folder of tars, in the order of the manifest's shards
columns(samples, **shapes)     their columns; shapes are given, rows=H, dims=D, bins=W, state=S, frames=K
same(found, expected)          the names of the columns that differ
"""

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

TEXTS = ("dataset", "task", "prompt", "target", "instruction", "plan", "split", "episode", "contract")
TYPES = {
    "step": np.int64,
    "terminate": np.int32,
    "loss_weight": np.float32,
    "action": np.float32,
    "mask": np.bool_,
    "valid": np.int32,
    "action_dims": np.int32,
    "bins": np.int32,
    "state": np.float32,
    "state_dims": np.int32,
    "frames": np.int32,
    "index": np.int64,
}


def stored(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for shard in json.loads((out / "manifest.json").read_text())["shards"]:
        images: dict[str, bytes] = {}
        with tarfile.open(out / shard["path"]) as archive:
            for member in archive:
                key, _, ending = member.name.partition(".")
                data = archive.extractfile(member).read()
                if ending == "json":
                    found.append({"key": key, "images": images, "index": len(found), **json.loads(data)})
                    images = {}
                else:
                    images[ending.partition(".")[0]] = data
    return found


def columns(samples: list[dict[str, Any]], rows, dims, bins, state, frames=0) -> dict[str, Any]:
    made = [_row(sample, rows, dims, bins, state, frames) for sample in samples]
    names = [*made[0]] if frames else [name for name in made[0] if name != "frames"]
    return {name: _column(name, [row[name] for row in made]) for name in names}


def same(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """The columns that differ, in their values, their type or their shape."""
    wrong = [name for name in {*found, *expected} if name not in found or name not in expected]
    for name in set(found) & set(expected):
        if isinstance(expected[name], np.ndarray):
            alike = found[name].dtype == expected[name].dtype and np.array_equal(found[name], expected[name])
        elif name == "images":
            alike = [{c: bytes(i) for c, i in each.items()} for each in found[name]] == expected[name]
            alike = alike and [list(each) for each in found[name]] == [list(each) for each in expected[name]]
        else:
            alike = found[name] == expected[name]
        wrong += [] if alike else [name]
    return sorted(wrong)


def _column(name: str, values: list[Any]) -> Any:
    return np.array(values, TYPES[name]) if name in TYPES else values


def _row(sample: dict[str, Any], rows: int, dims: int, bins: int, state: int, frames: int) -> dict[str, Any]:
    actions = sample["action"]
    if actions and not isinstance(actions[0], list):
        actions = [actions]
    spelled = sample["bins"]
    if spelled and not isinstance(spelled[0], list):
        spelled = [spelled]
    own = sample.get("mask", [1] * len(actions))
    shown = sample.get("frames", [])
    return {
        **{name: sample[name] for name in ("key", *TEXTS, "source", "step", "terminate", "loss_weight")},
        "action": _padded(actions, rows, dims, 0.0),
        "mask": [bool(value) for value in own] + [False] * (rows - len(own)),
        "valid": sample.get("valid", len(actions)),
        "action_dims": len(actions[0]) if actions else 0,
        "bins": _padded(spelled, rows, bins, -(2**31)),
        "state": _padded([sample["state"]], 1, state, 0.0)[0],
        "state_dims": len(sample["state"]),
        "frames": shown + [-1] * (frames - len(shown)),
        "images": sample["images"],
        "index": sample["index"],
    }


def _padded(values: list[list[Any]], rows: int, width: int, empty: Any) -> list[list[Any]]:
    filled = [row + [empty] * (width - len(row)) for row in values]
    return filled + [[empty] * width] * (rows - len(values))
