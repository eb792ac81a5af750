"""Ids by which two lists are joined, compared by the rule that a corpus declares.

    exact    7, 7.0 and "7" are three ids
    number   all three are 7, and so is "007"; a text that is not a number is not an id
    text     7 is "7"; 7.0 is "7.0"

Rule: null, NaN, text without words, truth values, lists and maps are not ids, and join nothing. If an id appears twice in a list
in which it may appear only once, all its records are unfit, whatever their order.
"""

import re
from array import array
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from xxhash import xxh3_64_intdigest

Rule = Literal["exact", "number", "text"]
WAY_OUT = "Declare `ids: number` or `ids: text` in the schema, which compares them as numbers or as texts."
_WHOLE = re.compile(r"([+-]?[0-9]{1,100})(\.0*)?", re.ASCII)
_KINDS = {int: "a whole number", float: "a number with a point", str: "text"}


def id_of(value: Any, rule: Rule) -> str | None:
    """Return a text that is equal for equal ids, or None for a value that is not an id."""
    kind = type(value)
    if kind not in _KINDS or value != value or (kind is str and not value.strip()):
        return None
    if rule == "exact":
        return f"{kind.__name__} {value!r}" if kind is float else f"{kind.__name__} {value}"
    return str(value) if rule == "text" else _number(value)


def _number(value: int | float | str) -> str | None:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int):
        return str(value)
    text = value.strip()
    if whole := _WHOLE.fullmatch(text):
        return str(int(whole[1]))
    try:
        found = float(text) if text.isascii() else float("nan")
    except ValueError:
        return None
    return _number(found) if abs(found) < 1e300 else None


def kind_of(value: Any) -> str:
    """Return the kind of an id, in words."""
    return _KINDS.get(type(value), "no id")


def alike(value: Any) -> str | None:
    """Return a text that is equal for all ids that some rule takes as equal, or None for a value that is not an id."""
    found = id_of(value, "number")
    return id_of(value, "text") if found is None else found


def same(one: Any, other: Any, rule: Rule) -> bool:
    """Return True if two values are the same id. Values that are not ids are compared with `==`."""
    first, second = id_of(one, rule), id_of(other, rule)
    if first is None and second is None:
        return bool(one == other)
    return first == second


class Repeated:
    """The ids that appear more than once in a list. Counting takes eight bytes per id."""

    def __init__(self, ids: Iterable[str]) -> None:
        counted, times = np.unique(np.array(array("Q", map(_digest, ids)), np.uint64), return_counts=True)
        self._found = frozenset(counted[times > 1].tolist())

    def __contains__(self, key: str) -> bool:
        return bool(self._found) and _digest(key) in self._found


def _digest(key: str) -> int:
    return xxh3_64_intdigest(key.encode("utf-8", "surrogatepass"))
