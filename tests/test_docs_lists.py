"""Lists in the documentation that must be complete: options, public names, corpora, reasons, operations, kinds."""

import re
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import vladata

ROOT = Path(__file__).parent.parent


def test_kinds_and_findings_of_vocabularies_are_all_listed():
    from vladata.vocabularies.in_text import TOLD
    from vladata.vocabularies.table import KINDS

    listed = set(re.findall(r"`([\w-]+)`", (ROOT / "docs" / "vocabularies.md").read_text()))
    assert {*KINDS, *TOLD} <= listed


@pytest.mark.parametrize(
    ("module", "title"),
    [
        ("rlds2vla", "convert rlds2vla"),
        ("web2vla", "convert web2vla"),
        ("doctor", "doctor"),
        ("mix", "mix"),
        ("render", "recipes render"),
        ("annotate", "annotate"),
    ],
)
def test_every_option_is_documented(module, title):
    command = import_module(f"vladata.cli.{module}").command
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    section = (
        (ROOT / "docs" / "cli.md").read_text().partition(f"## vladata {title}\n")[2].partition("\n## ")[0]
    )
    assert options - {"--json", "--quiet", "--verbose"} <= set(re.findall(r"--[a-z-]+", section))


def test_public_names_are_all_documented():
    text = (ROOT / "docs" / "index.md").read_text()
    assert [name for name in vladata.PUBLIC if f"vladata.{name}" not in text] == []


def test_corpora_and_reasons_are_all_listed():
    from vladata import errors
    from vladata.spec.find import names

    corpora, recipes = ((ROOT / "docs" / page).read_text() for page in ("corpora.md", "recipes.md"))
    listed = set(re.findall(r"`(\w+)`", corpora))
    assert "`unsayable`" in recipes  # the one reason that only steps have
    listed.add("unsayable")
    assert set(names("corpus")) <= listed
    kinds = (errors.BadImage, errors.BadText, errors.TruncatedRecord, errors.CorruptRecord)
    assert {*get_args(errors.Unfit), *(kind.reason for kind in kinds)} <= listed


def test_operations_are_all_listed():
    from vladata.spec.operations import OURS

    listed = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "schemas.md").read_text(), re.MULTILINE))
    assert set(OURS) == listed


def named_files(text):
    """Yield the paths of the files and folders that a page names. A name without a folder lies in the folder of the last one."""
    folder = ""
    for name in re.findall(r"`([\w/.-]+(?:\.py|/))`", text):
        if "/" in name:
            folder = name.rpartition("/")[0] + "/"
            yield name
        else:
            yield folder + name


@pytest.mark.parametrize("page", ["architecture.md", "contributing.md"])
def test_files_that_a_page_on_the_code_names_are_there(page):
    named = list(named_files((ROOT / "docs" / page).read_text()))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_what_is_read_of_a_page_on_the_code():
    text = "`a/b.py`, `c.py` and `d/e/`, whose `f.py`; `name`, `g/h.yaml`"
    assert list(named_files(text)) == ["a/b.py", "a/c.py", "d/e/", "d/e/f.py"]


def test_layers_are_listed_as_they_are():
    from tests.test_layers import LAYERS

    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = text.partition("## Layers\n")[2].partition("\n## ")[0].splitlines()
    listed = [tuple(re.findall(r"`(\w+)`", row.split("|")[1])) for row in rows if row.startswith("| `")]
    assert listed == list(LAYERS)
