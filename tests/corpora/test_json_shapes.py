"""Annotation files that are laid out otherwise than their name, or their declaration, says."""

import json

import pytest

from tests.corpora.made import index, jpeg, reasons, texts
from tests.corpora.test_annotations import llava, written


@pytest.fixture
def images(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(jpeg(1))
    return tmp_path / "images"


TWO = [llava("What?", "One."), llava("What?", "Two.")]
LINES = "".join(json.dumps(record) + "\n" for record in TWO)
LISTED = "[" + ",\n".join(map(json.dumps, TWO)) + "]"


@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
@pytest.mark.parametrize(
    "text",
    [LINES, LISTED, json.dumps(TWO), json.dumps(TWO, indent=2)],
    ids=["lines", "list", "line", "laid out"],
)
def test_it_is_read_for_what_it_is(tmp_path, images, name, text):
    rows = index("llava_instruct", written(tmp_path / name, text), images)
    assert [texts(row) for row in rows] == [["One."], ["Two."]]


def test_one_record_in_one_line(tmp_path, images):
    rows = index("llava_instruct", written(tmp_path / "x.json", json.dumps(TWO[0]) + "\n"), images)
    assert [texts(row) for row in rows] == [["One."]]


@pytest.mark.parametrize(
    ("corpus", "value", "says"),
    [
        (
            "llava_instruct",
            json.dumps(TWO[0], indent=1),
            "The file holds one record; expected a list of records, or a map of records by their names",
        ),
        (
            "llava_instruct",
            {"data": TWO},
            "The file is a map: if this list holds its records, declare `records: data`.",
        ),
        (
            "llava_instruct",
            {"version": "1"},
            "The file is a map, so each of its values is read as a record.",
        ),
        (
            "textvqa",
            TWO,
            'x.json, record 0: the file is a list, but its records are expected in a map, under "data".\n'
            "  If the list itself holds the records, leave out `records` (layout json).",
        ),
        (
            "coco_captions",
            TWO,
            'the file is a list, but its records are expected in a map, under "annotations".',
        ),
    ],
)
def test_what_the_declaration_does_not_fit_is_said(tmp_path, images, corpus, value, says):
    rows = index(corpus, written(tmp_path / "x.json", value), images)
    assert set(reasons(rows)) == {"malformed_record"}
    assert says in rows[0]["says"]
