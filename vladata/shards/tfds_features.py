"""Nodes of a features.json, in TFDS's own form."""

from collections.abc import Mapping, Sequence
from typing import Any

_TFDS = "tensorflow_datasets.core.features."
_CLASSES = {
    "dict": "features_dict.FeaturesDict",
    "tensor": "tensor_feature.Tensor",
    "scalar": "scalar.Scalar",
    "text": "text_feature.Text",
    "image": "image_feature.Image",
    "sequence": "sequence_feature.Sequence",
    "dataset": "dataset_feature.Dataset",
}
ENCODINGS: Mapping[tuple[str, ...], str] = {("jpg",): "jpeg", ("png",): "png"}
"""The kinds of a camera's pictures -> TFDS's name of their encoding; for other kinds none is given, and TFDS decodes any."""


def _leaf(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"pythonClassName": _TFDS + _CLASSES[kind], **content}


def dictionary(features: dict[str, Any]) -> dict[str, Any]:
    """Return a node of several features by name."""
    return _leaf("dict", {"featuresDict": {"features": features}})


def tensor(shape: Sequence[int | None], dtype: str) -> dict[str, Any]:
    """Return a node of numbers of one shape, in which None is any size; one number for the shape ()."""
    kind = "tensor" if shape else "scalar"
    return _leaf(kind, {"tensor": {"shape": _shape(shape), "dtype": dtype, "encoding": "none"}})


def text() -> dict[str, Any]:
    """Return a node of one text."""
    return _leaf("text", {"text": {}})


def image(size: Sequence[int] | None = None, encoding: str = "") -> dict[str, Any]:
    """Return a node of an encoded picture. size: height and width of all pictures; None if they differ."""
    shape = _shape([*(size or (None, None)), 3])
    known = {"encodingFormat": encoding} if encoding else {}
    return _leaf("image", {"image": {"shape": shape, "dtype": "uint8", **known}})


def images() -> dict[str, Any]:
    """Return a node of a list of pictures."""
    return _leaf("sequence", {"sequence": {"feature": image(), "length": "-1"}})


def dataset(features: dict[str, Any]) -> dict[str, Any]:
    """Return a node of a Dataset whose elements have `features`: the steps of an episode."""
    return _leaf("dataset", {"sequence": {"feature": dictionary(features), "length": "-1"}})


def _shape(shape: Sequence[int | None]) -> dict[str, Any]:
    return {"dimensions": ["-1" if n is None else str(n) for n in shape]} if shape else {}
