"""Annotation files with the structure of the published ones, and with what may be wrong with them."""

import json
import os

import pytest

from tests.corpora.made import bomb, index, jpeg, kept, reasons, spec, texts
from vladata.corpora.conversations import MOST_EXCHANGES
from vladata.corpora.fields import LONGEST_TEXT


def written(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.fixture
def images(tmp_path):
    """A folder of images, with those of COCO under their names."""
    folder = tmp_path / "images"
    for name, n in (
        ("000000000009.jpg", 9), ("000000000025.jpg", 25), ("train2014/COCO_train2014_000000000009.jpg", 9),
        ("val2014/COCO_val2014_000000000025.jpg", 25), ("a.jpg", 1), ("b.jpg", 2), ("deep/c.jpg", 3),
    ):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg(n))
    return folder


def test_gqa(tmp_path, images):
    """A map by id, cut short to the keys that are of use."""
    questions = {
        "02930152": {"imageId": "a", "question": "Is the sky dark?", "answer": "yes", "isBalanced": True},
        "07333408": {"imageId": "gone", "question": "What?", "answer": "pipe", "isBalanced": True},
    }
    rows = index("gqa", written(tmp_path / "train_balanced_questions.json", questions), images)
    assert [(row["key"], row["question"], texts(row), row["reason"]) for row in rows] == [
        ("02930152", "Is the sky dark?", ["yes"], None),
        ("07333408", "", [], "missing_image"),
    ]
    assert "there is no such image file; got 'gone.jpg, images/gone.jpg'" in rows[1]["says"]


def test_textvqa(tmp_path, images):
    data = {
        "dataset_type": "train",
        "data": [
            {
                "question": "what is the brand?",
                "image_id": "a",
                "image_classes": ["Camera"],
                "flickr_original_url": "https://farm1.staticflickr.com/a.jpg",
                "image_width": 32,
                "question_id": 0,
                "answers": ["nous les gosses", "dakota", "dakota digital", "dakota", ""],
            }
        ],
        "dataset_version": "0.5.1",
    }
    (row,) = index("textvqa", written(tmp_path / "t.json", data), images)
    assert (row["task"], row["key"]) == ("ocr", "0")
    assert row["answers"] == [
        {"text": "dakota", "weight": 2.0},
        {"text": "nous les gosses", "weight": 1.0},
        {"text": "dakota digital", "weight": 1.0},
    ]


def llava(*turns, image="a.jpg", **more):
    said = [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(turns)]
    return {"id": "000000033471", "image": image, "conversations": said, **more}


def test_llava(tmp_path, images):
    records = [
        llava("<image>\nWhat colour is it?", "Red.", "And behind?", "Nothing.", "Really?"),
        llava("Sure?\n<image>", "Yes."),
        {"id": "text", "conversations": llava("a", "b")["conversations"]},
        llava(),
        llava("Only a question <image>"),
        llava("What?", "An <image>."),
        llava(*["What?", "That."] * (MOST_EXCHANGES + 1)),
        llava(*["What?", "That. " * 10_000] * 3),
    ]
    rows = index("llava_instruct", written(tmp_path / "llava_instruct_150k.json", records), images)
    assert [
        (row["record"], row["pair"], row["context"], row["question"], texts(row)) for row in kept(rows)
    ] == [
        (0, 0, [], "What colour is it?", ["Red."]),
        (0, 1, ["What colour is it?", "Red."], "And behind?", ["Nothing."]),
        (1, 0, [], "Sure?", ["Yes."]),
    ]
    assert (
        reasons(rows)[3:]
        == ["missing_image", "missing_text", "missing_text", "malformed_record"] + ["too_large"] * 2
    )


def test_an_exchange_that_is_unfit_is_no_context(tmp_path, images):
    record = llava("<image>\nWhat?", "A cup.", "And there?", "", "Its colour?", "Red.")
    rows = index("llava_instruct", written(tmp_path / "x.json", [record]), images)
    assert [(row["record"], row["pair"], row["reason"], row["context"], texts(row)) for row in rows] == [
        (0, 0, None, [], ["A cup."]),
        (0, 1, "missing_text", [], []),
        (0, 2, None, ["What?", "A cup."], ["Red."]),
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "X.JSONL"])
def test_a_conversation_about_several_images_keeps_its_marks(name, tmp_path, images):
    lines = [
        llava("<image> and <image>: which?", "The first.", image=["a.jpg", "b.jpg"]),
        llava("<image>: which?", "The first.", image=["a.jpg", "b.jpg"]),
    ]
    path = written(tmp_path / name, "".join(json.dumps(line) + "\n" for line in lines))
    rows = index("llava_instruct", path, images)
    assert [image["file"] for image in rows[0]["images"]] == ["a.jpg", "b.jpg"]
    assert rows[0]["question"] == "<image> and <image>: which?"
    assert reasons(rows) == [None, "malformed_record"]


