"""Recipes that extend another one: `extends: NAME`, a shipped recipe or a path, and only the keys that differ.

    name: mine
    extends: rt2-pali-x
    action: {bins: 128}
    images: {size: 224}

Keys of the file take the place of the base's. Two maps are joined key by key, one level deep; each task of `tasks` is joined
likewise, and `NAME: false` leaves a task of the base out. A map that names another `codec` or `kind` than the base takes its
place whole. The result is an ordinary recipe: manifests, digests and `vladata recipes show` have it as if it were written out,
without a trace of the base.
"""

from collections.abc import Callable, Mapping
from typing import Any

from vladata.errors import MissingFile, Problem, SpecError, UnknownName
from vladata.spec.read import Parsed

KEY = "extends"
_TABLE = "tasks"
_CHOICES = ("codec", "kind")  # keys that decide which other keys a map may have


def resolved(own: Parsed, base_of: Callable[[str], Parsed]) -> Parsed:
    """Return a recipe with the keys that it takes from its base; a recipe that extends nothing is returned unchanged.

    base_of: opens a base by its name, with the keys of its own base. Raises SpecError where there is no such base.
    """
    if not isinstance(own.data, Mapping) or KEY not in own.data:
        return own
    line, name = own.lines.get((KEY,), 1), own.data[KEY]
    if not isinstance(name, str) or not name:
        raise _wrong(own, line, "is not text; allowed: the name of a recipe, or the path of one")
    try:
        base = base_of(name)
    except (UnknownName, MissingFile) as fault:
        raise _wrong(own, line, str(fault).replace("\n ", "")) from None
    given = {key: value for key, value in own.data.items() if key != KEY}
    taken = {key: value for key, value in base.data.items() if key != "name"}
    return Parsed(
        _joined(taken, given), dict.fromkeys(base.lines, line) | dict(own.lines), own.problems, own.file
    )


def _wrong(own: Parsed, line: int, text: str) -> SpecError:
    return SpecError(own.file, sorted([*own.problems, Problem(line, KEY, text)], key=lambda each: each.line))


def _joined(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for key, value in given.items():
        both = isinstance(base.get(key), Mapping) and isinstance(value, Mapping)
        if both and key == _TABLE:
            made[key] = _tasks(base[key], value)
        else:
            made[key] = _map(base[key], value) if both else value
    return made


def _tasks(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    out = {name for name, task in given.items() if task is False and name in base}
    tasks = {name: _map(base.get(name), task, name) for name, task in given.items()}
    return {name: task for name, task in {**base, **tasks}.items() if name not in out}


def _map(base: Any, given: Any, kind: str | None = None) -> Any:
    """Return `given` with the keys of `base` that it lacks. kind: the kind of a task that gives none."""
    given = {} if given is None and kind else given
    if not isinstance(base, Mapping) or not isinstance(given, Mapping):
        return given
    others = any(name in given and given[name] != base.get(name, kind) for name in _CHOICES)
    return given if others else {**base, **given}
