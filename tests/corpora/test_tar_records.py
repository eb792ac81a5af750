"""Records of tars that make more than one caption: documents, and several tasks."""

import json

import pytest

from tests.corpora.made import index, jpeg, kept, png, reasons, spec, tar, texts
from vladata.corpora.tar_record import MOST_MEMBERS, Members

DOCUMENT = """
layout: webdataset
image: {data: [jpg, png]}
pairs:
  - {task: interleaved, texts: json.texts, images: json.images}
"""


def test_interleaved_documents_name_their_members(tmp_path):
    doc = {
        "texts": ["A door.", None, "Then", None, "a garden."],
        "images": [None, "0.jpg", None, "d.1.png", None],
    }
    bad = doc | {"images": [None, "0.jpg", None, "7.jpg", None]}
    members = [
        ("d.0.jpg", jpeg(0)), ("d.1.png", png(1)), ("d.json", json.dumps(doc).encode()),
        ("e.0.jpg", jpeg(0)), ("e.1.png", png(1)), ("e.json", json.dumps(bad).encode()),
    ]  # fmt: skip
    rows = index(spec(DOCUMENT), tar(tmp_path / "x.tar", members))
    assert reasons(rows) == [None, "missing_image"]
    assert rows[0]["task"] == "interleaved"
    assert rows[0]["question"] == "A door.\n<image>\nThen\n<image>"
    assert texts(rows[0]) == ["a garden."]
    assert [image["length"] for image in rows[0]["images"]] == [len(jpeg(0)), len(png(1))]


@pytest.mark.parametrize(
    ("key", "name", "is_there"),
    [
        ("d", "0.jpg", True),
        ("d", "d.0.jpg", True),
        ("a/d", "d.0.jpg", True),
        ("a/d", "a/d.0.jpg", True),
        ("d", "images/d.0.jpg", True),
        ("d", "D.0.JPG", False),
        ("d", "e.0.jpg", False),  # that of another record
        ("d", "ed.0.jpg", False),
        ("a/d", "b/d.0.jpg", False),
    ],
)
def test_a_document_shows_no_member_of_another_name(tmp_path, key, name, is_there):
    doc = {"texts": ["A door.", None, "a garden."], "images": [None, name, None]}
    members = [(f"{key}.0.jpg", jpeg(0)), (f"{key}.json", json.dumps(doc).encode())]
    (row,) = index(spec(DOCUMENT), tar(tmp_path / "x.tar", members))
    assert row["reason"] == (None if is_there else "missing_image")


def test_a_record_of_too_many_members(tmp_path):
    """As it would need memory without end."""
    members = [(f"d.{i}.jpg", jpeg()) for i in range(MOST_MEMBERS + 5)] + [("d.json", b"{}")]
    rows = index(spec(DOCUMENT), tar(tmp_path / "x.tar", members))
    assert reasons(rows) == ["too_large"]


def test_several_tasks_of_one_record(tmp_path):
    several = spec(
        """
layout: webdataset
image: {data: [jpg]}
pairs:
  - {task: caption, text: caption.txt}
  - {task: vqa, each: meta.json.qa, question: q, answers: a}
"""
    )
    assert Members(several).texts == {"caption.txt", "meta.json"}
    qa = {"qa": [{"q": "How many?", "a": 3}, {"q": "Who?"}, {"q": "Where?", "a": ["here", "there", "there"]}]}
    members = [("1.caption.txt", b"a dog"), ("1.jpg", jpeg()), ("1.meta.json", json.dumps(qa).encode())]
    rows = index(several, tar(tmp_path / "x.tar", members))
    assert [(row["pair"], row["task"], row["question"], texts(row), row["reason"]) for row in rows] == [
        (0, "caption", "", ["a dog"], None),
        (1, "vqa", "How many?", ["3"], None),
        (2, "", "", [], "missing_text"),
        (3, "vqa", "Where?", ["there", "here"], None),
    ]
    assert [answer["weight"] for answer in kept(rows)[2]["answers"]] == [2.0, 1.0]
