"""A sample as tf.Example, and back; the features.json with which TFDS reads such an output.

images/<camera>   bytes      the encoded image
prompt ...        bytes      every text field of KEY.json
action, state     float32    [D], [S]
bins, step ...    int64
a field of rows              one row after another; `mask` has as many numbers as there are rows
source/file ...   fields of a group, joined by a slash as TFDS joins them
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from vladata import records
from vladata.fields import Field, Spelled, flat, spelled
from vladata.formats.example import encode_example, parse_example
from vladata.formats.tfrecord import frame_parts, scan_records
from vladata.records import Sample
from vladata.shards.tfds_features import dictionary, image, images, tensor, text

Shapes = Mapping[str, tuple[int | None, ...]]
"""Field of numbers -> its shape, if all samples have one shape; None as the number of rows is any number. TFDS cannot read rows
of different widths: such a field has no shape."""
IMAGES = "images/"
KEY = "key"
ONE = ("text", "integer", "number")  # kinds of a single value
IN_ROWS, ROWS = (
    ("float_rows", "integer_rows"),
    "mask",
)  # kinds of several rows, and the field with their number


def buffers(sample: Sample) -> list[bytes]:
    """Return the bytes of one sample: one framed record."""
    features: dict[str, Any] = {f"{IMAGES}{camera}": [bytes(i)] for camera, i in sample.images.items()}
    features[KEY] = [sample.key.encode()]
    encoders = _encoders((*records.FIELDS, *records.OPTIONAL.values()))
    for name, value in _flat(sample.fields):
        features[name] = encoders[name](value)
    return list(frame_parts(encode_example(features)))


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{inner}", v) for inner, v in value.items())
        else:
            yield name, value


ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "text": lambda value: [value.encode()],
    "integer": lambda value: np.array([value], np.int64),
    "number": lambda value: np.array([value], np.float32),
    "integers": lambda value: np.asarray(value, np.int64).reshape(-1),
    "floats": lambda value: np.asarray(value, np.float32).reshape(-1),
}
"""Kind of a field -> its value as a feature; rows are one after another."""


@lru_cache(maxsize=8)
def _encoders(fields: tuple[Field[Any], ...]) -> dict[str, Callable[[Any], Any]]:
    return {name: ENCODERS[kind] for name, kind in flat(spelled(fields)).items()}


def samples(file: Any, fields: Spelled) -> Iterator[Sample]:
    """Yield the samples of a TFRecord shard (an open file) and check their checksums. fields: as its manifest names them."""
    kinds = flat(fields)
    for record in scan_records(file):
        if record.fault:
            raise record.fault
        yield sample_of(record.data, kinds)


def sample_of(data: bytes | memoryview, kinds: Mapping[str, str]) -> Sample:
    """Return the sample in the payload of one record. kinds: the result of `flat` for its fields."""
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
            fields.setdefault(outer, {})[inner] = _value(kinds.get(name, ""), column)
        else:
            fields[name] = _value(kinds.get(name, ""), column)
    if ROWS in fields:
        count = len(fields[ROWS])
        fields |= {n: in_rows(v, count) for n, v in fields.items() if kinds.get(n) in IN_ROWS}
    return Sample(key, images, fields)


def in_rows(values: list[Any], rows: int) -> list[Any]:
    """Return numbers as rows of one length; as one row if they do not divide evenly, as bins that are not of single actions."""
    width = len(values) // max(1, rows)
    if not width or width * rows != len(values):
        return [values] if values else values
    return [values[i : i + width] for i in range(0, len(values), width)]


def _value(kind: str, column: Any) -> Any:
    """Return a feature's value in the form of JSON; `vladata verify` checks that it is of its kind."""
    listed = [bytes(each).decode() for each in column] if isinstance(column, list) else column.tolist()
    return listed[0] if kind in ONE and len(listed) == 1 else listed


def features_json(
    fields: Spelled, cameras: Collection[str], partly: Collection[str], shapes: Shapes
) -> dict[str, Any]:
    """Return the features.json of an output.

    A camera of `partly` is a list of images, empty in samples without it, since TFDS has no optional features.
    """
    shown = dictionary({camera: images() if camera in partly else image() for camera in cameras})
    key = {KEY: FEATURES["text"](None)}
    return dictionary({**key, **_tree(fields, shapes), IMAGES.removesuffix("/"): shown})


def _tree(fields: Spelled, shapes: Shapes) -> dict[str, Any]:
    return {
        name: dictionary(_tree(kind, {})) if isinstance(kind, Mapping) else FEATURES[kind](shapes.get(name))
        for name, kind in fields.items()
    }


FEATURES: Mapping[str, Callable[[tuple[int | None, ...] | None], dict[str, Any]]] = {
    "text": lambda _: text(),
    "integer": lambda _: tensor([], "int64"),
    "number": lambda _: tensor([], "float32"),
    "integers": lambda shape: tensor(shape or [None], "int64"),
    "floats": lambda shape: tensor(shape or [None], "float32"),
    "integer_rows": lambda shape: tensor(shape or [None], "int64"),
    "float_rows": lambda shape: tensor(shape or [None], "float32"),
}
"""Kind of a field and its shape -> its feature of TFDS."""
