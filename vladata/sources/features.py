"""features.json as a flat table: the place and form of each leaf in a record.

    {"pythonClassName": ..., "featuresDict": {"features": {name: node, ...}}}     a level of the path
    {"pythonClassName": ..., "sequence": {"feature": node, "length": "-1"}}       Sequence or Dataset, -1 = any length
    {"pythonClassName": ..., "tensor": {"shape": {"dimensions": ["7"]}, "dtype": "float32", "encoding": "none"}}
    {"pythonClassName": ..., "image": {...}}, "text": {}, "classLabel": {...}, and more that TFDS has

A leaf that cannot be read exactly (an unknown connector, a dtype that numpy does not have, a shape that TFDS itself cannot
read back) has kind "unsupported": it is refused only if it is needed. A text that is not a features.json is MalformedJson. A path
is the names joined by "/", as in TFDS; a name may contain "/".
Source: TFDS's core/features and its Feature message.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from vladata.errors import MalformedJson, UnsupportedFeature, shown
from vladata.sources import json_text, legacy
from vladata.sources.json_text import Object

FEATURES = "features.json"
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
_DEEPEST = 64
_MOST_DIMENSIONS = 16
_MOST_VALUES = 2**48
_UNKNOWN = "its stored form is not known"
_TFDS = "tensorflow_datasets.core.features."
_CONTENTS = {
    "FeaturesDict": "featuresDict",
    "Sequence": "sequence",
    "Dataset": "sequence",
    "Tensor": "tensor",
    "Scalar": "tensor",
    "ClassLabel": "classLabel",
    "Text": "text",
    "Image": "image",
}

Shape = tuple[int | None, ...]
Kind = Literal["number", "text", "image", "video", "unsupported"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that a record holds, once or in a list.

    path:       its place in a record, "steps/observation/state".
    kind:       number (labels too), text (strings of bytes), image (encoded, as stored), video (frames of a video file, one per
                step), or unsupported.
    dtype:      the type of one value, as in features.json: "float32", "bool", "string"; for an image, of its pixels.
    shape:      the shape of one value, (7,); None = unknown. For an image: height, width, channels.
    encoding:   numbers: "none", "bytes" or "zlib"; images: "jpeg", "png" or "" as declared; else "".
    per_step:   True if it has one value per step.
    lengths:    the lengths of the lists around it, outermost first, the list of steps included; None = any length.
    tfds_class: the connector's name, "ClassLabel"; in other formats, the name of the type.
    reason:     the reason why it is unsupported, else "".
    advice:     advice for an unsupported leaf.
    optional:   True if some episodes do not have it.
    names:      the names of the dimensions of a row of numbers, if the data gives all of them; else ().
    """

    path: str
    kind: Kind
    dtype: str
    shape: Shape
    encoding: str
    per_step: bool
    lengths: Shape
    tfds_class: str
    reason: str = ""
    advice: str = "`--reader tfds` reads it through tensorflow-datasets"
    optional: bool = False
    names: tuple[str, ...] = ()

    @property
    def dynamic(self) -> bool:
        """True if the shape is stored beside the value, since more than one dimension is unknown."""
        return self.kind == "number" and self.encoding != "none" and self.shape.count(None) > 1

    def require_supported(self) -> None:
        """Raise UnsupportedFeature for a leaf that the native reader cannot read."""
        if self.kind == "unsupported":
            raise UnsupportedFeature(
                f"the native reader cannot read {self.tfds_class} here: {self.reason}",
                where=self.path,
                hint=f"{self.advice}, or leave the key out of the schema.",
            )


@dataclass(frozen=True, eq=False)
class Features:
    """All leaves of a features.json by path, in the file's order, and the text of the file (for `--reader tfds`)."""

    leaves: Mapping[str, Leaf]
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Spot:
    """The position in features.json: the file, the names on the way, the lists around it."""

    file: str
    table: str
    names: tuple[str, ...] = ()
    lengths: Shape = ()
    per_step: bool = False

    @property
    def path(self) -> str:
        return "/".join(self.names)

    @property
    def where(self) -> str:
        return f"{self.file}, {shown(self.path)}" if self.names else self.file

    def leaf(
        self, kind: Kind, tfds_class: str, dtype: str = "", shape: Shape = (), encoding: str = ""
    ) -> Leaf:
        return Leaf(self.path, kind, dtype, shape, encoding, self.per_step, self.lengths, tfds_class)

    def unsupported(self, tfds_class: str, reason: str) -> Leaf:
        return Leaf(self.path, "unsupported", "", (), "", self.per_step, self.lengths, tfds_class, reason)


