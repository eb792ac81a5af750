"""One JSON text as a record: parsed by orjson, or by Python's slower parser if orjson may be wrong.

A key that appears twice is a DuplicateKey; the last one is never taken silently. orjson does not report it, so keys are counted:
each key ends in a quote and a colon, so a text has at least as many of these pairs as keys. If it has exactly as many as the keys
that orjson returned, no key appears twice. If it has more (mostly since a value contains such a pair), Python's parser reads the
record. Python's parser also reads the NaN that Python and pandas write, which is not JSON, as null; it keeps half a character in
a text, so that the code that uses this text refuses it; and it keeps the digits of an integer that orjson would round.
"""

import json
import re
from typing import Any

import orjson

from vladata.errors import BadText, UnfitRecord

DEEPEST = 32
MOST_VALUES = 100_000
_KEY_ENDS = re.compile(rb'"\s*:')
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_AS_NINES = bytes.maketrans(b"012345678", b"9" * 9)
_ROUNDED = (
    b"9" * 19
)  # an integer with so many digits that it may have more than 64 bits: orjson would make it a float


def parse_record(data: bytes, where: str) -> Any:
    """Return the value of the JSON text `data`. Raises DataError if it is not JSON, or too large for a record."""
    if len(data) > MOST_VALUES:
        _check_values(data, where)
    if _ROUNDED in data.translate(_AS_NINES):
        return _exactly(data, where)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _exactly(data, where)
    keys = _keys(value, where)
    if data.count(b":") != keys and _key_ends(data) != keys:
        return _exactly(data, where)
    return value


def _key_ends(data: bytes) -> int:
    # Without a space before any colon, every key ends in '":', which is counted faster than a pattern.
    spaced = b" :" in data or b"\t:" in data or b"\n:" in data or b"\r:" in data
    return len(_KEY_ENDS.findall(data)) if spaced else data.count(b'":')


def _check_values(data: bytes, where: str) -> None:
    """Raise UnfitRecord for a text with too many values for a record, before they take thirty times the memory of the text."""
    if _marks(data) > MOST_VALUES and _marks(_STRING.sub(b"", data)) > MOST_VALUES:
        allowed = f"{MOST_VALUES:,} values"
        raise UnfitRecord("malformed_record", "a record has too many values", where=where, allowed=allowed)


def _marks(data: bytes) -> int:
    """Return an upper bound of the number of values after the first: it also counts commas in texts, and empty lists twice."""
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _keys(value: Any, where: str) -> int:
    """Return the number of keys in all maps within `value`, counted level by level, without recursion."""
    count, level = 0, [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                count += len(item)
                below += [inner for inner in item.values() if type(inner) is dict or type(inner) is list]
            elif type(item) is list:
                below += [inner for inner in item if type(inner) is dict or type(inner) is list]
        if not below:
            return count
        level = below
    raise _too_deep(where)


def _too_deep(where: str) -> UnfitRecord:
    return UnfitRecord(
        "malformed_record", "a record nests too deeply", where=where, allowed=f"{DEEPEST} levels"
    )


def _exactly(data: bytes, where: str) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BadText("the JSON is not UTF-8", where=where, got=data) from None
    try:
        value = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_unrepeated, parse_constant=lambda _: None
        )
    except UnfitRecord as fault:
        fault.where = where
        raise
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as fault:
        raise UnfitRecord("malformed_record", f"this is not JSON: {fault}", where=where, got=data) from None
    _keys(value, where)
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnfitRecord("duplicate_key", "a key appears twice", got=key)
        found[key] = value
    return found
