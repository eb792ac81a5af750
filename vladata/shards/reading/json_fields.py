"""The fields of many samples from JSON: lists and numbers, joined and turned into arrays at once."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from vladata.fields import Spelled
from vladata.shards.reading.ragged import Ragged, UnfitError

IN_ROWS = ("float_rows", "integer_rows")
_TYPES: Mapping[str, frozenset[type]] = {
    "text": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "integers": frozenset({int}),
    "floats": frozenset({int, float}),
    "integer_rows": frozenset({int}),
    "float_rows": frozenset({int, float}),
}


class JsonFields:
    """The fields of samples, from the contents of their KEY.json. kinds: of the fields, as in the manifest."""

    def __init__(self, content: Sequence[Mapping[str, Any]], kinds: Spelled) -> None:
        self._content, self._kinds = content, kinds

    def texts(self, name: str) -> list[str]:
        """Return a field of text."""
        return self._of_types(name, self._column(name), self._kinds[name])

    def numbers(self, name: str, dtype: Any) -> np.ndarray:
        """Return a field of one number, [B]."""
        return _array(name, self._of_types(name, self._column(name), self._kinds[name]), dtype)

    def ragged(self, name: str, dtype: Any) -> Ragged:
        """Return a field of several numbers, with or without rows."""
        kind, given = self._kinds[name], self._lists(name, self._column(name))
        width = np.fromiter(map(len, given), np.int64, len(given))
        rows = (width > 0).astype(np.int64)
        flat = list(chain.from_iterable(given))
        if kind in IN_ROWS:
            self._check_rows(name, given, flat)
            rows, width = width, np.array([len(each[0]) if each else 0 for each in given], np.int64)
            flat = list(chain.from_iterable(flat))
        if not _TYPES[kind].issuperset(map(type, flat)):
            raise self._unfit(name, lambda i: _TYPES[kind].issuperset(map(type, _flat(given[i], kind))))
        try:
            return Ragged(np.array(flat, dtype), rows, width)
        except (OverflowError, ValueError):
            raise self._unfit(name, lambda i: _fits(_flat(given[i], kind), dtype)) from None

    def groups(self, name: str) -> list[dict[str, Any]]:
        """Return a field of fields that belong together."""
        found, kinds = self._column(name), self._kinds[name]
        wanted = [(inner, _TYPES[kind]) for inner, kind in kinds.items()]
        for each in found:
            if type(each) is not dict or any(type(each.get(inner)) not in types for inner, types in wanted):
                raise self._unfit(
                    name,
                    lambda i: (
                        type(found[i]) is dict and all(type(found[i].get(n)) in types for n, types in wanted)
                    ),
                )
        return found

    def _column(self, name: str) -> list[Any]:
        try:
            return [fields[name] for fields in self._content]
        except KeyError:
            raise self._unfit(name, lambda i: name in self._content[i]) from None

    def _of_types(self, name: str, values: list[Any], kind: str) -> list[Any]:
        if not _TYPES[kind].issuperset(map(type, values)):
            raise self._unfit(name, lambda i: type(values[i]) in _TYPES[kind])
        return values

    def _lists(self, name: str, values: list[Any]) -> list[list[Any]]:
        if not {list}.issuperset(map(type, values)):
            raise self._unfit(name, lambda i: type(values[i]) is list)
        return values

    def _check_rows(self, name: str, given: list[list[Any]], rows: list[Any]) -> None:
        if not {list}.issuperset(map(type, rows)) or any(
            len(each[0]) != len(row) or not row for each in given for row in each
        ):
            raise self._unfit(name, lambda i: _are_rows(given[i]))

    def _unfit(self, name: str, fits: Callable[[int], bool]) -> UnfitError:
        """Return the error for the samples for which `fits` is False."""
        kind = self._kinds[name] if isinstance(self._kinds[name], str) else "group"
        says = f"field {name} is missing, or of another kind than {kind}"
        return UnfitError({i: says for i in range(len(self._content)) if not fits(i)})


def _array(name: str, values: list[Any], dtype: Any) -> np.ndarray:
    try:
        return np.array(values, dtype)
    except OverflowError:
        says = f"field {name} is a number beyond the range of {np.dtype(dtype)}"
        raise UnfitError({i: says for i, value in enumerate(values) if not _fits([value], dtype)}) from None


def _fits(values: list[Any], dtype: Any) -> bool:
    try:
        np.array(values, dtype)
    except (OverflowError, ValueError):
        return False
    return True


def _flat(value: list[Any], kind: str) -> list[Any]:
    return [*chain.from_iterable(value)] if kind in IN_ROWS else value


def _are_rows(value: list[Any]) -> bool:
    return all(type(row) is list and row and len(row) == len(value[0]) for row in value)
