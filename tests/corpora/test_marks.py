"""Marks of images in captions, questions and documents, and images that are declared one by one."""

import json

import pytest

from tests.corpora.made import index, jpeg, reasons, spec, tar, texts
from tests.corpora.test_annotations import written
from vladata.corpora.marks import Marks
from vladata.errors import SpecError
from vladata.spec.corpus import CorpusSpec
from vladata.spec.read import validate

VQA = spec('layout: json\nimage: {file: ["{image}"]}\npairs: [{task: vqa, question: q, answers: a}]')
NUMBERED = VQA.model_copy(update={"marks": ("<image{1}>",)})
CAPTIONS = spec('layout: json\nimage: {file: ["{image}"]}\npairs: [{task: caption, text: text}]')
LEFT_RIGHT = spec(
    'layout: json\nimage: {files: [["{left}", "old/{left}"], ["{right}"]]}\npairs: [{task: vqa, question: q, answers: a}]'
)


@pytest.fixture
def images(tmp_path):
    (tmp_path / "images" / "old").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "old/c.jpg"):
        (tmp_path / "images" / name).write_bytes(jpeg(len(name)))
    return tmp_path / "images"


def asked(tmp_path, images, declared, **record):
    return index(declared, written(tmp_path / "x.json", [{"a": "yes", **record}]), images)


def files(row):
    return [image["file"] for image in row["images"]]


@pytest.mark.parametrize(
    ("declared", "question", "named", "expected"),
    [
        (VQA, "Same?", "a.jpg", ("Same?", ["a.jpg"])),
        (
            VQA,
            "Same?",
            ["a.jpg", "b.jpg"],
            ("Same?", ["a.jpg", "b.jpg"]),
        ),  # none tells where: all, before all words
        (VQA, "<image>\nSame?", "a.jpg", ("Same?", ["a.jpg"])),
        (VQA, "<image> as <image>?", ["a.jpg", "b.jpg"], ("<image> as <image>?", ["a.jpg", "b.jpg"])),
        (NUMBERED, "<image2> as <image1>?", ["a.jpg", "b.jpg"], ("<image> as <image>?", ["b.jpg", "a.jpg"])),
    ],
)
def test_the_images_of_a_question(tmp_path, images, declared, question, named, expected):
    (row,) = asked(tmp_path, images, declared, q=question, image=named)
    assert (row["question"], files(row)) == expected


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"q": "<image> as <image>?", "image": "a.jpg"}, "q: 2 marks for 1 image."),
        ({"q": "<image>?", "image": ["a.jpg", "b.jpg"]}, "q: 1 mark for 2 images."),
        (
            {"q": "<Image>?", "image": "a.jpg"},
            "something that looks like the mark of an image, but the corpus declares no such mark",
        ),
        ({"q": "?", "image": "a.jpg", "a": "<image>"}, "a: the text holds the mark of an image, <image>."),
        (
            {"q": "?", "image": "a.jpg", "a": ["no", "<video>"]},
            "a: the text holds something that looks like the mark",
        ),
        ({"q": "<image>", "image": "a.jpg"}, "q: a text without words"),
    ],
)
def test_questions_whose_marks_are_wrong(tmp_path, images, record, says):
    (row,) = asked(tmp_path, images, VQA, **record)
    assert says in row["says"]


def test_a_caption_holds_no_mark_and_shows_all_images(tmp_path, images):
    records = [
        {"text": text, "image": ["a.jpg", "b.jpg"]} for text in ("Two.", "<image> Two.", "An <img> of two.")
    ]
    rows = index(CAPTIONS, written(tmp_path / "x.json", records), images)
    assert reasons(rows) == [None, "malformed_record", "malformed_record"]
    assert files(rows[0]) == ["a.jpg", "b.jpg"]


