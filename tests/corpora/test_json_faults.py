"""What is wrong in the JSON of a corpus costs one record, whatever the layout."""

import json

import pytest

from tests.corpora.made import index, jpeg, reasons, spec, tar, texts
from tests.corpora.test_annotations import PLAIN, written
from tests.corpora.test_coco import coco

IN_A_TAR = spec("layout: webdataset\nimage: {data: [jpg]}\npairs: [{task: caption, text: json.text}]")
FINE = '{"image": "a.jpg", "text": "fine"}'


@pytest.fixture
def images(tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "000000000009.jpg", "000000000025.jpg"):
        (tmp_path / "images" / name).write_bytes(jpeg(len(name)))
    return tmp_path / "images"


@pytest.mark.parametrize(
    ("record", "reason", "says"),
    [
        (r'{"image": "a.jpg", "text": "hi \ud83d there"}', "bad_text", "text: the text holds half a character"),
        (r'{"image": "a.jpg", "text": "hi \ud83d\u0041"}', "bad_text", "half a character (a lone surrogate); got 'hi \\ud83dA'"),
        (r'{"image": "a.jpg", "text": "low \udc00"}', "bad_text", "half a character"),
        (r'{"image": "\udcff.jpg", "text": "x"}', "bad_text", "image: the text holds half a character (a lone surrogate)"),
        (r'{"image": "a.jpg", "text": "both \ud83d\ude00", "alt": "\udc00"}', None, None),
        ('{"image": "a.jpg", "text": "x", "score": NaN, "hash": 18446744073709551616}', None, None),
        ('{"image": "a.jpg", "text": NaN}', "missing_text", "text: there is no text"),
        ('{"image": "a.jpg", "text": "x", "alt": "raw \x01"}', "malformed_record", "Invalid control character"),
        ('{"image": "a.jpg", "text": "x"', "malformed_record", "this is not JSON"),
    ],
)  # fmt: skip
def test_a_bad_record_costs_itself_in_every_layout(tmp_path, images, record, reason, says):
    """JSON lines, a list (whose brackets a record must close) and a tar give one reason."""
    expected = [None, reason, None]
    lines = index(PLAIN, written(tmp_path / "x.jsonl", f"{FINE}\n{record}\n{FINE}\n"), images)
    assert reasons(lines) == expected
    assert [row["record"] for row in lines] == [0, 1, 2]
    assert says is None or says in lines[1]["says"]
    if record.endswith("}"):
        rows = index(PLAIN, written(tmp_path / "x.json", f"[{FINE}, {record} , {FINE}]"), images)
        assert reasons(rows) == expected
        assert rows[1]["says"] == (lines[1]["says"] and lines[1]["says"].replace(".jsonl", ".json"))
    members = [
        (f"{i}.{what}", data)
        for i, text in enumerate((FINE, record, FINE))
        for what, data in (("jpg", jpeg()), ("json", text.encode()))
    ]
    if "udcff" not in record:  # a tar's image is a member, whatever its JSON names
        assert reasons(index(IN_A_TAR, tar(tmp_path / "x.tar", members))) == expected


def test_all_digits_of_an_integer_are_kept(tmp_path, images):
    path = written(tmp_path / "x.json", '[{"image": "a.jpg", "text": 123456789012345678901}]')
    assert texts(index(PLAIN, path, images)[0]) == ["123456789012345678901"]


def test_a_document_that_names_half_a_character(tmp_path, images):
    """Such a name would be that of a file with another byte."""
    line = {"text_list": ["x"], "image_info": [{"image_name": "\udcff.jpg", "matched_text_index": 0}]}
    (row,) = index("mmc4", written(tmp_path / "x.jsonl", line), images)
    assert row["reason"] == "bad_text"
    assert "the name of an image: the text holds half a character (a lone surrogate)" in row["says"]


def test_a_nan_in_coco_costs_nothing(tmp_path, images):
    known = coco()
    known["annotations"][1]["score"] = known["images"][0]["height"] = float("nan")
    assert reasons(index("coco_captions", written(tmp_path / "c.json", known), images)) == [None] * 3


WITHOUT_IMAGES = json.dumps({"annotations": coco()["annotations"]})
WITHOUT_ANNOTATIONS = json.dumps({"images": coco()["images"]})


def damaged_coco(cut, turned=False):
    """COCO's text without what follows `cut`, which is in its last list."""
    text = json.dumps(dict(reversed(coco().items())) if turned else coco())
    return text[: text.index(cut) + len(cut)]


@pytest.mark.parametrize(
    ("text", "expected", "says"),
    [
        (damaged_coco('"Food in'), [None, "corrupt_record"], "the file ends"),
        (damaged_coco('"Food in boxes."}'), [None, None, "corrupt_record"], "the file ends"),
        (damaged_coco('"annotations": ['), ["corrupt_record"], "the file ends"),
        (damaged_coco('"width": 32, "id": 9', True), ["unmatched", "unmatched", "unmatched", "corrupt_record"], "the file ends"),
        (damaged_coco('"width": 32, "id": 9},', True), ["unmatched", None, None, "corrupt_record"], "the file ends"),
        (damaged_coco("Lunch.") + '"}}}', [None, None, None, "corrupt_record"], "a comma or ] is missing"),
        (json.dumps(coco(images=3)), ["unmatched"] * 3 + ["corrupt_record"], "images: this is not a list or map of records"),
        (WITHOUT_IMAGES, ["unmatched"] * 3 + ["corrupt_record"], "the file does not have this list; got 'images'"),
        (WITHOUT_ANNOTATIONS, ["corrupt_record"], "the file does not have this list; got 'annotations'"),
    ],
)  # fmt: skip
def test_a_damaged_coco_file_is_read_up_to_there(tmp_path, images, text, expected, says):
    rows = index("coco_captions", written(tmp_path / "c.json", text), images)
    assert reasons(rows) == expected
    assert says in rows[-1]["says"]
    assert rows[-1]["record"] == len(expected) - 1
