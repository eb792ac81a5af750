"""References: columns of fields, as the operations of a chain name them.

    path           a field of a step, "observation/state", all its columns
    path[i]        one column; negative numbers count from the end
    path[i:j]      columns i to j-1; i left out: from the first column; j left out: up to the last
    path[i,j,k]    columns i, j and k, in this order
    $name          a register that an earlier operation wrote; $name[i] and so on as above

A reference acts on the last axis and keeps it: [i] gives width 1, and a scalar field has width 1. Field names may
contain slashes ("action/future/xyz_residual") or even end in brackets: `resolve` takes the longest
literal key, so a field named "state[0]" wins over column 0 of "state". Paths leave out RLDS's "steps/".
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from vladata.spec.strict import says, wrong

Columns = slice | tuple[int, ...] | None
"""A span of columns, columns in order, or all of them."""

GRAMMAR = "path, path[i], path[i:j], path[i,j,k] or $register"

_REFERENCE = re.compile(
    r"(?P<path>\$[a-z][a-z0-9_]*|[^\[\]$\s](?:[^\[\]$]*[^\[\]$\s])?)(?:\[(?P<columns>[^\[\]]+)\])?"
)
_SPAN = re.compile(r"\s*(-?\d{1,6})?\s*:\s*(-?\d{1,6})?\s*")
_PICKS = re.compile(r"\s*-?\d{1,6}\s*(?:,\s*-?\d{1,6}\s*)*")


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference.

    path:    the field, or the register with its "$".
    columns: the columns of the field or register; None for all.
    """

    path: str
    columns: Columns

    @property
    def is_register(self) -> bool:
        return self.path.startswith("$")


def parse(text: str) -> Reference | None:
    """Return the reference that `text` spells, or None if `text` is not a reference."""
    found = _REFERENCE.fullmatch(text)
    if not found:
        return None
    if found["columns"] is None:
        return Reference(found["path"], None)
    columns = _columns(found["columns"])
    return None if columns is None else Reference(found["path"], columns)


def _columns(text: str) -> Columns:
    if span := _SPAN.fullmatch(text):
        start, stop = (None if end is None else int(end) for end in span.groups())
        return None if start is stop is None else slice(start, stop)
    if not _PICKS.fullmatch(text):
        return None
    picks = tuple(int(pick) for pick in text.split(","))
    # One column is returned as a slice: indexing by a slice makes a view, by a list of columns a copy.
    return slice(picks[0], picks[0] + 1 or None) if len(picks) == 1 else picks


def resolve(text: str, available: Collection[str]) -> Reference | None:
    """Return the reference `text`, to a register or to a key of `available`; None where `available` lacks the key."""
    if text in available:
        return Reference(text, None)
    reference = parse(text)
    is_known = reference and (reference.is_register or reference.path in available)
    return reference if is_known else None


def _any_reference(text: str) -> str:
    reference = parse(text)
    if reference is None:
        raise wrong(text, GRAMMAR)
    _path(reference.path)
    columns = reference.columns
    if isinstance(columns, slice) and _selects_nothing(columns):
        raise says(f'got "{text}", which selects no column')
    return text


def _selects_nothing(span: slice) -> bool:
    """Return True if `span` is empty for every width. With ends of different signs it depends on the width: False."""
    start, stop = span.start or 0, span.stop
    return stop is not None and (start < 0) == (stop < 0) and stop <= start


def _data_reference(text: str) -> str:
    if text.startswith("$"):
        raise wrong(text, "a field of the data, since registers are known only inside a chain")
    return _any_reference(text)


def _path(text: str) -> str:
    if text.startswith(("steps/", "/")):
        raise wrong(text, 'a path within a step, without "steps/" and without a slash in front')
    return text


def _key(text: str) -> str:
    if text != text.strip() or not text:
        raise wrong(text, "a path within a step, such as observation/image")
    return _path(text)


def _camera_key(text: str) -> str:
    reference = parse(_key(text))
    if reference and reference.columns is not None and not _is_one(reference.columns):
        raise wrong(text, "one picture a step: path, or path[i] where a step has a list of pictures")
    return text


def _is_one(columns: Columns) -> bool:
    """Return True if `columns` came from path[i]."""
    return (
        isinstance(columns, slice)
        and columns.start is not None
        and columns.stop == (columns.start + 1 or None)
    )


def place_in_list(reference: Reference) -> int | None:
    """Return i of a camera's path[i], a place in a list of pictures, negative from the end; None for a path without [i]."""
    return reference.columns.start if isinstance(reference.columns, slice) else None


def _register(text: str) -> str:
    reference = parse(text)
    if reference is None or not reference.is_register or reference.columns is not None:
        raise wrong(text, "a register: $ and a name in small letters")
    return text


AnyReference = Annotated[str, AfterValidator(_any_reference)]
"""Columns of a field or of a register."""

DataReference = Annotated[str, AfterValidator(_data_reference)]
"""Columns of a field."""

Key = Annotated[str, AfterValidator(_key)]
"""A whole field, by its path within a step."""

CameraKey = Annotated[str, AfterValidator(_camera_key)]
"""A whole field that holds one picture in each step; or path[i], one picture of a field that holds a list of pictures."""

Register = Annotated[
    str, AfterValidator(_register), Field(json_schema_extra={"pattern": r"^\$[a-z][a-z0-9_]*$"})
]
"""The register to which an operation writes its result, for later operations of the chain."""
