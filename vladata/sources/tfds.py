"""`--reader tfds`: records decoded by tensorflow-datasets itself, for connectors that the native reader refuses.

Our code reads framing, checksums and the RLDS layout; TFDS gets a record's bytes and a features.json with only the wanted
features. Features that the native reader can read have the same form as from it (images stay encoded: SkipDecoding). Features
that only TFDS can read have TFDS's form, arrays [T, ...]; pictures among them (uint8, height x width x 1 or 3) are encoded
losslessly as PNG, so that later code always gets encoded images. A video of the whole episode with one frame per step becomes a
column.

TensorFlow is imported when the first record is decoded, never before. An episode takes about 30 ms.
"""

import io
import logging
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

from vladata.errors import MalformedExample, MissingExtra, UnsupportedFeature
from vladata.sources.features import FEATURES, Features, Leaf
from vladata.sources.json_text import Object
from vladata.sources.rlds import STEPS, DecodePlan, Decoder, Values


def decode(features: Features, data: bytes | memoryview, plan: DecodePlan) -> tuple[int, Values, Values]:
    """Return the number of steps of one record, its columns, and its values outside the steps, with the names of the plan.

    The reference of the plan is decoded only if no other column of the steps is wanted.
    """
    leaves = (*plan.steps.values(), *plan.outside.values(), plan.reference)
    wanted = frozenset(leaf.path for leaf in leaves)
    decoder = _decoder(features, wanted)
    try:
        found = decoder.deserialize_example(bytes(data), decoders=_skip_images(decoder))
        rows = [dict(_flat(step, STEPS, wanted)) for step in found.pop(STEPS)]
        values = dict(_flat(found, "", wanted))
    except Exception as error:  # TensorFlow and TFDS raise many kinds of exceptions
        raise MalformedExample(f"tensorflow-datasets says: {_first_line(error)}") from error
    columns = {name: _column(leaf, [row[leaf.path] for row in rows]) for name, leaf in plan.steps.items()}
    metadata = {name: _value(leaf, values[leaf.path]) for name, leaf in plan.outside.items()}
    videos = [name for name, leaf in plan.outside.items() if _is_video(leaf, metadata[name], len(rows))]
    columns |= {name: metadata.pop(name) for name in videos}
    if missing := [
        name for name in sorted(plan.asked & metadata.keys()) if plan.outside[name].tfds_class == "Video"
    ]:
        frames = ", ".join(f"{len(metadata[name]):,}" for name in missing)
        what = f"a video of the episode has {frames} frames instead of one for each of {len(rows):,} steps"
        raise MalformedExample(what, where=", ".join(missing))
    return len(rows), columns, metadata


TFDS = Decoder("tfds", decode, connectors=True)


@lru_cache(maxsize=16)
def _decoder(features: Features, wanted: frozenset[str]) -> Any:
    """Return TFDS's connectors for the wanted part of a features.json."""
    tfds = library()
    node = _pruned(orjson.loads(features.text), "", wanted)
    try:
        return tfds.features.FeatureConnector.from_json(node)
    except Exception as error:  # a connector of another package may raise anything while it is imported
        hint = "A connector that is not part of TFDS must be importable: install the package that defines it."
        what = f"tensorflow-datasets cannot make this feature: {_first_line(error)}"
        raise UnsupportedFeature(what, where=FEATURES, hint=hint) from error


