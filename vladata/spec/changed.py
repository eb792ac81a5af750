"""A spec with some of its values replaced, as --set gives them: {"data.path": "out/mine", "schedule.steps": "100"}.

A value is YAML: `100`, `null`, `[a, b]`, `{rank: 8}`. A path goes through maps by their keys and through lists by positions from
0. The result is checked like a file: the error for an unknown name offers the nearest name.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from vladata.errors import Problem, SpecError
from vladata.spec.read import read_yaml, validate_data
from vladata.spec.strict import Strict

Spec = TypeVar("Spec", bound=Strict)


def changed(spec: Spec, values: Mapping[str, str], where: str) -> Spec:
    """Return the spec with other values. values: dotted path -> YAML; where: the place that an error names.

    Raises SpecError for a path that does not lead through maps and lists, and for every mistake that a file can have.
    """
    if not values:
        return spec
    data: Any = spec.model_dump(mode="json", exclude_unset=True)
    for path, text in values.items():
        *above, last = path.split(".")
        inner = data
        for n, key in enumerate(above):
            inner = _below(inner, key, ".".join(above[: n + 1]), where)
        _put(inner, last, read_yaml(text, f"{path}={text}")[0], path, where)
    return validate_data(type(spec), data, where)


def _below(data: Any, key: str, path: str, where: str) -> Any:
    """Return the value of `data` at `key`. Where there is none, put an empty map there and return it."""
    if isinstance(data, list) and key.isdigit() and int(key) < len(data):
        found = data[int(key)]
    elif isinstance(data, dict):
        if data.get(key) is None:
            data[key] = {}
        found = data[key]
    else:
        raise SpecError(
            where,
            [
                Problem(
                    0,
                    path,
                    "does not lead to a value: it goes through a value that is not a map, or past the end of a list",
                )
            ],
        )
    if not isinstance(found, dict | list):
        raise SpecError(
            where,
            [Problem(0, path, "is a single value, not a map or a list, so that nothing in it can be set")],
        )
    return found


def _put(data: Any, key: str, value: Any, path: str, where: str) -> None:
    if isinstance(data, dict):
        data[key] = value
    elif key.isdigit() and int(key) < len(data):
        data[int(key)] = value
    else:
        allowed = f"a position from 0 to {len(data) - 1}" if data else "nothing: the list is empty"
        raise SpecError(where, [Problem(0, path, f'got "{key}"; allowed: {allowed}')])
