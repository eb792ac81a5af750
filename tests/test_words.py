"""Plain English: openings that no docstring, message or help text may have, and one meaning for the name of a class."""

import ast
import collections
import re
from pathlib import Path

import click
import pytest

from vladata.cli.main import cli

ROOT = Path(__file__).parent.parent
FILES = sorted([*(ROOT / "vladata").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")])
RIDDLE = re.compile(r"(What|Those|The same|Whether|How|Which|Who|That|It)\b")
"""A text that opens so leans on something before it. Write a verb, or a noun phrase that stands alone."""
AFTER_A_PLACE = re.compile(r"(What|Those|The same|Whether|How|Which|Who|That)\b")
"""A message follows its place, "FILE: it cannot be read", so that "it" has a meaning."""


def parsed(file):
    return ast.parse(file.read_text(), str(file))


def named(file):
    return str(file.relative_to(ROOT))


def test_no_docstring_opens_with_a_riddle():
    found = []
    for file in FILES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if RIDDLE.match(text):
                    found.append(f"{named(file)}:{getattr(node, 'lineno', 1)}: {text.splitlines()[0]}")
    assert found == []


def texts(node):
    """The text of a string or of an f-string up to its first value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        return str(node.values[0].value)
    return ""


def test_no_message_opens_with_a_riddle():
    found = []
    for file in FILES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                text = texts(node.exc.args[0])
                if AFTER_A_PLACE.match(text[:1].upper() + text[1:]):
                    found.append(f"{named(file)}:{node.lineno}: {text}")
    assert found == []


def commands(command, name):
    yield name, command
    if isinstance(command, click.Group):
        for each in command.list_commands(click.Context(command)):
            yield from commands(command.get_command(click.Context(command), each), f"{name} {each}")


@pytest.mark.parametrize(("name", "command"), list(commands(cli, "vladata")))
def test_no_help_opens_with_a_riddle(name, command):
    helps = [command.help or "", *(getattr(option, "help", "") or "" for option in command.params)]
    assert [text for text in helps if RIDDLE.match(text[:1].upper() + text[1:])] == []
    assert all(helps[:1]), f"{name} has no help"


def test_a_class_name_means_one_thing():
    places = collections.defaultdict(set)
    for file in FILES:
        for node in parsed(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(named(file))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