def test_mmc4(tmp_path, images):
    """A document a line; the image stands before the text that it matches."""
    doc = {
        "url": "http://example.org/a",
        "text_list": ["First.", "Second.", "Third."],
        "image_info": [
            {"image_name": "a.jpg", "raw_url": "http://x/a.jpg", "matched_text_index": 2, "matched_sim": 0.2},
            {"image_name": "b.jpg", "raw_url": "http://x/b.jpg", "matched_text_index": 0, "matched_sim": 0.3},
        ],
        "similarity_matrix": [[0.1, 0.2, 0.3]],
    }
    late = doc | {"image_info": [doc["image_info"][0] | {"matched_text_index": 3}]}
    none = doc | {"image_info": []}
    path = written(tmp_path / "docs_shard_0_v2.jsonl", "\n".join(map(json.dumps, (doc, late, none))))
    rows = index("mmc4", path, images)
    assert rows[0]["question"] == "<image>\nFirst.\nSecond.\n<image>"
    assert texts(rows[0]) == ["Third."]
    assert [image["file"] for image in rows[0]["images"]] == ["b.jpg", "a.jpg"]
    assert rows[0]["key"] == "http://example.org/a"
    assert reasons(rows) == [None, "malformed_record", "missing_image"]


@pytest.fixture
def outside(tmp_path, images):
    """What lies beside the images folder, and links to it from within."""
    (tmp_path / "secret.jpg").write_bytes(jpeg(7))
    (images / "12:30.jpg").write_bytes(jpeg(8))
    (images / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (images / "up").symlink_to(tmp_path)
    (images / "in.jpg").symlink_to(images / "deep" / "c.jpg")
    (images / "round.jpg").symlink_to(images / "round.jpg")
    os.mkfifo(images / "pipe.jpg")
    (images / "bomb.png").write_bytes(bomb())
    (images / "cut.jpg").write_bytes(jpeg(1)[:-100])
    return images


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.jpg", None),
        ("deep/c.jpg", None),
        ("in.jpg", None),  # a link that stays within
        ("deep/../a.jpg", "unsafe_name"),
        ("../secret.jpg", "unsafe_name"),
        ("/etc/passwd", "unsafe_name"),
        ("12:30.jpg", None),
        ("C:x.jpg", "missing_image"),  # a name like any other, where no drives are
        ("C:/x.jpg", "unsafe_name"),
        ("C:\\x.jpg", "unsafe_name"),
        ("http://example.org/x.jpg", "unsafe_name"),
        ("..\\secret.jpg", "unsafe_name"),
        ("out.jpg", "unsafe_name"),
        ("up/secret.jpg", "unsafe_name"),
        ("pipe.jpg", "not_a_file"),
        ("round.jpg", "not_a_file"),  # a link to itself
        ("deep", "not_a_file"),
        ("gone.jpg", "missing_image"),
        ("a.jpg/b.jpg", "missing_image"),
        ("x" * 300, "missing_image"),
        ("a\0.jpg", "malformed_record"),
        ("x" * 5000, "malformed_record"),
        ("", "missing_image"),
        (None, "missing_image"),
        ({"a": 1}, "malformed_record"),
        ([], "missing_image"),
        ("bomb.png", "bad_image"),
        ("cut.jpg", "bad_image"),
    ],
)
def test_names_of_images(tmp_path, outside, name, reason):
    path = written(tmp_path / "x.json", [llava("What?", "That.", image=name)])
    rows = index("llava_instruct", path, outside)
    assert reasons(rows) == [reason]
    assert len(rows[0]["says"] or "") < 700


PLAIN = spec('layout: json\nimage: {file: ["{image}"]}\npairs: [{task: caption, text: text}]')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"image": "a.jpg", "text": "x", "text": "y"}, {"image": "a.jpg", "text": "x"}]', ["duplicate_key", None]),
        ('[1, {"image": "a.jpg", "text": "x"}]', ["malformed_record", None]),
        ('[{"image": "a.jpg"}, {"image": "a.jpg", "text": "x"}]', ["missing_text", None]),
        ('[{"image": "a.jpg", "text": "x"}, {"image": ', [None, "corrupt_record"]),
        ('[{"image": "a.jpg", "text": "x"}] trailing', [None, "corrupt_record"]),
        ("[]", []),
        ("", ["corrupt_record"]),
        ("3", ["corrupt_record"]),
        ("{}", []),
        ('[{"image": "a.jpg", "text": "%s"}]' % ("x" * (LONGEST_TEXT + 1)), ["too_large"]),
        ('[{"image": "a.jpg", "text": "%s"}]' % ("x" * 10_000_000), ["too_large"]),
        ('[{"image": "a.jpg", "text": ' + "[" * 90 + "]" * 90 + '}, {"image": "a.jpg", "text": "x"}]',
         ["malformed_record", None]),
        ('[{"image": "a.jpg", "text": "%s"}]' % ("x" * 20_000_000), ["too_large"]),
    ],
)  # fmt: skip
def test_faults_of_a_file(tmp_path, images, text, expected):
    assert reasons(index(PLAIN, written(tmp_path / "x.json", text), images)) == expected


def test_a_byte_that_is_no_utf8_costs_one_record(tmp_path, images):
    path = tmp_path / "x.json"
    path.write_bytes(
        b'\xef\xbb\xbf[{"image": "a.jpg", "text": "\xff\xfe"}, {"image": "a.jpg", "text": "fine \xc3\xbc"}]'
    )
    rows = index(PLAIN, path, images)
    assert reasons(rows) == ["bad_text", None]
    assert texts(rows[1]) == ["fine ü"]


def test_an_image_that_many_name_is_read_once(tmp_path, images, monkeypatch):
    read = []
    from vladata.corpora.image_files import ImageFolder

    whole = ImageFolder.read
    monkeypatch.setattr(ImageFolder, "read", lambda self, name: read.append(name) or whole(self, name))
    index(PLAIN, written(tmp_path / "x.json", [{"image": "a.jpg", "text": str(i)} for i in range(9)]), images)
    assert read == ["a.jpg"]
