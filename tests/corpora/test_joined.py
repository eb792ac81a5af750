"""Questions and annotations as VQAv2 and OK-VQA publish them."""

import json

import pytest

from tests.corpora.made import index, jpeg, reasons, spec, texts
from vladata.corpora import joined
from vladata.corpora.corpus import open_corpus
from vladata.corpora.ids import id_of
from vladata.errors import SourceError, UsageError
from vladata.spec.find import corpus

ASKED = [
    {"image_id": 9, "question": "What is it?", "question_id": 9000},
    {"image_id": 9, "question": "How many?", "question_id": 9001},
    {"image_id": 25, "question": "Where?", "question_id": 25000},
]


def answered(image, question, *answers):
    given = [
        {"answer": answer, "answer_confidence": "yes", "answer_id": i} for i, answer in enumerate(answers, 1)
    ]
    return {
        "question_type": "what",
        "multiple_choice_answer": answers[0] if answers else "",
        "answers": given,
        "image_id": image,
        "answer_type": "other",
        "question_id": question,
    }


ANSWERED = [
    answered(9, 9000, *["food"] * 7, *["lunch"] * 2, "boxes"),
    answered(9, 9001, *["4"] * 10),
    answered(25, 25000, "zoo"),
]


@pytest.fixture
def images(tmp_path):
    for name, n in (("train2014/COCO_train2014_000000000009.jpg", 9), ("COCO_val2014_000000000025.jpg", 25)):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).write_bytes(jpeg(n))
    return tmp_path / "images"


def files(folder, questions=ASKED, annotations=ANSWERED, split="train"):
    folder.mkdir(exist_ok=True)
    info = {"info": {"year": 2017}, "license": {"name": "CC BY 4.0"}, "data_subtype": f"{split}2014"}
    one = folder / f"v2_OpenEnded_mscoco_{split}2014_questions.json"
    other = folder / f"v2_mscoco_{split}2014_annotations.json"
    one.write_text(json.dumps({**info, "task_type": "Open-Ended", "questions": questions}))
    other.write_text(json.dumps({**info, "annotations": annotations, "data_type": "mscoco"}))
    return [one, other]


@pytest.mark.parametrize("name", ["vqav2", "okvqa"])
@pytest.mark.parametrize("turned", [False, True])
def test_questions_find_their_answers(tmp_path, images, name, turned):
    pair = files(tmp_path)
    rows = index(name, pair[::-1] if turned else pair, images)
    assert [(row["record"], row["key"], row["question"], row["images"][0]["file"]) for row in rows] == [
        (0, "9000", "What is it?", "train2014/COCO_train2014_000000000009.jpg"),
        (1, "9001", "How many?", "train2014/COCO_train2014_000000000009.jpg"),
        (2, "25000", "Where?", "COCO_val2014_000000000025.jpg"),
    ]
    assert rows[0]["answers"] == [
        {"text": "food", "weight": 7.0},
        {"text": "lunch", "weight": 2.0},
        {"text": "boxes", "weight": 1.0},
    ]
    assert {row["file"] for row in rows} == {pair[0].name}


def test_any_order(tmp_path, images):
    rows = index("vqav2", files(tmp_path, annotations=ANSWERED[::-1]), images)
    assert [(row["record"], row["question"], texts(row)[0]) for row in rows] == [
        (0, "What is it?", "food"),
        (1, "How many?", "4"),
        (2, "Where?", "zoo"),
    ]


def test_nothing_is_lost(tmp_path, images):
    questions = [
        *ASKED,
        ASKED[0],
        {"image_id": 9, "question": "No id?"},
        {"image_id": 9, "question": "Nobody answered", "question_id": 9002},
        {"image_id": 9, "question": "Said nothing", "question_id": 9003},
        {"image_id": 9, "question": "Of another image", "question_id": 9004},
    ]
    annotations = [*ANSWERED, answered(9, 9999, "x"), answered(9, 9003), answered(25, 9004, "x")]
    rows = index("vqav2", files(tmp_path, questions, annotations), images)
    assert [(row["record"], row["reason"]) for row in rows if row["reason"]] == [
        (0, "duplicate_key"),
        (3, "duplicate_key"),
        (4, "malformed_record"),
        (5, "unmatched"),
        (6, "missing_text"),
        (7, "unmatched"),
        (joined.ANNOTATIONS + 0, "unmatched"),
        (joined.ANNOTATIONS + 3, "unmatched"),
    ]
    assert reasons(rows).count(None) == 2