def parse_features(text: bytes, where: str, table: str) -> Features:
    """Return the content of a features.json. table: the name of the top-level list whose leaves have one value per step."""
    leaves: dict[str, Leaf] = {}
    for leaf in _walk(json_text.parse_object(text, where), _Spot(where, table)):
        if leaf.path in leaves:
            raise MalformedJson("two features have one path", where=where, got=leaf.path)
        leaves[leaf.path] = leaf
    return Features(leaves, text)


def _walk(node: Object, spot: _Spot) -> Iterator[Leaf]:
    """Yield the leaves at and below `node`."""
    if len(spot.names) + len(spot.lengths) > _DEEPEST:
        raise MalformedJson("features are nested too deeply", where=spot.file, allowed=f"{_DEEPEST} levels")
    node = legacy.modern(node, spot.where)
    full_name = json_text.text(node, "pythonClassName", spot.where)
    if not full_name:
        raise MalformedJson("a feature has no pythonClassName", where=spot.where)
    if not full_name.startswith(_TFDS):
        yield spot.unsupported(full_name, _UNKNOWN)
        return
    name = full_name.rsplit(".", 1)[-1]
    content = _CONTENTS.get(name, "")
    if content not in node:
        yield spot.unsupported(name, "its content is not known" if content else _UNKNOWN)
    elif name == "FeaturesDict":
        features = json_text.child(json_text.child(node, content, spot.where), "features", spot.where)
        for key in features:
            inner = json_text.child(features, key, spot.where)
            yield from _walk(inner, replace(spot, names=(*spot.names, key)))
    elif content == "sequence":
        yield from _list(json_text.child(node, content, spot.where), name, spot)
    else:
        yield _leaf(json_text.child(node, content, spot.where), name, spot)


def _list(sequence: Object, name: str, spot: _Spot) -> Iterator[Leaf]:
    """Yield the leaves of a Sequence or Dataset."""
    is_table = spot.names == (spot.table,) and not spot.lengths
    if name == "Dataset" and not is_table:
        yield spot.unsupported(name, f'a Dataset can be read only as "{spot.table}"')
        return
    length = json_text.integer(sequence.get("length", 0), f"{spot.where}, length")
    if length < -1:
        raise MalformedJson("a negative length", where=spot.where, got=length, allowed="-1 (any) or more")
    lengths = (*spot.lengths, None if length == -1 else length)
    inner = json_text.child(sequence, "feature", spot.where)
    yield from _walk(inner, replace(spot, lengths=lengths, per_step=spot.per_step or is_table))


def _leaf(content: Object, name: str, spot: _Spot) -> Leaf:
    if name == "Text":
        return spot.leaf("text", name, "string")
    if name == "ClassLabel":
        return spot.leaf("number", name, "int64", (), "none")
    shape = _shape(content, spot.where)
    dtype = json_text.text(content, "dtype", spot.where)
    if name == "Image":
        encoding = json_text.text(content, "encodingFormat", spot.where)
        return spot.leaf("image", name, dtype, shape, encoding)
    encoding = json_text.text(content, "encoding", spot.where).lower() or "none"
    reason = _refusal(content, dtype, shape, encoding, len(spot.lengths))
    if reason:
        return spot.unsupported(name, reason)
    if dtype == "string":
        return spot.leaf("text", name, dtype, shape)
    return spot.leaf("number", name, dtype, shape, encoding)


def _refusal(content: Object, dtype: str, shape: Shape, encoding: str, rank: int) -> str:
    """Return the reason why a tensor cannot be read; "" if it can."""
    unknown = shape.count(None)
    if content.get("optional"):
        return "values may be missing (optional)"
    if dtype not in (*INTEGERS, *FLOATS, "bool", "string"):
        return f"dtype {shown(dtype)}"
    if encoding not in ("none", "bytes", "zlib") or (dtype == "string" and encoding != "none"):
        return f"encoding {shown(encoding)} of dtype {dtype}"
    if encoding == "none" and 0 in shape:
        return "an empty shape, whose values cannot be counted"
    if encoding == "none" and unknown and (unknown > 1 or rank):
        return "an unknown dimension that is not in the record"
    if unknown > 1 and rank > 1:
        return "unknown dimensions in a list within a list"
    return ""


def _shape(content: Object, where: str) -> Shape:
    dimensions = json_text.integers(json_text.child(content, "shape", where), "dimensions", where)
    if any(d < -1 for d in dimensions):
        allowed = "-1 (unknown) or more"
        raise MalformedJson("a negative dimension", where=where, got=min(dimensions), allowed=allowed)
    if len(dimensions) > _MOST_DIMENSIONS or math.prod(max(1, d) for d in dimensions) > _MOST_VALUES:
        allowed = f"at most {_MOST_DIMENSIONS} dimensions and 2**48 values"
        raise MalformedJson("the shape is too large", where=where, got=dimensions, allowed=allowed)
    return tuple(None if d == -1 else d for d in dimensions)
