"""The fields of a sample, each declared once, as an attribute of Sample (records.py).

    text          str       UTF-8
    integer       int       64 bits
    number        float     a float32
    floats        float32   [n], n may differ from sample to sample
    integers      int32     [n] as a property; 64 bits in the files
    float_rows    float32   [n, d], both may differ from sample to sample, one row after another in a tf.Example
    integer_rows  int32     [n, d] as a property; 64 bits in the files
    group         the fields that it is declared with, {file, offset, length}

A declared field is a property that gives the same type whether the sample was rendered (arrays) or read (lists of JSON),
and an entry of FIELDS, by which samples are written, read, described and checked: encoders, card, features.json, manifest and
verify use it. So a new field is a line in Sample, and the code that gives its value. Every sample has every field, with one
type, never null: without a value it has the empty value of its kind. An optional field belongs to all samples of an output, or to
none.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, overload

import numpy as np

T = TypeVar("T")
Spelled = Mapping[str, Any]
"""Fields as a manifest names them: name -> kind; for a group, a map of its own fields."""


class HasFields(Protocol):
    """An object whose fields are read: a Sample."""

    @property
    def fields(self) -> Mapping[str, Any]: ...


class Field(ABC, Generic[T]):
    """A field of one kind; as a property of a sample it returns its value as a T."""

    kind: ClassVar[str]

    def __init__(self, name: str = "", optional: bool = False) -> None:
        """Declare a field. name: needed only for a field that is not an attribute of a class."""
        self.name, self.optional = name, optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, sample: None, owner: type) -> Self: ...
    @overload
    def __get__(self, sample: HasFields, owner: type) -> T: ...
    def __get__(self, sample: HasFields | None, owner: type) -> Self | T:
        return self if sample is None else self.read(sample.fields)

    def read(self, fields: Mapping[str, Any]) -> T:
        """Return its value among the fields of a sample, of its one type; the empty value for an optional field that is
        missing."""
        is_absent = self.optional and self.name not in fields
        return self.typed(self.empty if is_absent else fields[self.name])

    @abstractmethod
    def typed(self, value: Any) -> T:
        """Return the value, of the one type of this kind."""

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Return True if a value, as it was read, is of this kind."""

    @property
    @abstractmethod
    def empty(self) -> Any:
        """The value of the field in a sample that was given no value."""

    @property
    def spelled(self) -> Any:
        """The name of the kind in a manifest."""
        return self.kind

    def same(self, one: Any, other: Any) -> bool:
        """Return True if two values are equal; an array equals the list that JSON makes of it."""
        return self.holds(one) and self.holds(other) and bool(self.typed(one) == self.typed(other))


class TextField(Field[str]):
    """A field of text."""

    kind = "text"
    empty = ""

    def typed(self, value: Any) -> str:
        return str(value)

    def holds(self, value: Any) -> bool:
        return isinstance(value, str)


class IntegerField(Field[int]):
    """A field of one whole number, of 64 bits."""

    kind = "integer"
    empty = 0

    def typed(self, value: Any) -> int:
        return int(value)

    def holds(self, value: Any) -> bool:
        return _is_integer(value)


class NumberField(Field[float]):
    """A field of one float32."""

    kind = "number"
    empty = 0.0

    def typed(self, value: Any) -> float:
        return float(np.float32(value))

    def holds(self, value: Any) -> bool:
        return isinstance(value, float | np.float32) or _is_integer(value)


class _Array(Field[np.ndarray]):
    dtype: ClassVar[type[np.generic]]

    def __init__(self, name: str = "", optional: bool = False, rows_with: str = "") -> None:
        """Declare an array. rows_with: name of an optional field; samples that have it may hold rows in this array."""
        super().__init__(name, optional)
        self.rows_with = rows_with

    def read(self, fields: Mapping[str, Any]) -> np.ndarray:
        value = super().read(fields)
        return as_rows(value) if self.rows_with in fields else value

    @property
    def empty(self) -> list[Any]:
        return []

    def typed(self, value: Any) -> np.ndarray:
        return np.asarray(value, self.dtype)

    def same(self, one: Any, other: Any) -> bool:
        return self.holds(one) and self.holds(other) and np.array_equal(self.typed(one), self.typed(other))