def test_somebody_who_gave_no_answer(tmp_path, images):
    """Costs that answer, not the question."""
    some, none = answered(9, 9000, "a", "x", "a"), answered(9, 9001, "x", "x")
    for given in (some["answers"][1], *none["answers"]):
        del given["answer"]
    rows = index("vqav2", files(tmp_path, ASKED[:2], [some, none]), images)
    assert [(row["record"], row["reason"], row["answers"]) for row in rows] == [
        (0, None, [{"text": "a", "weight": 2.0}]),
        (1, "missing_text", []),
    ]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("side", [0, 1])
def test_an_id_that_appears_twice_is_never_joined_by_order(tmp_path, images, side, late):
    """On neither side, wherever the second one stands, and whatever it says."""
    both = [[*ASKED], [*ANSWERED]]
    again = both[side][0] | ({"answers": [{"answer": "wrong"}]} if side else {"question": "Another?"})
    both[side] = [*both[side], again] if late else [again, *both[side]]
    rows = index("vqav2", files(tmp_path, *both), images)
    assert sorted(row["question"] for row in rows if not row["reason"]) == ["How many?", "Where?"]
    base = joined.ANNOTATIONS
    numbers = [0, len(both[side]) - 1 if late else 1]
    twice = [(number + side * base, "duplicate_key") for number in numbers]
    assert sorted((row["record"], row["reason"]) for row in rows if row["reason"]) == sorted(
        [*twice, ((1 - side) * base, "unmatched")]
    )
    named = ("questions", "annotations")[side]
    for row in rows:
        assert not row["reason"] or f"question_id: several {named} have this id" in row["says"]


SHOP = """
layout: questions
records: questions
annotations: {{records: annotations, by: id}}
ids: {}
image: {{file: ["{{image}}"]}}
pairs: [{{task: vqa, question: question, answers: answer}}]
"""


def shop(tmp_path, rule, asked, answered, **more):
    """Return the record of one question and one annotation with these ids, or why there is none."""
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    question = {"id": asked, "image": "a.jpg", "question": "What?", **more}
    (tmp_path / "q.json").write_text(json.dumps({"questions": [question]}))
    (tmp_path / "a.json").write_text(json.dumps({"annotations": [{"id": answered, "answer": "x"}]}))
    return index(spec(SHOP.format(rule)), [tmp_path / "q.json", tmp_path / "a.json"], tmp_path)


EVERY_ID = [
    7,
    7.0,
    "7",
    "007",
    "7.0",
    " 7",
    "x",
    8,
    7.5,
    "7.5",
    None,
    True,
    1,
    [7],
    {"a": 7},
    "",
    float("nan"),
]
JOINED = {
    "exact": [[each] for each in (7, 7.0, "7", "007", "7.0", " 7", "x", 8, 7.5, "7.5", 1)],
    "number": [[7, 7.0, "7", "007", "7.0", " 7"], [8], [7.5, "7.5"], [1]],
    "text": [[7, "7"], [7.0, "7.0"], ["007"], [" 7"], ["x"], [8], [7.5, "7.5"], [1]],
}


@pytest.mark.parametrize("rule", JOINED)
def test_which_ids_are_equal(rule):
    def groups(value):
        return [
            i
            for i, group in enumerate(JOINED[rule])
            if any(type(v) is type(value) and v == value for v in group)
        ]

    for one in EVERY_ID:
        for other in EVERY_ID:
            key = id_of(one, rule)
            equal = key is not None and key == id_of(other, rule)
            assert equal == bool(groups(one) and groups(one) == groups(other)), (one, other)


