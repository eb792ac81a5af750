"""Pydantic's errors as problems with the words and the lines of the file that was read.

pydantic gives the place of a fault in the data (its `loc`, with the names of union members in between) and its kind.
Here each fault becomes a Problem: the line, the path as the file spells it, and one clause with the value that was found, the
allowed values and the nearest name. A kind of fault without words here keeps pydantic's words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from vladata.errors import Problem
from vladata.spec.strict import dotted, quoted

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]

KNOWN = "unknown key; known: "
LISTED = 8  # up to this number all allowed names are shown; of more, only the nearest

ALLOWED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_too_long": "at most {max_length} characters",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
}


def problems_of(error: ValidationError, model: type[BaseModel], data: Any, lines: Lines) -> list[Problem]:
    """Return every fault in `error`, which `model` found in `data`, in the order of the file."""
    found = [
        Problem(_line(path, lines), dotted("", path), says)
        for fault in error.errors(include_url=False)
        for path, says in _faults(fault, model, data)
    ]
    return _each_list_once(sorted(found, key=lambda problem: problem.line))


def _each_list_once(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems, of which only the first with a list of known keys spells it out."""
    spelled: set[str] = set()
    found = []
    for problem in problems:
        is_again = problem.says in spelled
        spelled |= {problem.says} if problem.says.startswith(KNOWN) else set()
        found.append(replace(problem, says="unknown key, too") if is_again else problem)
    return found


def choice(got: object, names: Sequence[str]) -> str:
    """Return the message for the value `got` where only one of `names` is allowed."""
    close = get_close_matches(got, names, n=1) if isinstance(got, str) else []
    offer = f'; did you mean "{close[0]}"?' if close else ""
    if len(names) > LISTED and close:
        return f"got {quoted(got)}{offer} (one of {len(names)})"
    return f"got {quoted(got)}{offer + ' allowed' if offer else '; allowed'}: {', '.join(names)}"


def _faults(fault: Any, model: type[BaseModel], data: Any) -> Iterator[tuple[Path, str]]:
    """Yield the path and the words of each problem in one error of pydantic; our validators put several problems into one
    error."""
    kind, context = fault["type"], fault.get("ctx", {})
    path = _path(fault["loc"], data, keep_last=kind == "missing")
    if kind == "too_short" and len(fault["input"]) >= context["min_length"]:
        return  # pydantic counts only the correct items; the others have their own errors
    if kind == "says_all":
        yield from (((*path, *below), says) for below, says in context["problems"])
    elif kind == "extra_forbidden":
        yield path, _unknown_key(str(path[-1]), _keys(model, fault["loc"][:-1]))
    elif kind == "union_tag_invalid":
        tag = context["discriminator"].strip("'")
        yield (*path, tag), choice(context["tag"], _names(context["expected_tags"]))
    elif kind == "union_tag_not_found":
        yield (*path, context["discriminator"].strip("'")), "is missing"
    else:
        yield path, _says(kind, context, fault)


def _says(kind: str, context: Mapping[str, Any], fault: Any) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "says":
        return str(context["text"])
    if kind == "literal_error":
        return choice(fault["input"], _names(context["expected"]))
    if kind in ALLOWED:
        limits = {name: f"{limit:g}" for name, limit in context.items() if isinstance(limit, int | float)}
        return f"got {quoted(fault['input'])}; allowed: {ALLOWED[kind].format(**limits)}"
    return f"got {quoted(fault['input'])}; {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _names(expected: str) -> list[str]:
    """Return the names that pydantic lists as one text: 'a', 'b' or 'c'."""
    return re.findall(r"'([^']*)'", expected)


def _unknown_key(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f'unknown key; did you mean "{close[0]}"?' if close else f"{KNOWN}{', '.join(known)}"


def _path(loc: Path, data: Any, keep_last: bool) -> Path:
    """Return `loc` without the names of union members, which pydantic puts between the keys of the data."""
    path: list[str | int] = []
    for i, part in enumerate(loc):
        is_key = isinstance(data, Mapping) and part in data
        is_item = isinstance(data, Sequence) and isinstance(part, int) and part < len(data)
        if is_key or is_item:
            data = data[part]
            path.append(part)
        elif keep_last and i == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _line(path: Path, lines: Lines) -> int:
    """Return the line of `path`; for a missing key, the line of the map that lacks it."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 1)


def _keys(model: type[BaseModel], loc: Path) -> list[str]:
    """Return the keys that the map at `loc` may have, by following `loc` through the model's JSON Schema."""
    root = model.model_json_schema(by_alias=True)
    node = _deref(root, root)
    for part in loc:
        node = _below(node, part, root)
    options = [_deref(option, root) for option in node.get("oneOf", node.get("anyOf", [node]))]
    return [key for option in options for key in option.get("properties", {})]


def _below(node: Mapping[str, Any], part: str | int, root: Mapping[str, Any]) -> Mapping[str, Any]:
    unions = (*node.get("anyOf", []), *node.get("oneOf", []))
    for option in (node, *(_deref(option, root) for option in unions)):
        if isinstance(part, int) and "items" in option:
            return _deref(option["items"], root)
        if part in option.get("properties", {}):
            return _deref(option["properties"][part], root)
        if part in option.get("discriminator", {}).get("mapping", {}):
            return _deref({"$ref": option["discriminator"]["mapping"][part]}, root)
        named = [*option.get("patternProperties", {}).values(), option.get("additionalProperties")]
        if isinstance(named[0], Mapping):
            return _deref(named[0], root)
    return node


def _deref(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node
