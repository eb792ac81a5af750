"""JSON data as frozen dataclasses, with strict types, and back to the same data.

Every attribute is an entry: none may be missing, and no other entry is allowed. Types are those of JSON: str, int, float, bool,
None, Literal, Any, tuple[X, ...] for a list, Mapping[str, X] for an object, and dataclasses of these.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
PLAIN = {str: "text", bool: "true or false", int: "a whole number", float: "a number", type(None): "null"}


class Unlike(Exception):
    """Data is not of the expected type. path: its place, "shards[3].bytes".   says: what is wrong."""

    def __init__(self, path: str, says: str) -> None:
        super().__init__(f"{path}: {says}" if path else says)
        self.path, self.says = path, says


def from_data(kind: type[T], data: Any, path: str = "", **made: Any) -> T:
    """Return the dataclass `kind` from a JSON object. Raises Unlike for the first missing, unknown or mistyped entry.

    made: attributes that are given here and are not entries.
    """
    if not isinstance(data, Mapping):
        raise Unlike(path, f"expected an object, got {data!r:.64}")
    hints = {name: hint for name, hint in _hints(kind).items() if name not in made}  # type: ignore[arg-type]
    for name in data:
        if name not in hints:
            raise Unlike(path, f'unknown entry "{name:.64}"')
    for name in hints:
        if name not in data:
            raise Unlike(path, f'the entry "{name}" is missing')
    return kind(
        **made, **{name: _value(hint, data[name], _inner(path, name)) for name, hint in hints.items()}
    )


def to_data(value: Any) -> Any:
    """Return the JSON data of a dataclass, its entries in the order of the attributes."""
    if is_dataclass(value):
        return {field.name: to_data(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: to_data(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [to_data(inner) for inner in value]
    return value


def names_of(kind: type) -> tuple[str, ...]:
    """Return the entries of a dataclass."""
    return tuple(_hints(kind))


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _value(hint: Any, data: Any, path: str) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return data
    if origin in (Union, UnionType):  # X | None
        (inner,) = (arg for arg in args if arg is not type(None))
        return None if data is None else _value(inner, data, path)
    if origin is Literal:
        if data not in args:
            raise Unlike(path, f"expected one of {', '.join(map(repr, args))}, got {data!r:.64}")
        return data
    if origin is tuple:
        if not isinstance(data, list | tuple):
            raise Unlike(path, f"expected a list, got {data!r:.64}")
        return tuple(_value(args[0], inner, f"{path}[{i}]") for i, inner in enumerate(data))
    if origin is not None:  # Mapping[str, X]
        if not isinstance(data, Mapping):
            raise Unlike(path, f"expected an object, got {data!r:.64}")
        return {name: _value(args[1], inner, _inner(path, name)) for name, inner in data.items()}
    if is_dataclass(hint):
        return from_data(hint, data, path)  # type: ignore[arg-type]
    if type(data) is not hint and not (hint is float and type(data) is int):
        raise Unlike(path, f"expected {PLAIN[hint]}, got {data!r:.64}")
    return data


def _inner(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