def test_a_document_whose_text_holds_a_mark(tmp_path, images):
    info = [{"image_name": "a.jpg", "matched_text_index": 0}]
    lines = [
        {"url": "u", "text_list": ["One.", text], "image_info": info}
        for text in ("Two.", "<image>", "a <video>")
    ]
    rows = index("mmc4", written(tmp_path / "x.jsonl", "\n".join(map(json.dumps, lines))), images)
    assert reasons(rows) == [None, "malformed_record", "malformed_record"]
    assert "piece 2 of the document: the text holds the mark of an image" in rows[1]["says"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"left": "a.jpg", "right": "b.jpg", "q": "Same?"}, ["a.jpg", "b.jpg"]),
        ({"left": "c.jpg", "right": "b.jpg", "q": "<image> as <image>?"}, ["old/c.jpg", "b.jpg"]),
        ({"left": "a.jpg", "right": None, "q": "<image>?"}, ["a.jpg"]),  # the mark counts them
        (
            {"left": "a.jpg", "right": None, "q": "Same?"},
            "{right}: the record has fewer images than are declared, and its text has no marks",
        ),
        (
            {"left": None, "right": "b.jpg", "q": "<image>?"},
            "{left}, old/{left}: an image is missing before another; got",
        ),
        ({"left": "a.jpg", "right": "gone.jpg", "q": "Same?"}, "there is no such image file; got 'gone.jpg'"),
        (
            {"left": None, "right": "", "q": "Same?"},
            "the record names no image; allowed: {left}, old/{left} and {right}",
        ),
    ],
)
def test_images_in_fields_of_their_own(tmp_path, images, record, expected):
    (row,) = asked(tmp_path, images, LEFT_RIGHT, **record)
    if isinstance(expected, list):
        assert files(row) == expected
    else:
        assert expected in row["says"]


CHAT = spec(
    'layout: json\nimage: {file: ["{messages.content.image_url.url}"]}\n'
    "pairs: [{task: conversation, turns: messages, speaker: role, says: content}]"
)


def image(name):
    return {"type": "image_url", "image_url": {"url": name}}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([image("a.jpg"), {"type": "text", "text": "What?"}], ["a.jpg"]),
        ([image("a.jpg"), {"type": "text", "text": "Same?"}, image("b.jpg")], ["a.jpg", "b.jpg"]),
        ([image(None), {"type": "text", "text": "Same?"}, image("b.jpg")], "2 marks for 1 image"),
        ([image("http://x/a.jpg"), {"type": "text", "text": "What?"}], "Fetch the images first"),
        (
            [image("data:image/png;base64,AAAA"), {"type": "text", "text": "What?"}],
            "expected the name of an image, found the image itself",
        ),
        ([{"type": "text", "text": "What?"}], "the record names no image"),
    ],
)
def test_chats_whose_parts_name_their_images(tmp_path, images, parts, expected):
    system = {"role": "system", "content": "Be brief."}
    record = {
        "messages": [system, {"role": "user", "content": parts}, {"role": "assistant", "content": "A cat."}]
    }
    (row,) = index(CHAT, written(tmp_path / "x.json", [record]), images)
    if isinstance(expected, list):
        assert (files(row), texts(row)) == (expected, ["A cat."])
    else:
        assert expected in row["says"]


@pytest.mark.parametrize(
    ("named", "reason"), [(["a.jpg", "b.jpg"], None), (["b.jpg", "a.jpg"], "malformed_record")]
)
def test_parts_that_name_images_in_another_order_than_the_record(tmp_path, images, named, reason):
    declared = CHAT.model_copy(update={"image": VQA.image})
    parts = [
        *({"type": "image", "image": f"photos/{name}"} for name in named),
        {"type": "text", "text": "Same?"},
    ]
    turns = [{"role": "user", "content": parts}, {"role": "assistant", "content": "No."}]
    record = {"image": ["a.jpg", "b.jpg"], "messages": turns}
    (row,) = index(declared, written(tmp_path / "x.json", [record]), images)
    assert row["reason"] == reason
    assert reason is None or row["says"] == (
        "x.json, record 0, messages: the parts of the turns name the images in another order than the record; "
        "got 'b.jpg, a.jpg'; allowed: a.jpg, b.jpg.\n"
        '  Declare the names of the parts: `image: {file: ["{messages.content.image}"]}`.'
    )


