"""The reference pages are those of the models, and give every key a meaning."""

import re
from pathlib import Path

import pytest

from docs.reference import PAGES, pages
from vladata.spec.json_schema import MODELS, described
from vladata.spec.operations import OURS

ROOT = Path(__file__).resolve().parent.parent
REFRESH = "python -m docs.reference"


def keys(kind):
    """(map, key, its shape) of every key of a kind of file."""
    root = described(MODELS[kind])
    for name, node in {"the file": root, **root.get("$defs", {})}.items():
        for key, shape in node.get("properties", {}).items():
            yield name, key, shape


def test_every_kind_of_file_has_a_page():
    assert set(PAGES) == set(MODELS)
    assert {path.name for path in (ROOT / "docs").glob("reference-*.md")} == set(pages())
    index = (ROOT / "docs" / "index.md").read_text()
    assert all(f"[{name}]({name})" in index for name in pages())


@pytest.mark.parametrize("name", pages())
def test_the_committed_page_is_the_generated_one(name):
    assert (ROOT / "docs" / name).read_text("utf-8") == pages()[name], f"if this is meant: {REFRESH}"


@pytest.mark.parametrize("kind", MODELS)
def test_no_key_lacks_a_meaning(kind):
    """The word that tells one model of a union from the others explains itself."""
    lacking = [
        f"{name}.{key}"
        for name, key, shape in keys(kind)
        if not shape.get("description") and "const" not in shape
    ]
    assert lacking == []


def test_every_operation_has_its_table():
    page = pages()["reference-schemas.md"]
    for op, model in OURS.items():
        section = page.partition(f"## Operation {op}\n")[2].partition("\n## ")[0]
        told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert told == [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("name", pages())
def test_links_within_a_page_lead_to_its_headings(name):
    text = pages()[name]
    headings = [line[3:].lower().replace(" ", "-") for line in text.splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(headings)


def test_types_are_told_in_words():
    page = pages()["reference-recipes.md"]
    assert "| `extends` | text | none | Another recipe, by name or path" in page
    assert "| `bins` | whole number (2 to 65,536) | `256` | Bins per dimension. |" in page
    assert '| `png` | `keep`, `jpeg` | `"keep"` | keep: a PNG stays a PNG. jpeg: it becomes a JPEG. |' in page
    assert "May be written as text alone, which is then the value of `top`." in page
