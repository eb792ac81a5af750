"""Lists in the documentation that have to be whole: options, public names, corpora, reasons, operations, kinds."""

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
