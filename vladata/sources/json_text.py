"""Read values from the JSON of a source, with a check of their types.

Any text gives a value of the wanted type, or MalformedJson with the file and the path of the value. TFDS writes its JSON with
protobuf, so 64-bit integers are strings ("25"), names are in camelCase, and fields with their default value are left out.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from vladata.errors import MalformedJson

Object = Mapping[str, Any]
_INTEGER = re.compile(r"-?[0-9]{1,19}\Z")


def parse_object(text: bytes, where: str) -> Object:
    """Return the JSON object in `text`."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        hint = f"The parser says: {error}. Perhaps the file was cut: fetch it again."
        raise MalformedJson("this is not JSON", where=where, got=text, hint=hint) from None
    if not isinstance(value, dict):
        raise _wrong(value, where, "an object")
    return value


def child(parent: Object, key: str, where: str) -> Object:
    """Return the object under `key`; {} if it is missing."""
    value = _get(parent, key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(value, f"{where}, {key}", "an object")
    return value


def children(parent: Object, key: str, where: str) -> list[Object]:
    """Return the list of objects under `key`; [] if it is missing."""
    values = listed(parent, key, where)
    for value in values:
        if not isinstance(value, dict):
            raise _wrong(value, f"{where}, {key}", "a list of objects")
    return values


def text(parent: Object, key: str, where: str, default: str = "") -> str:
    """Return the string under `key`."""
    value = _get(parent, key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise _wrong(value, f"{where}, {key}", "a string")
    return value


def listed(parent: Object, key: str, where: str) -> list[Any]:
    """Return the list under `key`; [] if it is missing."""
    value = _get(parent, key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(value, f"{where}, {key}", "a list")
    return value


def integers(parent: Object, key: str, where: str) -> tuple[int, ...]:
    """Return the list of integers under `key` as a tuple; () if it is missing."""
    return tuple(integer(value, f"{where}, {key}") for value in listed(parent, key, where))


def integer(value: object, where: str) -> int:
    """Return `value` as an integer; it may be a number, or a string of digits."""
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(value, where, "an integer")


def _get(parent: Object, key: str) -> Any:
    """Return the value under `key`, or under its snake_case spelling, which protobuf's JSON reader also accepts."""
    if key in parent:
        return parent[key]
    return parent.get(re.sub("([A-Z])", lambda found: "_" + found[1].lower(), key))


def _wrong(value: object, where: str, allowed: str) -> MalformedJson:
    return MalformedJson("a value of the wrong type", where=where, got=value, allowed=allowed)
