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
from vladata.formats.json_stream import DEEPEST

_KEY_ENDS = re.compile(rb'"\s*:')


def parse_record(data: bytes, where: str) -> Any:
    """The value that `data` is."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _exactly(data, where)
    # Without a space before some colon, every quote that ends a key has its colon right behind it: counting is quicker.
    spaced = b" :" in data or b"\t:" in data or b"\n:" in data or b"\r:" in data
    ends = len(_KEY_ENDS.findall(data)) if spaced else data.count(b'":')
    if ends != _keys(value, where):
        return _exactly(data, where)
    return value


def _keys(value: Any, where: str) -> int:
    """How many keys all maps within `value` have. Level by level, so that no depth of nesting is too much for it."""
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
    raise UnfitRecord(
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
    except (ValueError, RecursionError) as fault:
        raise UnfitRecord("malformed_record", f"this is no JSON: {fault}", where=where, got=data) from None
    _keys(value, where)
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnfitRecord("duplicate_key", "a key stands twice", got=key)
        found[key] = value
    return found
