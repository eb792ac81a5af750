"""The tables of contents are true: each folder's `__init__` names all its files and no others."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(
    file.parent for file in [*ROOT.glob("vladata/*/**/__init__.py"), ROOT / "pipelines" / "__init__.py"]
)
"""But for vladata itself, whose `__init__` is its table of public names: docs/architecture.md lists its files."""
NAMED = re.compile(r"(?<![\w/])(\w+\.py)\b")


def listed(text: str) -> set[str]:
    """The files that a docstring names: "run.py", and not "vladata/web/run.py"."""
    return set(NAMED.findall(text.partition('"""')[2].partition('"""')[0]))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_each_file_is_listed_and_each_listed_file_is_there(folder):
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert listed((folder / "__init__.py").read_text()) == files


def test_the_files_of_the_package_itself_are_in_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text()
    files = {path.stem for path in (ROOT / "vladata").glob("*.py")} - {"__init__"}
    assert [
        name for name in sorted(files) if f"`{name}`" not in text and f"`vladata/{name}.py`" not in text
    ] == []


def test_what_is_read_of_a_docstring():
    assert listed(
        '"""One.\n\n    a.py  one; vladata/x/b.py is elsewhere\n    c.py, d.py  two\n"""\nx = "e.py"'
    ) == {
        "a.py",
        "c.py",
        "d.py",
    }
