"""A small dataset after a schema's declared features, written by TFDS: two episodes of random values.

Pictures are small whatever the schema says, since no chain looks at them. Flags end the episode with its last step, in
the form that `terminate` has.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.rlds_data import jpeg, tfds, write
from vladata.spec.dataset import DatasetSpec
from vladata.spec.feature import Feature

LENGTHS = (9, 7)
SIZE = 16
UNKNOWN = {
    "action": (8,),
    "action/tcp_base": (6,),
    "observation/tcp_base": (6,),
}  # where a shape is not established


def dataset(spec: DatasetSpec, folder: Path) -> Path:
    """The version folder."""
    assert spec.features
    levels: dict[str, dict[str, Feature]] = {"step": {}, "episode": {}}
    for path, feature in spec.features.items():
        levels[feature.level][path] = feature

    def features() -> Any:
        f = tfds().features
        step = _nested({path: _connector(path, each) for path, each in levels["step"].items()})
        outside = _nested({path: _connector(path, each) for path, each in levels["episode"].items()})
        return f.FeaturesDict({**outside, "steps": f.Dataset(step)})

    def episodes() -> Iterator[dict[str, Any]]:
        for number, length in enumerate(LENGTHS):
            rng = np.random.default_rng(number)
            steps = [
                _nested(
                    {p: _value(spec, p, each, rng, t == length - 1) for p, each in levels["step"].items()}
                )
                for t in range(length)
            ]
            yield {
                **_nested({p: _value(spec, p, each, rng, True) for p, each in levels["episode"].items()}),
                "steps": steps,
            }

    return write(folder, spec.name, features, {"train": episodes})


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return tree


def _shape(path: str, feature: Feature) -> tuple[int, ...]:
    return UNKNOWN[path] if feature.shape is None else feature.shape


def _connector(path: str, feature: Feature) -> Any:
    f = tfds().features
    if feature.dtype == "image":
        return f.Image(shape=(SIZE, SIZE, 3), encoding_format="jpeg")
    if feature.dtype == "string":
        return f.Text()
    return f.Tensor(shape=_shape(path, feature), dtype=np.dtype(feature.dtype))


def _value(spec: DatasetSpec, path: str, feature: Feature, rng: np.random.Generator, last: bool) -> Any:
    dtype = feature.dtype
    if dtype == "image":
        return io.BytesIO(jpeg(rng, SIZE))
    if dtype == "string":
        return f"do {path} again"
    shape = _shape(path, feature)
    if path == spec.terminate.path and spec.terminate.form == "one_hot3":
        return np.array([1, 0, 0] if last else [0, 1, 0], dtype)
    if path in ("is_last", "is_terminal", spec.terminate.path):
        return np.full(shape, last, dtype)
    if path == spec.language.path:  # padded UTF-8
        return np.array([*b"push it", *[0] * shape[0]][: shape[0]], dtype)
    if dtype == "bool":
        return np.array(rng.integers(0, 2, shape), bool)
    if np.dtype(dtype).kind in "iu":
        return np.array(rng.integers(0, 100, shape), dtype)
    values = np.array(rng.choice([-1.0, 0.0, 1.0, 0.4], shape) + rng.normal(0, 0.05, shape), dtype)
    return _flagged(spec, path, values, last)


def _flagged(spec: DatasetSpec, path: str, values: np.ndarray, last: bool) -> np.ndarray:
    """With the column of the action that ends an episode, where it is one."""
    if spec.terminate.form == "action_column" and spec.terminate.path.startswith(f"{path}["):
        values[int(spec.terminate.path[len(path) + 1 : -1])] = last
    return values