def library(need: str = "`--reader tfds`") -> Any:
    """Return tensorflow-datasets. Its TensorFlow reports errors only, unless the user asks for more.

    need: the part of vladata that needs it, for the message of MissingExtra.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("absl").setLevel(logging.ERROR)
    try:
        import tensorflow_datasets
    except ImportError as fault:
        hint = 'pip install "vladata[tf]"'
        raise MissingExtra(f"{need} needs tensorflow-datasets and TensorFlow", hint=hint) from fault
    return tensorflow_datasets


def _pruned(node: Object, path: str, wanted: frozenset[str]) -> Object:
    """Return the features.json node with only the wanted features; nodes of older forms, which nest differently, stay whole.

    Lists lose their declared length: for a list of declared length in a list, TFDS writes other keys than it reads (4.9.10:
    _add_ragged_fields and _to_tf_example_spec), so that it could not read its own files.
    """
    if "sequence" in node:
        inner = _pruned(node["sequence"]["feature"], path, wanted)
        return {**node, "sequence": {"feature": inner, "length": "-1"}}
    if "video" in node:
        _, *frame = node["video"]["shape"]["dimensions"]
        return {**node, "video": {**node["video"], "shape": {"dimensions": ["-1", *frame]}}}
    if "featuresDict" not in node:
        return node
    kept = {}
    for key, child in node["featuresDict"].get("features", {}).items():
        below = f"{path}/{key}" if path else key
        if below in wanted or any(name.startswith(f"{below}/") for name in wanted):
            kept[key] = _pruned(child, below, wanted)
    return {**node, "featuresDict": {"features": kept}}


def _skip_images(feature: Any) -> Any:
    """Return decoders that leave every image encoded, nested like the features."""
    tfds = library()
    if type(feature) is tfds.features.Image:
        return tfds.decode.SkipDecoding()
    if type(feature) in (tfds.features.Dataset, tfds.features.Sequence):
        return _skip_images(feature.feature)
    if type(feature) is tfds.features.FeaturesDict:
        return {key: found for key, child in feature.items() if (found := _skip_images(child))}
    return {}


def _flat(value: Any, path: str, wanted: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield (path, numpy value) for each wanted path of a nested result."""
    if path in wanted or not isinstance(value, dict):
        yield path, _numpy(value)
        return
    for key, child in value.items():
        yield from _flat(child, f"{path}/{key}" if path else key, wanted)


def _numpy(value: Any) -> Any:
    """Return a tensor as a numpy array, scalar or bytes; a ragged tensor as nested lists of arrays."""
    if isinstance(value, dict):
        return {key: _numpy(child) for key, child in value.items()}
    if hasattr(value, "ragged_rank"):
        return [_numpy(row) for row in value]
    return value.numpy()


def _column(leaf: Leaf, values: list[Any]) -> Any:
    """Return the values of all steps in the form of the native reader."""
    if leaf.kind == "unsupported":
        return _encoded(_stacked(values))
    shape = (*leaf.lengths[1:], *leaf.shape)
    if None in shape or leaf.kind == "image" or (leaf.kind == "text" and not leaf.shape):
        return [_listed(value) for value in values]
    dtype = object if leaf.kind == "text" else leaf.dtype
    column = np.stack(values) if values else np.zeros((0, *(d or 0 for d in shape)), dtype)
    if column.shape[1:] != shape:
        what = f"the record holds lists of shape {column.shape[1:]}, but features.json says {shape}"
        raise MalformedExample(what, where=leaf.path)
    return column


def _value(leaf: Leaf, value: Any) -> Any:
    if leaf.kind == "unsupported":
        return _encoded(value)
    shape = (*leaf.lengths[1:], *leaf.shape)
    if leaf.kind == "number" and leaf.lengths and None not in shape:
        # TensorFlow's eager mode loses the shape of an empty value.
        return np.stack(value) if len(value) else np.zeros((0, *(d or 0 for d in shape)), leaf.dtype)
    return _listed(value) if leaf.lengths else value


def _listed(value: Any) -> Any:
    """Return texts and images as lists of bytes, as the native reader does; numbers unchanged."""
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1:
        return value.tolist()
    return value


def _stacked(values: list[Any]) -> Any:
    same = {getattr(value, "shape", None) for value in values}
    return np.stack(values) if len(same) == 1 and None not in same else values


def _encoded(value: Any) -> Any:
    """Return pictures as PNG: one picture [H, W, C] or nested lists of pictures; other values unchanged."""
    if isinstance(value, list):
        return [_encoded(child) for child in value]
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8:
        return value
    if value.ndim < 3 or value.shape[-1] not in (1, 3):
        return value
    if value.ndim > 3:
        return [_encoded(child) for child in value]
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(value[..., 0] if value.shape[-1] == 1 else value).save(buffer, "PNG")
    return buffer.getvalue()


def _is_video(leaf: Leaf, value: Any, steps: int) -> bool:
    """Return True if the value has one encoded picture per step."""
    pictures = leaf.kind == "unsupported" and isinstance(value, list) and len(value) == steps
    return pictures and all(isinstance(frame, bytes) for frame in value)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
