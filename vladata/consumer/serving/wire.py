"""Messages to bytes and back: msgpack with numpy arrays, decoded under limits, since anybody may send them.

Two forms of an array are read, openpi-client's and vla-eval's:

    {b"__ndarray__": true, b"data": bytes, b"dtype": "<f4", b"shape": [8, 7]}       also with text for keys
    {"__image__": true, "format": "png", "data": bytes, "shape": [224, 224, 3]}     PNG, JPEG, or raw with a dtype

A decoder that passes `dtype` and `shape` to numpy unchecked can be made to read foreign memory (dtype "|O"), or to allocate all
memory. Here a dtype must be in a table, a shape must be whole numbers from 0 that fit the length of the data, and announced sizes
are checked before anything is allocated. Nothing is unpickled, and no name in a message decides which code runs.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from vladata.consumer.serving.picture import picture
from vladata.errors import MalformedMessage

ARRAY, GENERIC, IMAGE = "__ndarray__", "__npgeneric__", "__image__"
SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
_KINDS = [np.dtype(f"{kind}{size}") for kind, sizes in SIZES.items() for size in sizes]
DTYPES = {
    name: dtype
    for one in _KINDS
    for dtype in (one, one.newbyteorder(">"))
    for name in (dtype.str, *([one.name] if dtype is one else []))
}
"""Name -> dtype, for the dtypes that an array may have: numpy's short names, and in native byte order also its long names."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a message.

    size:   most bytes of the whole message.
    items:  most maps, lists and members of these, together.
    depth:  most levels of nested maps and lists.
    text:   most bytes of a text.
    axes:   most axes of an array.
    pixels: most pixels of all pictures that come as files, together.
    """

    size: int = 32 << 20
    items: int = 20_000
    depth: int = 16
    text: int = 64 << 10
    axes: int = 8
    pixels: int = 4 << 20


LIMITS = Limits()


def encoded(message: Any, keys: Callable[[str], str | bytes] = str.encode) -> bytes:
    """Return a message as bytes. keys: makes the keys of arrays; they are bytes for openpi-client, text for vla-eval.

    Raises TypeError for values that cannot be sent, such as arrays of objects."""

    def spelled(value: Any) -> Any:
        if isinstance(value, np.generic) and value.dtype.kind in SIZES:
            return value.item()
        if isinstance(value, np.ndarray) and value.dtype.kind in SIZES:
            told = {
                ARRAY: True,
                "data": value.tobytes(),
                "dtype": value.dtype.str,
                "shape": list(value.shape),
            }
            return {keys(name): part for name, part in told.items()}
        raise TypeError(f"{type(value).__name__} cannot be sent")

    packed: bytes = msgpack.packb(message, default=spelled)
    return packed


def decoded(data: bytes, limits: Limits = LIMITS) -> Any:
    """Return the message in some bytes, its arrays read-only and in native byte order.

    Raises MalformedMessage for anything else."""
    if len(data) > limits.size:
        got, allowed = f"{len(data):,} bytes", f"up to {limits.size:,} bytes"
        raise MalformedMessage("a message is too large", got=got, allowed=allowed)
    reader = _Reader(limits)
    most = min(
        limits.items, len(data)
    )  # msgpack allocates the announced length of a list before it reads the items
    try:
        found = msgpack.unpackb(
            data,
            object_hook=reader.map,
            list_hook=reader.list,
            ext_hook=reader.extension,
            max_str_len=limits.text,
            max_array_len=most,
            max_map_len=most,
        )
    except MalformedMessage:
        raise
    except (ValueError, TypeError, OverflowError, msgpack.exceptions.UnpackException) as fault:
        what = "a message is not valid msgpack, or holds a part that is over a limit"
        raise MalformedMessage(what, got=type(fault).__name__) from None
    _check_parts(found, limits.depth)
    return found


class _Reader:
    """A reader of one message: it counts the items, and makes the arrays."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.items, self.pixels = limits, 0, 0

    def list(self, found: list[Any]) -> list[Any]:
        self._count(len(found))
        return found

    def map(self, found: dict[Any, Any]) -> Any:
        self._count(2 * len(found))
        for mark, make in ((ARRAY, self._array), (GENERIC, _number), (IMAGE, self._image)):
            if mark in found or mark.encode() in found:
                return make(_named(found))
        return found

    def extension(self, code: int, data: bytes) -> Any:
        raise MalformedMessage("a message holds an extension of msgpack", got=f"type {code}", allowed="none")

    def _count(self, more: int) -> None:
        self.items += 1 + more
        if self.items > self.limits.items:
            raise MalformedMessage("a message has too many parts", allowed=f"up to {self.limits.items:,}")

    def _array(self, told: Mapping[str, Any]) -> np.ndarray:
        data, dtype = _bytes(told), _dtype(told)
        shape = _shape(told, self.limits.axes)
        if math.prod(shape) * dtype.itemsize != len(data):
            got, allowed = f"{len(data):,} bytes", f"{dtype.name} {list(shape)}"
            raise MalformedMessage("the data of an array does not fit its shape", got=got, allowed=allowed)
        if not data:
            found = _empty(shape, dtype.newbyteorder("="), self.limits.size)
        elif dtype.kind == "b":  # bytes other than 0 and 1 would be neither True nor False in numpy
            found = np.frombuffer(data, np.uint8).reshape(shape) != 0
        else:
            found = np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
        found.flags.writeable = False
        return found

    def _image(self, told: Mapping[str, Any]) -> np.ndarray:
        """Decode a picture that comes as a file.

        The limit is for all pictures of a message together, by their stated shapes."""
        if told.get("format") == "raw":
            return self._array(told)
        shape, data = _shape(told, self.limits.axes), _bytes(told)
        self.pixels += math.prod(shape[:2])
        if self.pixels > self.limits.pixels:
            allowed = f"up to {self.limits.pixels:,} pixels in all"
            raise MalformedMessage(
                "the pictures of a message are too large", got=list(shape), allowed=allowed
            )
        return picture(data, shape)


