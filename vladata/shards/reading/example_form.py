"""One sample of a TFRecord shard, read from the bytes that examples.buffers wrote, without a general parser.

The tf.Examples that vladata writes have the manifest's features, sorted by name, each with one list of one kind. So the bytes in
front of a value follow from the feature's name, its kind and the length of its entry, and are compared in one call; the expected
bytes are kept for each length. Every byte of a record is either compared or part of a value, and its checksum is checked first.
A record of another form is parsed by formats/example.py, since other programs may write the same features in another order. A
missing or additional feature is a fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import CorruptRecord, FormatError
from vladata.fields import Spelled, flat
from vladata.formats.checksum import masked_crc
from vladata.formats.example import packed_varints, parse_example
from vladata.formats.tfrecord import HEAD, TAIL, parse_frame
from vladata.records import Sample
from vladata.shards.examples import IMAGES, IN_ROWS, KEY, ROWS, in_rows
from vladata.shards.manifest import Manifest
from vladata.shards.reading.columns import free_of
from vladata.shards.reading.example_fields import ExampleFields
from vladata.shards.reading.example_values import FLOATS, Value, json_of, text_of, whole_numbers
from vladata.shards.reading.places import IDENTITY

_TAGS = {
    "image": 10,
    "text": 10,
    "number": 18,
    "floats": 18,
    "float_rows": 18,
}  # other kinds are whole numbers: 26
_IMAGE = (
    0  # marks images: the lengths of their entries rarely repeat, so the bytes in front of them are not kept
)


class ExampleForm:
    """The samples of a dataset of TFRecord."""

    def __init__(self, manifest: Manifest) -> None:
        self._fields = manifest.fields
        in_rows = manifest.fields["bins"] in IN_ROWS
        self._free = free_of(manifest) if in_rows else frozenset()
        self._kinds = {KEY: "text", **flat(manifest.fields)}
        self._kinds |= {f"{IMAGES}{camera}": "image" for camera in manifest.cameras}
        self._names = sorted(self._kinds, key=str.encode)
        self._order = {name: i for i, name in enumerate(self._names)}
        self._partly = {f"{IMAGES}{camera}" for camera in manifest.partly}
        self._key = self._order[KEY]
        self._identity = [self._order[name] for name in IDENTITY]
        self._cameras = [(camera, self._order[f"{IMAGES}{camera}"]) for camera in manifest.cameras]
        self._features: list[tuple[bytes, int, bool, dict[int, bytes]]] = [
            (_field(name.encode()) + b"\x12", _TAGS.get(self._kinds[name], 26), name in self._partly, {})
            for name in self._names
        ]

    def parse(self, data: bytes | memoryview) -> tuple[str, dict[str, Any], Sequence[Value]]:
        """Return the key, the images as views, and all values in the order of the features. Raises FormatError unless the bytes
        are one sample."""
        record = _payload(data)
        try:
            values = self._walk(record)
        except (ValueError, IndexError):
            values = self._parsed(record)
        key = text_of(values[self._key])
        images = {camera: values[i] for camera, i in self._cameras if values[i] is not None}
        return key, images, values

    def identity(self, content: Sequence[Value]) -> tuple[Any, ...]:
        """Return the sample's dataset, task, episode and step."""
        dataset, task, episode, step = (content[i] for i in self._identity)
        return text_of(dataset), text_of(task), text_of(episode), *whole_numbers(step)

    def fields(self, contents: Sequence[Sequence[Value]]) -> ExampleFields:
        """Return the fields of several samples."""
        return ExampleFields(contents, self._order, self._fields, self._free)

    def sample(self, key: str, images: Mapping[str, Any], content: Sequence[Value]) -> Sample:
        """Return a sample from its parsed values."""
        return Sample(key, images, self._json(self._fields, "", content))

    def _json(self, kinds: Spelled, prefix: str, content: Sequence[Value]) -> dict[str, Any]:
        """Return the fields in the form of JSON."""
        found: dict[str, Any] = {}
        for name, kind in kinds.items():
            if isinstance(kind, Mapping):
                found[name] = self._json(kind, f"{name}/", content)
            else:
                found[name] = json_of(content[self._order[prefix + name]], kind)
        if ROWS in found:
            is_free = found["contract"] in self._free
            for name in ("action", "bins"):
                if kinds[name] in IN_ROWS:
                    found[name] = in_rows(found[name], 1 if is_free and name == "bins" else len(found[ROWS]))
        return found

    def _walk(self, data: bytes) -> list[Value]:
        """Return the value of each feature. Raises ValueError or IndexError for a record of another form."""
        found: list[Value] = []
        append = found.append
        at, stop = _entered(data, 0)
        if stop != len(data):
            raise ValueError
        for mark, tag, is_partly, kept in self._features:
            size, start = data[at + 1], at + 2
            if size > 127:
                if data[start] < 128:
                    size, start = size & 127 | data[start] << 7, at + 3
                else:
                    start, stop = _entered(data, at)
                    size = stop - start
            stop = start + size
            front = mark if tag == _IMAGE else kept.get(size)
            if front is None:
                front = kept[size] = _front(mark, tag, size)
            if data[at] == 10 and data.startswith(front, start):
                start += len(front)
                append(data[start:stop] if tag else memoryview(data)[_content(data, start, stop) : stop])
                at = stop
            elif is_partly:
                append(None)
            else:
                raise ValueError
        if at != len(data):
            raise ValueError
        return found

    def _parsed(self, data: bytes) -> list[Value]:
        """Return the value of each feature, by the general parser. Raises FormatError."""
        features: Mapping[str, Any] = parse_example(data)
        lacking = [name for name in self._names if name not in features and name not in self._partly]
        unknown = [name for name in features if name not in self._order]
        if lacking or unknown:
            says = (
                f"lacks {', '.join(lacking)}"
                if lacking
                else f"has features that the manifest does not name: {', '.join(unknown)}"
            )
            raise FormatError(f"the record {says}")
        return [self._value(name, features.get(name)) for name in self._names]

    def _value(self, name: str, given: Any) -> Value:
        kind = self._kinds[name]
        if given is None:
            return None if kind == "image" else b""
        if kind in ("text", "image"):
            if isinstance(given, list) and len(given) == 1:
                return memoryview(given[0]) if kind == "image" else bytes(given[0])
            raise FormatError(f"feature {name} is not one value of bytes")
        if not isinstance(given, np.ndarray) or (given.dtype == np.float32) != (kind in FLOATS):
            raise FormatError(f"feature {name} is not of kind {kind}")
        return given.tobytes() if kind in FLOATS else packed_varints(given)


