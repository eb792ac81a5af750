"""Every error class is raised by a fault in the tests, so that somebody has read its text."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from vladata import errors
from vladata.errors import VladataError

TESTS = Path(__file__).resolve().parent
CLASSES = {
    name: each for name, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, VladataError)
}
ABSTRACT = {"VladataError", "SourceError", "FormatError", "DataError", "CodecError", "OutputError"}
"""Those that have others below them; most are raised themselves as well, but need not be."""


def expected(text: str) -> Iterator[str]:
    """The classes that a file of tests expects: in raises(...), or in a row of a table of its cases."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and "raises" in ast.unparse(node.func):
            yield from (each.id for arg in node.args for each in ast.walk(arg) if isinstance(each, ast.Name))
        elif isinstance(node, ast.Call) and "parametrize" in ast.unparse(node.func):
            names = (each for arg in node.args for each in ast.walk(arg))
            yield from (each.id for each in names if isinstance(each, ast.Name))


def written(text: str) -> Iterator[str]:
    """The texts that a file of tests writes down: an unfit step is no exception but a line of rejected.jsonl, with a reason."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_error_is_raised_somewhere():
    files = [file.read_text() for file in TESTS.rglob("test_*.py")]
    found = {name for text in files for name in expected(text)}
    texts = {value for text in files for value in written(text)}
    found |= {name for name, each in CLASSES.items() if vars(each).get("reason") in texts}
    assert sorted(set(CLASSES) - ABSTRACT - found) == []


def test_an_error_that_is_only_named_does_not_count():
    assert set(expected("from vladata.errors import NoSteps\nx = OutputBusy('y')")) == set()
    assert set(expected("with pytest.raises((NoSteps, OutputBusy), match='x'): pass")) == {
        "NoSteps",
        "OutputBusy",
    }
