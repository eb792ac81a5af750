"""Attributes as values: texts as bytes, numbers as numpy's, a JSON object as its parts, one level deep.

    data.attrs["problem_info"] = '{"language_instruction": "put the bowl", "objects": [...]}'
      problem_info/language_instruction   b"put the bowl"
      problem_info/objects                refused by name: a list

An attribute that cannot be a value is Refused, with the reason; it is a fault only if it is needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from vladata.sources.hdf5.kinds import Held, unread
from vladata.sources.hdf5.opening import FAULTS, said

Values = dict[str, Any]
_PARTS = 1000  # the most parts of a JSON object
_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True, slots=True)
class Refused:
    """The reason why an attribute is not a value; it takes the place of the value."""

    called: str
    reason: str


def attributes(group: Any) -> Values:
    """Return all attributes of a h5py.Group by name, JSON objects by NAME/PART."""
    found: Values = {}
    for name in group.attrs:
        try:
            value = as_value(group.attrs[name])
        except FAULTS as error:
            value = Refused("an attribute", f"h5py says: {said(error)}")
        parts = _parts(value) if isinstance(value, bytes) else None
        if parts is None:
            found[name] = value
        else:
            found |= {f"{name}/{part}": _of_json(inner) for part, inner in parts.items()}
    return found


def joined(levels: Mapping[str, Values], taken: frozenset[str]) -> Values:
    """Return the attributes of several groups, the nearest group first. An attribute whose name is taken becomes LEVEL/NAME."""
    found: Values = {}
    for level, values in levels.items():
        found |= {
            f"{level}/{name}" if name in taken or name in found else name: value
            for name, value in values.items()
        }
    return found


def as_value(value: Any) -> Any:
    """Return the value of an attribute or a scalar dataset: bytes, a numpy number or array, or Refused."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, bool | int | float):
        return _of_json(value)
    if (
        isinstance(value, np.generic | np.ndarray)
        and value.dtype.kind in "biuf"
        and value.dtype.itemsize <= 8
    ):
        return value.astype(value.dtype.newbyteorder("="))
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        texts = np.empty(value.shape, object)
        for at in np.ndindex(value.shape):
            text = as_value(value[at])
            if not isinstance(text, bytes):
                return Refused("a list", "its items are not texts")
            texts[at] = text
        return texts
    return Refused(
        "an attribute", f"it is of type {type(value).__name__}, which is neither a number nor a text"
    )


def held_value(value: Any) -> tuple[Held, tuple[int, ...]]:
    """Return the kind and shape of a value."""
    if isinstance(value, Refused):
        return unread(value.called, value.reason), ()
    if isinstance(value, bytes):
        return Held("text", "string", "text"), ()
    if value.dtype == object:
        return Held("text", "string", "texts"), value.shape
    return Held("number", value.dtype.name, "value"), value.shape


def spelled(values: Values) -> Iterator[bytes]:
    """Yield the bytes from which a digest of the values is made, in the order of their names."""
    for name in sorted(values):
        value = values[name]
        yield name.encode("utf-8", "surrogateescape")
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, Refused):
            yield value.reason.encode()
        elif value.dtype == object:
            yield from value.ravel().tolist()
        else:
            yield f"{value.dtype.name} {value.shape}".encode()
            yield value.tobytes()


def _parts(text: bytes) -> dict[str, Any] | None:
    """Return the parts of a text that is a JSON object; None for any other text."""
    if not text.lstrip().startswith(b"{"):
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if len(found) <= _PARTS else None


def _of_json(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int) and value in _INT64:
        return np.int64(value)
    if isinstance(value, float):
        return np.float64(value)
    names = {list: "a list", dict: "an object", type(None): "null"}
    return Refused(names.get(type(value), "a number"), "inside JSON only texts and numbers are values")
