"""Reading of specs: from YAML text to data with line numbers, and from data to a model or a SpecError with every problem.

Only plain data is read: no tags, and scalars by the rules of YAML 1.2 (`no` is text, `1e-3` a number, `010` ten). A key
that appears twice is a problem. Aliases work, but a file may not have more than 100,000 values with them, nor nest deeper
than 50 levels.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vladata.errors import Problem, SpecError
from vladata.spec.problems import Lines, Path, problems_of
from vladata.spec.strict import dotted, quoted

MOST_VALUES = 100_000
DEEPEST = 50

Model = TypeVar("Model", bound=BaseModel)

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LIMIT = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")


class Parsed(NamedTuple):
    """A parsed file that no model has checked yet.

    data:     the file as plain data.
    lines:    the line of every key and item, by its path.
    problems: the mistakes that do not depend on a model.
    file:     the name of the file in messages.
    """

    data: Any
    lines: Lines
    problems: Sequence[Problem]
    file: str


def read_yaml(text: str, file: str) -> tuple[Any, Lines]:
    """Return the data of `text`, and a map from the path of every key and item to its line. Raises SpecError, which names
    `file`."""
    parsed = parse_yaml(text, file)
    if parsed.problems:
        raise SpecError(file, list(parsed.problems))
    return parsed.data, parsed.lines


def validate(model: type[Model], text: str, file: str) -> Model:
    """Return the `model` that `text` declares. Raises one SpecError with every problem, in the file's order."""
    return validate_parsed(model, parse_yaml(text, file))


def validate_parsed(model: type[Model], parsed: Parsed) -> Model:
    """Return the `model` of a parsed file. Raises one SpecError with every problem, in the file's order."""
    problems = list(parsed.problems)
    try:
        spec = model.model_validate(parsed.data)
    except ValidationError as error:
        known = {(problem.line, problem.path) for problem in problems}
        found = problems_of(error, model, parsed.data, parsed.lines)
        problems += [problem for problem in found if (problem.line, problem.path) not in known]
    if problems:
        raise SpecError(parsed.file, sorted(problems, key=lambda problem: problem.line)) from None
    return spec


def validate_data(model: type[Model], data: Any, where: str) -> Model:
    """Return the `model` of `data`, which is not from a file. where: its name in messages. Raises one SpecError with every
    problem."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SpecError(where, problems_of(error, model, data, {(): 0})) from None


def parse_yaml(text: str, file: str) -> Parsed:
    """Return the data of `text` and the problems found so far. Raises SpecError where `text` is not YAML."""
    try:
        root = yaml.compose(text, Loader=_ShallowLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(filter(None, (error.context, error.problem)))
        says = (
            "is not YAML: it begins with a tab; YAML is indented by spaces"
            if "'\\t'" in told
            else f"is not YAML: {told}"
        )
        raise SpecError(file, [Problem(mark.line + 1 if mark else 1, "", says)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        says = f"is not YAML: the character U+{ord(text[error.position]):04X} is not allowed"
        raise SpecError(file, [Problem(line, "", says)]) from None
    if root is None:
        says = "the file is empty; expected keys with values, such as name: mine"
        raise SpecError(file, [Problem(1, "", says)])
    walk = _Walk(file)
    data = walk.value(root, ())
    return Parsed(data, walk.lines, walk.problems, file)


class _ShallowLoader(yaml.BaseLoader):
    """A loader that composes nodes without resolving their types, and stops at nesting deeper than 50."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"it nests deeper than {DEEPEST}", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Walk:
    """One walk over the nodes of a file. It collects values, lines and problems."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._open: list[yaml.Node] = []
        self._values = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._values += 1
        if self._values > MOST_VALUES:
            says = f"aliases make this file larger than {MOST_VALUES:,} values"
            raise SpecError(self._file, [Problem(node.start_mark.line + 1, "", says)])
        if node in self._open:
            self._wrong(node, path, "is an alias of a map or list that contains it")
            return None
        self._open.append(node)
        value = self._content(node, path)
        self._open.pop()
        return value

    def _content(self, node: yaml.Node, path: Path) -> Any:
        kind = {yaml.MappingNode: "map", yaml.SequenceNode: "seq", yaml.ScalarNode: "str"}[type(node)]
        if node.tag != f"tag:yaml.org,2002:{kind}":
            self._wrong(node, path, f"has the tag {quoted(node.tag)}; allowed: plain data, without tags")
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        return scalar(node.value) if is_plain else node.value

    def _map(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._wrong(key, path, "has a key that is not text")
                continue
            here = (*path, key.value)
            if key.value in found:
                first = self.lines[here]
                self._wrong(key, here, f"appears twice; the first is on line {first}")
                continue
            self.lines[here] = key.start_mark.line + 1
            found[key.value] = self.value(item, here)
        return found

    def _wrong(self, node: yaml.Node, path: Path, says: str) -> None:
        self.problems.append(Problem(node.start_mark.line + 1, dotted("", path), says))


def scalar(text: str) -> Any:
    """Return the value of a plain (unquoted) scalar by YAML 1.2's core rules."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _NUMBER.fullmatch(text):
        return float(text)
    if limit := _LIMIT.fullmatch(text):
        return float(limit[1] + limit[2])
    return text
