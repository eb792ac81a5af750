"""One small JSON text as a record: quickly where it is as it should be, and exactly where it may not be.

Rule: a key that stands twice is a DuplicateKey, never a silent last one. orjson does not tell, so keys are counted: each key
of the text ends in a quote and a colon, so that there are at least as many of these as keys. Where there are no more than
orjson found, no key stands twice; where there are more (in most cases a text that holds such a pair itself), Python's own
parser looks at each. It also knows the NaN that Python and pandas write, which is no JSON, as nothing.
"""

import json
import re
from typing import Any

import orjson

from vladata.errors import BadText, UnfitRecord

_KEY_ENDS = re.compile(rb'"\s*:')
_SPACED = (
    b" :",
    b"\t:",
    b"\n:",
    b"\r:",
)  # without one of these, every quote that ends a key has its colon next to it


def parse_record(data: bytes, where: str) -> Any:
    """The value that `data` is."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _exactly(data, where)
    spaced = any(pair in data for pair in _SPACED)
    ends = len(_KEY_ENDS.findall(data)) if spaced else data.count(b'":')
    if ends != _keys(value):
        return _exactly(data, where)
    return value


def _keys(value: Any) -> int:
    """How many keys all maps within `value` have."""
    if type(value) is dict:
        count, inner = len(value), value.values()
    elif type(value) is list:
        count, inner = 0, value  # type: ignore[assignment]
    else:
        return 0
    for item in inner:
        if type(item) is dict or type(item) is list:
            count += _keys(item)
    return count


def _exactly(data: bytes, where: str) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BadText("the JSON is not UTF-8", where=where, got=data) from None
    try:
        return json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_unrepeated, parse_constant=lambda _: None
        )
    except UnfitRecord as fault:
        fault.where = where
        raise
    except (ValueError, RecursionError) as fault:
        raise UnfitRecord("malformed_record", f"this is no JSON: {fault}", where=where, got=data) from None


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnfitRecord("duplicate_key", "a key stands twice", got=key)
        found[key] = value
    return found
