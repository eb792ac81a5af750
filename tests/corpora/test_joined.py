"""Questions and annotations as VQAv2 and OK-VQA publish them."""

import json

import pytest

from tests.corpora.made import index, jpeg, reasons, texts
from vladata.corpora import joined
from vladata.corpora.corpus import open_corpus
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
    assert sorted((row["record"], row["question"], texts(row)[0]) for row in rows) == [
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
    assert sorted((row["record"], row["reason"]) for row in rows if row["reason"]) == [
        (3, "unmatched"),
        (4, "malformed_record"),
        (5, "unmatched"),
        (6, "missing_text"),
        (7, "unmatched"),
        (joined.ANNOTATIONS + 3, "unmatched"),
    ]
    assert reasons(rows).count(None) == 3


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


def test_an_id_that_stands_twice_before_its_answer(tmp_path, images):
    questions = [ASKED[0], ASKED[0]]
    rows = index("vqav2", files(tmp_path, questions, [ANSWERED[1], ANSWERED[1], ANSWERED[0]]), images)
    assert sorted(filter(None, reasons(rows))) == ["duplicate_key", "duplicate_key", "unmatched"]


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
    with pytest.raises(SourceError, match=r"orders too different .*\n.*Sort both by question_id"):
        index("vqav2", files(tmp_path, annotations=ANSWERED[::-1]), images)
