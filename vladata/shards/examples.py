"""A sample as tf.Example, and back; the features.json with which TFDS reads such an output.

images/<camera>   bytes      the encoded image
prompt ...        bytes      every text field of KEY.json
action, state     float32    [D], [S]
bins, step ...    int64
source/file ...   nested fields, joined by a slash as TFDS joins them
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from vladata.formats.example import encode_example, parse_example
from vladata.formats.tfrecord import frame_parts, scan_records
from vladata.records import TEXTS, Sample

FLOATS = ("action", "state")
IMAGES = "images/"
KEY = "key"
_TFDS = "tensorflow_datasets.core.features."
_CLASSES = {
    "dict": _TFDS + "features_dict.FeaturesDict",
    "tensor": _TFDS + "tensor_feature.Tensor",
    "scalar": _TFDS + "scalar.Scalar",
    "text": _TFDS + "text_feature.Text",
    "image": _TFDS + "image_feature.Image",
    "sequence": _TFDS + "sequence_feature.Sequence",
}


def buffers(sample: Sample) -> list[bytes]:
    """The bytes of one sample: one framed record."""
    features: dict[str, Any] = {f"{IMAGES}{camera}": [bytes(i)] for camera, i in sample.images.items()}
    features[KEY] = [sample.key.encode()]
    for name, value in _flat(sample.fields):
        features[name] = _column(name, value)
    return list(frame_parts(encode_example(features)))


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{inner}", v) for inner, v in value.items())
        else:
            yield name, value


def _column(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return [value.encode()]
    return np.atleast_1d(np.asarray(value, np.float32 if name in FLOATS else np.int64))


def samples(file: Any) -> Iterator[Sample]:
    """The samples of a TFRecord shard (an open file), checksums checked."""
    for record in scan_records(file):
        if record.fault:
            raise record.fault
        yield sample_of(record.data)


def sample_of(data: bytes | memoryview) -> Sample:
    """The sample that one record's payload holds."""
    images: dict[str, bytes] = {}
    fields: dict[str, Any] = {}
    key = ""
    columns: Any = parse_example(data)
    for name, column in columns.items():
        if name.startswith(IMAGES):
            images[name.removeprefix(IMAGES)] = bytes(column[0])
        elif name == KEY:
            key = bytes(column[0]).decode()
        elif "/" in name:
            outer, _, inner = name.partition("/")
            fields.setdefault(outer, {})[inner] = _value(name, column)
        else:
            fields[name] = _value(name, column)
    return Sample(key, images, fields)


def _value(name: str, column: Any) -> Any:
    if isinstance(column, list):
        return bytes(column[0]).decode()
    listed = column.tolist()
    return listed if name in (*FLOATS, "bins") else listed[0]


def features_json(
    cameras: Iterable[str],
    action: int | None,
    state: int | None,
    bins: int | None,
    partly: Collection[str] = (),
) -> dict[str, Any]:
    """The features.json of an output: how many numbers its action, state and bins have, None where samples differ.

    A camera of `partly` is a list of images, which is empty where a sample lacks it: TFDS has no other way to say that.
    """
    tree: dict[str, Any] = {name: _leaf("text", {"text": {}}) for name in (KEY, *TEXTS)}
    tree["images"] = _dict({camera: _images() if camera in partly else _image() for camera in cameras})
    tree |= {"action": _tensor([action], "float32"), "state": _tensor([state], "float32")}
    tree |= {
        "bins": _tensor([bins], "int64"),
        "step": _tensor([], "int64"),
        "terminate": _tensor([], "int64"),
    }
    numbers = {name: _tensor([], "int64") for name in ("offset", "length")}
    tree["source"] = _dict({"file": _leaf("text", {"text": {}}), **numbers})
    return _dict(tree)


def _leaf(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"pythonClassName": _CLASSES[kind], **content}


def _dict(features: dict[str, Any]) -> dict[str, Any]:
    return _leaf("dict", {"featuresDict": {"features": features}})


def _tensor(shape: list[int | None], dtype: str) -> dict[str, Any]:
    dimensions = {"dimensions": ["-1" if n is None else str(n) for n in shape]} if shape else {}
    return _leaf(
        "tensor" if shape else "scalar", {"tensor": {"shape": dimensions, "dtype": dtype, "encoding": "none"}}
    )


def _image() -> dict[str, Any]:
    shape = {"dimensions": ["-1", "-1", "3"]}
    return _leaf("image", {"image": {"shape": shape, "dtype": "uint8"}})


def _images() -> dict[str, Any]:
    return _leaf("sequence", {"sequence": {"feature": _image(), "length": "-1"}})
