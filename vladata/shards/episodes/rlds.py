"""A stretch of an episode as a tf.Example, as RLDS has episodes, and the features.json with which TFDS reads it.

steps/observation/<camera>     bytes     the encoded pictures
steps/observation/state        float32   [S] per step; left out if there is none
steps/action                   float32   [D] per step
steps/language_instruction     bytes     and further texts of the steps
steps/is_first, is_last, is_terminal     bool
steps/discount, reward         float32   reward only if the source has one
episode_metadata/...                     values of the whole episode

N actions are N + 1 steps: in RLDS the last step is the observation after the last action, and its own action is not valid. The
last valid action and texts are repeated there, so that a reader that does not drop the step sees only an action that was done.
is_terminal is true only for this step, and only if the episode has ended.
Specification: github.com/google-research/rlds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import OutputError
from vladata.formats.example import encode_example
from vladata.formats.tfrecord import frame_parts
from vladata.shards import tfds_features as tfds
from vladata.shards.episodes.stretch import Columns, Stretch

STEPS = "steps/"
FLAGS = ("is_first", "is_last", "is_terminal")
LARGEST = 2**31 - 1
"""The most bytes of a tf.Example: protobuf's own limit."""


def buffers(stretch: Stretch) -> Sequence[bytes]:
    """Return the bytes of one episode: one framed record. Raises OutputError for an episode larger than protobuf allows."""
    pictures = sum(len(picture) for column in stretch.images.values() for picture in column)
    if pictures > LARGEST * 0.99:
        raise OutputError(
            f"an episode of {len(stretch):,} steps has {pictures:,} bytes of pictures, and a record can hold 2 GiB at most",
            where=stretch.episode,
            hint="Make them smaller with --image-size.",
        )
    return frame_parts(encode_example(_features(stretch)))


def _features(stretch: Stretch) -> dict[str, Any]:
    count = len(stretch)
    found: dict[str, Any] = {
        f"{STEPS}observation/{camera}": list(column) for camera, column in stretch.images.items()
    }
    if stretch.state.shape[1]:
        found[f"{STEPS}observation/state"] = stretch.state.reshape(-1)
    found[f"{STEPS}action"] = np.concatenate([stretch.action, stretch.action[-1:]]).reshape(-1)
    for name, texts in stretch.texts.items():
        found[STEPS + name] = [text.encode() for text in (*texts, texts[-1])]
    for name, values in stretch.values.items():
        found[STEPS + name] = values
    places = {"is_first": 0, "is_last": count, "is_terminal": count if stretch.ended else None}
    for name, place in places.items():
        flags = np.zeros(count + 1, np.int64)
        if place is not None:
            flags[place] = 1
        found[STEPS + name] = flags
    return found | {path: _value(value) for path, value in stretch.metadata.items()}


def _value(value: Any) -> Sequence[bytes] | np.ndarray:
    """Return a text or a number as a feature."""
    if isinstance(value, str | bytes):
        return [value.encode() if isinstance(value, str) else value]
    number = np.asarray([value])
    return number.astype(
        np.float32 if number.dtype.kind == "f" else np.int64
    )  # uint64 keeps its bits, as in TFDS


def features_json(
    columns: Columns, kinds: Mapping[str, tuple[str, ...]], size: Sequence[int] | None
) -> dict[str, Any]:
    """Return the features.json of an output.

    kinds: camera -> the kinds of its pictures.   size: height and width of all pictures; None if they differ.
    """
    observation = {
        camera: tfds.image(size, tfds.ENCODINGS.get(tuple(kinds.get(camera, ())), ""))
        for camera in columns.cameras
    }
    if columns.state:
        observation["state"] = tfds.tensor([columns.state], "float32")
    steps = {
        "observation": tfds.dictionary(observation),
        "action": tfds.tensor([columns.action], "float32"),
        **{name: tfds.text() for name in columns.texts},
        **{name: tfds.tensor([], "float32") for name in columns.numbers},
        **{name: tfds.tensor([], "bool") for name in FLAGS},
    }
    return tfds.dictionary({"steps": tfds.dataset(_nested(steps)), **_nested(_leaves(columns.metadata))})


def _leaves(metadata: Mapping[str, str]) -> dict[str, Any]:
    return {
        path: tfds.text() if dtype == "string" else tfds.tensor([], dtype) for path, dtype in metadata.items()
    }


def _nested(leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Return leaves by path as nested levels. TFDS joins the names of levels with a slash."""
    found: dict[str, Any] = {}
    for path, leaf in leaves.items():
        outer, _, inner = path.partition("/")
        if inner:
            found.setdefault(outer, {})[inner] = leaf
        else:
            found[path] = leaf
    levels = {name for name in found if name not in leaves}
    return {
        name: tfds.dictionary(_nested(value)) if name in levels else value for name, value in found.items()
    }