class Floats(_Array):
    """A field of numbers; JSON has the fewest digits that tell a float32 from every other."""

    kind = "floats"
    dtype = np.float32

    def holds(self, value: Any) -> bool:
        if isinstance(value, np.ndarray):
            return bool(value.dtype == np.float32)
        return isinstance(value, list) and all(isinstance(v, float) or _is_integer(v) for v in value)


class Integers(_Array):
    """A field of whole numbers."""

    kind = "integers"
    dtype = np.int32

    def holds(self, value: Any) -> bool:
        if isinstance(value, np.ndarray):
            return bool(np.issubdtype(value.dtype, np.integer))
        limits = np.iinfo(np.int32)
        return isinstance(value, list) and all(
            _is_integer(v) and limits.min <= v <= limits.max for v in value
        )


class FloatRows(Floats):
    """A field of rows of numbers."""

    kind = "float_rows"

    def typed(self, value: Any) -> np.ndarray:
        return as_rows(super().typed(value))

    def holds(self, value: Any) -> bool:
        return _are_rows(value, super().holds)


class IntegerRows(Integers):
    """A field of rows of whole numbers."""

    kind = "integer_rows"

    def typed(self, value: Any) -> np.ndarray:
        return as_rows(super().typed(value))

    def holds(self, value: Any) -> bool:
        return _are_rows(value, super().holds)


def as_rows(value: np.ndarray) -> np.ndarray:
    """Return the array as rows [n, d]; an empty one as [0, 0]."""
    return value if value.size else value.reshape(0, 0)


def _are_rows(value: Any, holds: Callable[[Any], bool]) -> bool:
    """Return True for an array [n, d], an empty array, or a list of lists of one length, if `holds` is True of the rows."""
    if isinstance(value, np.ndarray):
        return (value.ndim == 2 or not value.size) and holds(value)
    return isinstance(value, list) and all(map(holds, value)) and _are_as_long(value)


def _are_as_long(rows: list[list[Any]]) -> bool:
    return not rows or (len(rows[0]) > 0 and all(len(row) == len(rows[0]) for row in rows))


class FieldGroup(Field[Mapping[str, Any]]):
    """Fields that belong together, under one name."""

    kind = "group"

    def __init__(self, name: str = "", **inner: Field[Any]) -> None:
        super().__init__(name)
        self.inner = inner

    @property
    def empty(self) -> dict[str, Any]:
        return {name: field.empty for name, field in self.inner.items()}

    @property
    def spelled(self) -> dict[str, Any]:
        return {name: field.spelled for name, field in self.inner.items()}

    def typed(self, value: Any) -> Mapping[str, Any]:
        return {name: field.typed(value[name]) for name, field in self.inner.items()}

    def holds(self, value: Any) -> bool:
        return (
            isinstance(value, Mapping)
            and set(value) == set(self.inner)
            and all(field.holds(value[name]) for name, field in self.inner.items())
        )


KINDS: Mapping[str, type[Field[Any]]] = {
    cls.kind: cls for cls in (TextField, IntegerField, NumberField, Floats, Integers, FloatRows, IntegerRows)
}
"""Name -> kind. A group has no name: a manifest has the map of its fields instead."""


def declared(owner: type) -> tuple[Field[Any], ...]:
    """Return the fields that a class declares, in its order."""
    return tuple(value for value in vars(owner).values() if isinstance(value, Field))


def spelled(fields: Iterable[Field[Any]]) -> dict[str, Any]:
    """Return declared fields as a manifest names them."""
    return {field.name: field.spelled for field in fields}


def from_spelled(fields: Spelled) -> tuple[Field[Any], ...]:
    """Return declared fields from a manifest's fields (name -> kind). Raises KeyError for an unknown kind."""
    return tuple(_field(name, kind) for name, kind in fields.items())


def _field(name: str, kind: Any) -> Field[Any]:
    if isinstance(kind, Mapping):
        return FieldGroup(name, **{inner: _field(inner, of_inner) for inner, of_inner in kind.items()})
    return KINDS[kind](name)


def flat(fields: Spelled) -> dict[str, str]:
    """Return each field's kind; fields of a group are named "source/file", as TFDS joins names."""
    return dict(_flat(fields, ""))


def _flat(fields: Spelled, prefix: str) -> Iterator[tuple[str, str]]:
    for name, kind in fields.items():
        if isinstance(kind, Mapping):
            yield from _flat(kind, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", kind


def _is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