@pytest.mark.parametrize(
    ("rule", "asked", "answered", "reason"),
    [
        ("exact", 7, 7, None),
        ("exact", 7, "7", "unmatched"),
        ("exact", 7, 7.0, "unmatched"),
        ("exact", 1, 1.0, "unmatched"),
        ("exact", True, True, "malformed_record"),
        ("exact", "", "", "malformed_record"),
        ("number", 7, "7", None),
        ("number", "007", 7.0, None),
        ("text", 7, "7", None),
        ("text", 7, 7.0, "unmatched"),
        ("exact", None, None, "malformed_record"),
        ("number", None, None, "malformed_record"),
        ("number", "x", "x", "malformed_record"),
    ],
)
def test_ids_are_compared_by_the_declared_rule(tmp_path, rule, asked, answered, reason):
    rows = shop(tmp_path, rule, asked, answered)
    assert rows[0]["reason"] == reason
    assert len(rows) == (2 if reason else 1)  # neither half is lost


def test_types_of_ids_that_differ_are_named(tmp_path):
    (one, other) = shop(tmp_path, "exact", "7", 7)
    way_out = (
        "\n  Declare `ids: number` or `ids: text` in the schema, which compares them as numbers or as texts."
    )
    assert one["says"] == (
        "q.json, record 0, id '7': a question without its annotation; its id is text, and annotation 7 has a whole number."
        + way_out
    )
    assert other["says"].endswith(
        "annotations, id 7: an annotation without its question; its id is a whole number, and question '7' has text."
        + way_out
    )


@pytest.mark.parametrize(("rule", "reason"), [("exact", "unmatched"), ("number", None), ("text", None)])
def test_a_value_of_both_that_differs_in_its_type(tmp_path, images, rule, reason):
    declared = corpus("vqav2").model_copy(update={"ids": rule})
    wrong = answered("9", 9000, "food")
    (row,) = index(declared, files(tmp_path, ASKED[:1], [wrong]), images)
    assert row["reason"] == reason
    if reason:
        assert "do not agree on image_id: it is a whole number and text; got \"9 and '9'\"" in row["says"]
        assert "Declare `ids: number`" in row["says"]


def test_a_list_where_a_map_of_questions_belongs(tmp_path, images):
    pair = files(tmp_path)
    pair[0].write_text(json.dumps(ASKED))
    with pytest.raises(SourceError, match="neither questions nor annotations; got 'a list'"):
        index("vqav2", pair, images)


def test_a_cut_file_of_annotations(tmp_path, images):
    pair = files(tmp_path)
    pair[1].write_bytes(pair[1].read_bytes()[:-900])
    rows = index("vqav2", pair, images)
    assert reasons(rows)[:1] == [None]
    assert reasons(rows).count("corrupt_record") == 1
    assert "annotations" in next(row["says"] for row in rows if row["reason"] == "corrupt_record")
    assert reasons(rows).count("unmatched") == 3 - reasons(rows).count(None)


def test_several_pairs(tmp_path, images):
    train, val = files(tmp_path / "a"), files(tmp_path / "b", split="val")
    opened = open_corpus(corpus("vqav2"), [str(tmp_path / "*" / "*.json")], str(images))
    assert [(file.name, file.annotations) for file in opened.files] == [
        (f"a/{train[0].name}", str(train[1])),
        (f"b/{val[0].name}", str(val[1])),
    ]


def test_a_file_without_its_other_half(tmp_path, images):
    questions, annotations = files(tmp_path)
    with pytest.raises(UsageError, match="vqav2 come in pairs; got '1 of questions, 0 of annotations'"):
        open_corpus(corpus("vqav2"), [str(questions)], str(images))
    annotations.write_text('{"else": []}')
    with pytest.raises(
        SourceError, match='neither questions nor annotations; allowed: a file with "questions"'
    ):
        open_corpus(corpus("vqav2"), [str(questions), str(annotations)], str(images))


def test_what_waits_is_bounded(tmp_path, images, monkeypatch):
    monkeypatch.setattr(joined, "MOST_WAITING", 100)
    with pytest.raises(
        SourceError,
        match=r"orders of questions and annotations are too different .*\n.*Sort both by question_id",
    ):
        index("vqav2", files(tmp_path, annotations=ANSWERED[::-1]), images)
