"""Captions of COCO with the structure of the published files: images and annotations, joined by the image's id."""

import pytest

from tests.corpora.made import index, kept, reasons, spec, texts
from tests.corpora.test_annotations import images as images
from tests.corpora.test_annotations import written
from vladata.corpora.coco import IMAGES


def coco(**more):
    """As captions_train2017.json begins."""
    return {
        "info": {"description": "COCO 2017 Dataset", "year": 2017},
        "licenses": [{"url": "http://creativecommons.org/", "id": 1, "name": "x"}],
        "images": [
            {"license": 3, "file_name": "000000000009.jpg", "height": 24, "width": 32, "id": 9},
            {"license": 3, "file_name": "000000000025.jpg", "height": 24, "width": 32, "id": 25},
        ],
        "annotations": [
            {"image_id": 25, "id": 38, "caption": "A giraffe eats.\n"},
            {"image_id": 9, "id": 67, "caption": "Food in boxes."},
            {"image_id": 9, "id": 148, "caption": "Lunch."},
        ],
        **more,
    }


def test_coco_captions(tmp_path, images):
    rows = index("coco_captions", written(tmp_path / "captions_train2017.json", coco()), images)
    assert [(row["record"], row["key"], row["images"][0]["file"], texts(row)) for row in rows] == [
        (0, "38", "000000000025.jpg", ["A giraffe eats."]),
        (1, "67", "000000000009.jpg", ["Food in boxes."]),
        (2, "148", "000000000009.jpg", ["Lunch."]),
    ]
    assert {
        (image["offset"], image["height"], image["width"]) for row in rows for image in row["images"]
    } == {(0, 24, 32)}


def test_coco_with_annotations_first_and_images_that_are_not_there(tmp_path, images):
    turned = dict(reversed(coco().items()))
    turned["images"].append({"file_name": "000000000030.jpg", "id": 30})
    turned["images"].append({"file_name": "other.jpg", "id": 25})
    turned["annotations"] += [
        {"image_id": 30, "id": 1, "caption": "Gone."},
        {"image_id": 31, "id": 2, "caption": "Never there."},
    ]
    rows = index("coco_captions", written(tmp_path / "c.json", turned), images)
    assert reasons(rows) == ["unmatched", None, None, "missing_image", "unmatched", *["duplicate_key"] * 2]
    assert [(row["record"] - IMAGES, row["says"]) for row in rows[5:]] == [
        (
            number,
            f"c.json, record {IMAGES + number}, images, id: several different images have this id; got 25.",
        )
        for number in (1, 3)
    ]


def test_an_image_of_coco_has_any_number_of_captions_and_never_none(tmp_path, images):
    """Nor one that is not its own: nothing joins nothing, and what is wrong with an image is said."""
    known = coco()
    known["annotations"] += [{"image_id": None, "id": 1, "caption": "a"}, {"id": 2, "caption": "b"}]
    known["images"] += [
        known["images"][0],
        {"file_name": "a.jpg", "id": None},
        3,
        {"file_name": "b.jpg", "id": 30},
    ]
    rows = index("coco_captions", written(tmp_path / "c.json", known), images)
    assert [(texts(row), row["images"][0]["file"]) for row in kept(rows)] == [
        (["A giraffe eats."], "000000000025.jpg"),
        (["Food in boxes."], "000000000009.jpg"),
        (["Lunch."], "000000000009.jpg"),
    ]
    assert [row["says"].partition(", ")[2] for row in rows if row["reason"]] == [
        "record 3, image_id: an annotation without an image.",
        "record 4, image_id: an annotation without an image.",
        f"record {IMAGES + 3}, images: an image without an id.",
        f"record {IMAGES + 4}, images: the image is not a map; got 3.",
        f"record {IMAGES + 5}, images, id: an image without an annotation; got 30.",
    ]


BY_IDS = (
    "layout: coco\nids: {}\nimage: {{file: ['{{file_name}}']}}\npairs: [{{task: caption, text: caption}}]"
)


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ("exact", ["A giraffe eats."]),
        ("number", ["A giraffe eats.", "Food in boxes.", "Lunch."]),
        ("text", ["A giraffe eats.", "Food in boxes."]),
    ],
)
def test_ids_of_coco_are_compared_by_the_declared_rule(tmp_path, images, ids, found):
    known = coco()
    known["annotations"][1]["image_id"], known["annotations"][2]["image_id"] = "9", 9.0
    rows = index(spec(BY_IDS.format(ids)), written(tmp_path / "c.json", known), images)
    assert [text for row in kept(rows) for text in texts(row)] == found
    if ids == "exact":
        assert rows[1]["says"] == (
            "c.json, record 1, image_id: no image of the file has this id; it is text, and that of image 9 is a whole "
            "number; got '9'.\n  Declare `ids: number` or `ids: text` in the schema, which compares them as numbers or as texts."
        )
