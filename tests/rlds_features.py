"""A small dataset with every feature that the native reader reads, and one with features that it refuses.

    write_every_feature(folder)      every value and list, within the steps, in a dictionary, and at the top
    write_refused_features(folder)   the features that only `--reader tfds` reads

The name of a feature says its content: "number/int8", "zlib/open" (an unknown dimension), "list/text". All have a slash.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.rlds_data import jpeg, tfds, write

NUMBERS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
NUMBERS += ("float16", "float32", "float64")


UNREADABLE = {
    "steps/list/fixed",
    "steps/list/all_fixed",
    "lists/list/lists_fixed",
    "lists/list/fixed_lists",
    "lists/list/all_fixed",
}
"""What TFDS 4.9 writes and cannot read back: it looks for lists in lists with one unknown length under another key."""


def write_every_feature(
    folder: str | Path, lengths: Sequence[int] = (3, 1, 4), unreadable: bool = True, **settings: Any
) -> Path:
    """One episode a length, its content that of `every_feature_episode`."""

    def train() -> Iterator[dict[str, Any]]:
        for number, count in enumerate(lengths):
            yield _without(every_feature_episode(number, count), "", set() if unreadable else UNREADABLE)

    def features() -> Any:
        f = tfds().features
        step = {**_value_features(f), **_list_features(f)}
        once = {**_value_features(f), "open_rows": f.Tensor(shape=(None, 3), dtype=np.float32)}
        tree = {"steps": step, "once": once, "lists": _list_features(f)}
        tree = _without(tree, "", set() if unreadable else UNREADABLE)
        return f.FeaturesDict({**tree, "steps": f.Dataset(tree["steps"])})

    return write(folder, "every_feature", features, {"train": train}, **settings)


def every_feature_episode(number: int, count: int) -> dict[str, Any]:
    """What is written as episode `number`, of `count` steps."""
    rng = np.random.default_rng([7, number])
    return {
        "steps": [{**_every_value(rng), **_every_list(rng)} for _ in range(count)],
        "once": {**_every_value(rng), "open_rows": rng.normal(size=(number, 3)).astype(np.float32)},
        "lists": _every_list(rng),
    }


def _without(tree: Any, path: str, names: set[str]) -> Any:
    """A tree of dictionaries without the leaves at `names`; a list of trees counts as one."""
    if isinstance(tree, list) and tree and isinstance(tree[0], dict):
        return [_without(child, path, names) for child in tree]
    if not isinstance(tree, dict):
        return tree
    below = {key: f"{path}/{key}" if path else key for key in tree}
    return {key: _without(tree[key], below[key], names) for key in tree if below[key] not in names}


def _every_value(rng: np.random.Generator) -> dict[str, Any]:
    values: dict[str, Any] = {f"number/{dtype}": random_numbers(rng, dtype, ())[()] for dtype in NUMBERS}
    for dtype in ("bool", "uint8", "uint64", "float32", "float64"):
        for encoding in ("none", "bytes", "zlib"):
            values[f"{encoding}/{dtype}"] = random_numbers(rng, dtype, (2, 3))
    for encoding in ("bytes", "zlib"):
        values[f"{encoding}/open"] = random_numbers(rng, "int32", (int(rng.integers(0, 4)), 2))
        values[f"{encoding}/open_both"] = random_numbers(rng, "uint8", tuple(rng.integers(1, 4, 2)))
    pixels = rng.integers(0, 256, (5, 7, 3)).astype(np.uint8)
    depth = rng.normal(size=(5, 7, 1)).astype(np.float32)
    images = {
        "jpeg": io.BytesIO(jpeg(rng, 16)),
        "png": pixels,
        "png16": pixels.astype(np.uint16) * 257,
        "depth": depth,
    }
    texts = {
        "text": "naïve café",
        "string": b"\x00\xff raw",
        "strings": np.array([b"a", b"", "é".encode()], object),
    }
    return {
        **values,
        "image": images,
        "texts": texts,
        "label": int(rng.integers(3)),
        "a/b": {"c/d": np.int32(5)},
    }


def _every_list(rng: np.random.Generator) -> dict[str, Any]:
    count, rows = int(rng.integers(0, 4)), [int(n) for n in rng.integers(0, 3, int(rng.integers(0, 3)))]
    return {
        "list/ints": rng.integers(-5, 300, count),
        "list/fixed": rng.normal(size=3).astype(np.float32),
        "list/rows": rng.normal(size=(count, 2)).astype(np.float64),
        "list/text": [f"text {i}" for i in range(count)],
        "list/bool": [bool(i % 2) for i in range(count)],
        "list/jpegs": [io.BytesIO(jpeg(rng, 16)) for _ in range(count)],
        "list/zlib": [random_numbers(rng, "int16", (2,)) for _ in range(count)],
        "list/dicts": [
            {"n": np.int64(i), "name": f"name {i}", "v": np.ones(2, np.float32) * i} for i in range(count)
        ],
        "list/lists": [rng.integers(0, 9, n) for n in rows],
        "list/fixed_lists": [rng.integers(0, 9, 2) for _ in rows],
        "list/lists_fixed": [rng.integers(0, 9, n) for n in (1, 0, 2)],
        "list/all_fixed": rng.integers(0, 9, (3, 2)),
    }


def random_numbers(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Any value of the dtype, extremes included; floats are normal."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith("float"):
        return rng.normal(size=shape).astype(dtype)
    size = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return np.frombuffer(rng.bytes(size), dtype).reshape(shape).copy()


def _value_features(f: Any) -> dict[str, Any]:
    features = {f"number/{dtype}": f.Scalar(dtype=np.dtype(dtype)) for dtype in NUMBERS}
    for dtype in ("bool", "uint8", "uint64", "float32", "float64"):
        for encoding in ("none", "bytes", "zlib"):
            features[f"{encoding}/{dtype}"] = f.Tensor(shape=(2, 3), dtype=np.dtype(dtype), encoding=encoding)
    for encoding in ("bytes", "zlib"):
        features[f"{encoding}/open"] = f.Tensor(shape=(None, 2), dtype=np.int32, encoding=encoding)
        features[f"{encoding}/open_both"] = f.Tensor(shape=(None, None), dtype=np.uint8, encoding=encoding)
    images = {
        "jpeg": f.Image(shape=(16, 16, 3), encoding_format="jpeg"),
        "png": f.Image(shape=(None, None, 3)),
        "png16": f.Image(shape=(5, 7, 3), dtype=np.uint16, encoding_format="png"),
        "depth": f.Image(shape=(5, 7, 1), dtype=np.float32),
    }
    texts = {"text": f.Text(), "string": f.Tensor(shape=(), dtype=np.object_)}
    texts["strings"] = f.Tensor(shape=(3,), dtype=np.object_)
    label = f.ClassLabel(names=["left", "right", "none"])
    return {**features, "image": images, "texts": texts, "label": label, "a/b": {"c/d": np.int32}}


def _list_features(f: Any) -> dict[str, Any]:
    return {
        "list/ints": f.Sequence(np.int64),
        "list/fixed": f.Sequence(np.float32, length=3),
        "list/rows": f.Sequence(f.Tensor(shape=(2,), dtype=np.float64)),
        "list/text": f.Sequence(f.Text()),
        "list/bool": f.Sequence(np.bool_),
        "list/jpegs": f.Sequence(f.Image(shape=(16, 16, 3), encoding_format="jpeg")),
        "list/zlib": f.Sequence(f.Tensor(shape=(2,), dtype=np.int16, encoding="zlib")),
        "list/dicts": f.Sequence(
            {"n": np.int64, "name": f.Text(), "v": f.Tensor(shape=(2,), dtype=np.float32)}
        ),
        "list/lists": f.Sequence(f.Sequence(np.int64)),
        "list/fixed_lists": f.Sequence(f.Sequence(np.int64, length=2)),
        "list/lists_fixed": f.Sequence(f.Sequence(np.int64), length=3),
        "list/all_fixed": f.Sequence(f.Sequence(np.int64, length=2), length=3),
    }


def write_refused_features(folder: str | Path, steps: int = 3) -> Path:
    """One episode whose features only TFDS reads: videos, boxes, values that may be missing, bfloat16, sound."""

    def train() -> Iterator[dict[str, Any]]:
        yield {
            "steps": [refused_step(t) for t in range(steps)],
            "film": film(steps),
            "trailer": film(steps + 2),
        }

    def features() -> Any:
        f = tfds().features
        step = {
            "reward": f.Scalar(dtype=np.float32),
            "clip": f.Video(shape=(2, 4, 6, 3)),  # TFDS reads back only lists of unknown length
            "box": f.BBoxFeature(),
            "maybe": f.Scalar(dtype=np.int32, optional=True),
            "half": f.Tensor(shape=(2,), dtype=_bfloat16(), encoding="bytes"),
            "sound": f.Audio(shape=(5,), dtype=np.int32),
        }
        video = f.Video(shape=(None, 4, 6, 3))
        return f.FeaturesDict({"steps": f.Dataset(step), "film": video, "trailer": video})

    return write(folder, "refused_features", features, {"train": train})


def refused_step(t: int) -> dict[str, Any]:
    box = tfds().features.BBox(ymin=0.0, xmin=0.25, ymax=0.5, xmax=1.0)
    half = np.array([t, 0.5], _bfloat16())
    return {
        "reward": np.float32(t),
        "clip": film(2) + t,
        "box": box,
        "maybe": t,
        "half": half,
        "sound": np.arange(5, dtype=np.int32),
    }


def film(frames: int) -> np.ndarray:
    """uint8 [frames, 4, 6, 3], no two pixels alike."""
    return np.arange(frames * 72, dtype=np.uint8).reshape(frames, 4, 6, 3)


def _bfloat16() -> Any:
    import ml_dtypes

    return ml_dtypes.bfloat16