def _payload(data: bytes | memoryview) -> bytes:
    """Return the payload of exactly one framed record. Raises FormatError if its checksums do not match."""
    framed = memoryview(data)
    payload = bytes(framed[HEAD:-TAIL])
    head = bytes(framed[:HEAD])
    if (
        int.from_bytes(head[:8], "little") == len(payload)
        and masked_crc(head[:8]) == int.from_bytes(head[8:], "little")
        and masked_crc(payload) == int.from_bytes(framed[-TAIL:], "little")
    ):
        return payload
    fault = parse_frame(bytes(data), 0, len(data) - HEAD - TAIL).fault
    raise fault or CorruptRecord("there is no record here")


def _entered(data: bytes, at: int) -> tuple[int, int]:
    """Return the beginning and end of the content of the field of tag 10 at `at`."""
    if data[at] != 10:
        raise ValueError
    size = shift = 0
    while True:
        at += 1
        size |= (data[at] & 127) << shift
        if data[at] < 128:
            return at + 1, at + 1 + size
        shift += 7


def _content(data: bytes, at: int, stop: int) -> int:
    """Return the beginning of an image whose feature begins at `at`; its feature, list and value all end at `stop`."""
    for tag in (0, 10, 10):
        if tag and data[at] != tag:
            raise ValueError
        at += tag > 0
        size, shift = data[at] & 127, 7
        while data[at] > 127:
            at += 1
            size |= (data[at] & 127) << shift
            shift += 7
        at += 1
        if at + size != stop:
            raise ValueError
    return at


def _front(mark: bytes, tag: int, size: int) -> bytes:
    """Return the bytes in front of the value in an entry of `size` bytes. mark: bytes of the name and the feature's tag.

    Raises ValueError for an impossible size.
    """
    feature = _inner(size - len(mark))
    content = _inner(feature - 1)
    front = mark + _varint(feature) + bytes((tag,)) + _varint(content)
    return front + b"\x0a" + _varint(_inner(content - 1)) if content else front


def _inner(rest: int) -> int:
    """Return the length of a content that takes `rest` bytes together with its length prefix."""
    for digits in range(1, 6):
        size = rest - digits
        if size >= 0 and len(_varint(size)) == digits:
            return size
    raise ValueError


def _varint(value: int) -> bytes:
    return bytes(_digits(value))


def _digits(value: int) -> Iterator[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value


def _field(content: bytes) -> bytes:
    return b"\x0a" + _varint(len(content)) + content