def _named(found: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a map with its keys as text."""
    out = {}
    for key, value in found.items():
        name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
        if name in out:
            raise MalformedMessage("a key of an array appears twice", got=name)
        out[name] = value
    return out


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any], most: int) -> np.ndarray:
    """Check the axes of an array without elements, and return it."""
    if max(shape, default=0) > most:
        what, allowed = "an axis of an empty array is too long", f"up to {most:,}"
        raise MalformedMessage(what, got=list(shape), allowed=allowed)
    try:
        return np.zeros(shape, dtype)
    except ValueError:  # the product of the axes that are not 0 is too large
        raise MalformedMessage("the axes of an empty array are too long", got=list(shape)) from None


def _number(told: Mapping[str, Any]) -> np.generic:
    dtype, value = _dtype(told), told.get("data")
    if isinstance(value, bool | int | float):
        with suppress(OverflowError, ValueError):
            found: np.generic = dtype.type(value)
            return found
    raise MalformedMessage("a number does not fit its type", got=type(value).__name__, allowed=dtype.name)


def _dtype(told: Mapping[str, Any]) -> np.dtype[Any]:
    name = told.get("dtype")
    name = name.decode("ascii", "replace") if isinstance(name, bytes) else name
    if not isinstance(name, str) or name not in DTYPES:
        allowed = "bool, int, uint or float"
        raise MalformedMessage("the dtype of an array is not supported", got=name, allowed=allowed)
    return DTYPES[name]


def _shape(told: Mapping[str, Any], axes: int) -> tuple[int, ...]:
    shape = told.get("shape")
    if (
        isinstance(shape, list)
        and len(shape) <= axes
        and all(type(each) is int and each >= 0 for each in shape)
    ):
        return tuple(shape)
    allowed = f"up to {axes} whole numbers from 0"
    raise MalformedMessage("the shape of an array is not valid", got=shape, allowed=allowed)


def _bytes(told: Mapping[str, Any]) -> bytes:
    data = told.get("data")
    if not isinstance(data, bytes):
        what = "the data of an array must be bytes"
        raise MalformedMessage(what, got=type(data).__name__, allowed="bytes")
    return data


def _check_parts(found: Any, most: int) -> None:
    """Raise MalformedMessage if maps and lists are nested too deep, or hold a time.

    A time is an extension that msgpack turns into an object without calling our hook."""
    level, depth = [found], 0
    while level:
        if any(isinstance(each, msgpack.Timestamp) for each in level):
            raise MalformedMessage("a message holds an extension of msgpack", got="a time", allowed="none")
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [part for each in inner for part in (each.values() if isinstance(each, dict) else each)]
        depth += bool(inner)
        if depth > most:
            raise MalformedMessage(
                "maps and lists of a message are nested too deep", allowed=f"up to {most} levels"
            )
