"""Translate the features.json of TFDS before 4.4, and the plain JSON that some connectors still use.

    {"type": "...Tensor", "content": {"shape": [7], "dtype": "float32"}}                        before protobuf
    {"type": "...Tensor", "content": {...}, "proto_cls": "tensorflow_datasets.TensorFeature"}   protobuf, older envelope
    {"pythonClassName": "...Tensor", "jsonFeature": {"json": "{\\"shape\\": [7], ...}"}}           newer envelope, plain JSON

Each becomes the node that TFDS writes today, so that features.py handles only one form. A node without such a form (text with a
vocabulary) loses its content, and features.py treats it as an unknown connector.
Source: from_json and from_json_content in TFDS's core/features.
"""

from typing import Any

from vladata.sources import json_text
from vladata.sources.json_text import Object

_FIELD_OF_MESSAGE = {
    "FeaturesDict": "featuresDict",
    "Sequence": "sequence",
    "TensorFeature": "tensor",
    "ClassLabel": "classLabel",
    "TextFeature": "text",
    "ImageFeature": "image",
}


def modern(node: Object, where: str) -> Object:
    """Return `node` in the form that TFDS writes today; a node that has this form is returned unchanged."""
    if "type" in node and "pythonClassName" not in node:
        return _from_envelope(node, where)
    holder = json_text.child(node, "jsonFeature", where)
    if not holder:
        return node
    name = json_text.text(node, "pythonClassName", where)
    plain = json_text.parse_object(json_text.text(holder, "json", where).encode(), where)
    return {"pythonClassName": name, **_content(name, plain, where)}


def _from_envelope(node: Object, where: str) -> Object:
    name = json_text.text(node, "type", where)
    message = json_text.text(node, "proto_cls", where).rsplit(".", 1)[-1]
    content = node.get("content", {})
    if isinstance(content, str):
        content = json_text.parse_object(content.encode(), where)
    plain = json_text.child({"content": content}, "content", where)
    if not message:
        return {"pythonClassName": name, **_content(name, plain, where)}
    field = _FIELD_OF_MESSAGE.get(message)
    return {"pythonClassName": name, field: plain} if field else {"pythonClassName": name}


def _content(name: str, plain: Object, where: str) -> dict[str, Any]:
    """Return the content that today's node has for a connector's plain JSON."""
    kind = name.rsplit(".", 1)[-1]
    if kind == "FeaturesDict":
        return {"featuresDict": {"features": plain}}
    if kind in ("Sequence", "Dataset"):
        length = plain.get("length")
        return {"sequence": {"feature": plain.get("feature"), "length": -1 if length is None else length}}
    if kind in ("Tensor", "Image"):
        shape = json_text.child({"shape": {"dimensions": plain.get("shape")}}, "shape", where)
        dimensions = [-1 if d is None else d for d in json_text.listed(shape, "dimensions", where)]
        field = "tensor" if kind == "Tensor" else "image"
        return {field: {**plain, "shape": {"dimensions": dimensions}}}
    if kind == "Text" and "use_encoder" not in plain:
        return {"text": {}}
    return {"classLabel": {}} if kind == "ClassLabel" else {}