def two(q, *names):
    record = json.dumps({"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": "a"}]})
    return [*((f"k.{name}", jpeg(i)) for i, name in enumerate(names)), ("k.json", record.encode())]


TALKS = spec(
    "layout: webdataset\nimage: {data: [1.jpg, 1.png, 2.jpg]}\npairs: [{task: conversation, turns: json.conversations}]"
)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (two("<image><image> Same?", "1.jpg", "2.jpg"), [0, 1]),
        (two("<image><image> Same?", "2.jpg", "1.png"), [1, 0]),  # in the order of the declaration
        (two("<image> What?", "1.jpg"), [0]),
        (
            two("What?", "1.jpg"),
            "2.jpg: the record has fewer images than are declared, and its text has no marks",
        ),
        (two("<image> What?", "2.jpg"), "1.jpg: an image is missing before another; got '2.jpg'"),
        (two("<image> What?", "1.jpg", "2.jpg"), "json.conversations: 1 mark for 2 images"),
        (
            two("<image><image>?", "1.jpg", "1.png", "2.jpg"),
            "several members of the record are declared as one image",
        ),
    ],
)
def test_several_images_of_a_tar(tmp_path, members, expected):
    (row,) = index(TALKS, tar(tmp_path / "x.tar", members))
    if isinstance(expected, list):
        assert [image["length"] for image in row["images"]] == [len(jpeg(i)) for i in expected]
    else:
        assert expected in row["says"]


@pytest.mark.parametrize(
    ("data", "expected"), [("[1.jpg]", [None, "truncated_file"]), ("[1.jpg, 2.jpg]", ["truncated_file"])]
)
def test_a_tar_that_is_cut_may_have_lost_the_second_image(tmp_path, data, expected):
    """Though the first one and its mark are there."""
    source = tar(tmp_path / "x.tar", [two("<image> What?")[-1], ("k.1.jpg", jpeg(0)), ("k.2.jpg", jpeg(1))])
    whole = source.read_bytes()
    source.write_bytes(whole[: whole.index(jpeg(0)) + -(-len(jpeg(0)) // 512) * 512 + 100])
    declared = f"layout: webdataset\nimage: {{data: {data}}}\npairs: [{{task: conversation, turns: json.conversations}}]"
    assert reasons(index(spec(declared), source)) == expected


@pytest.mark.parametrize("mark", ["<image1>", "", " <image>", "<image{1}{2}>", "<{x}>"])
def test_what_is_no_declaration_of_a_mark(mark):
    text = f'name: x\nlayout: json\nmarks: ["{mark}"]\nimage: {{file: ["{{a}}"]}}\npairs: [{{task: caption, text: t}}]\n'
    with pytest.raises(
        SpecError, match=r'the text that stands for an image, a number in braces: "<image>", "<image\{1\}>"'
    ):
        validate(CorpusSpec, text, "x.yaml")


def test_the_longest_mark_is_read():
    marks = Marks(("<image>", "<image>s", "[{1}]"))
    assert marks.read("<image>s [2] <image>", "x") == ("<image> <image> <image>", [1 << 30, 1, 1 << 30])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hello.<image>\nWhat?", "Hello.\nWhat?"),
        ("What?\n<image>Say it.", "What?\nSay it."),
        ("Is this<image>red?", "Is this red?"),
        ("See:\r\n<image>\r\nWhat?", "See:\r\nWhat?"),
        ("Before.\n<image>\nAfter.", "Before.\nAfter."),
        ("A <image> B", "A B"),
    ],
)
def test_words_stay_apart_where_a_mark_is_taken_out(tmp_path, images, question, expected):
    (row,) = asked(tmp_path, images, VQA, q=question, image="a.jpg")
    assert row["question"] == expected
