"""One conversion of every layout, from files as others publish them to samples that are written down here."""

import json

import datasets
import numpy as np
import pytest

from tests.corpora.made import jpeg, png
from tests.corpora.test_joined import ANSWERED, ASKED, answered, files
from tests.corpora.test_tars import img2dataset
from tests.rlds_data import write
from tests.web.made import convert, counts, recipe, rejected, samples
from vladata.keys import seed_of
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.web.rederive import rederive


def written(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def pictures(folder, **named):
    """A folder of images: name -> bytes, `_` in place of the dot before the ending."""
    for name, data in named.items():
        path = folder / name.replace("__", "/").replace("_jpg", ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(folder)


def told(out):
    """(key, prompt, target, image) of every sample, in the order of the corpus; what was written agrees with itself."""
    assert list(verify(open_output(str(out)))) == []
    return [(s.key, s.fields["prompt"], s.fields["target"], bytes(s.images["primary"])) for s in samples(out)]


def test_parquet_as_hugging_face_writes_it(tmp_path):
    features = datasets.Features({"image": datasets.Image(), "text": datasets.Value("string")})
    stored = [{"bytes": data, "path": None} for data in (jpeg(1), png(2), b"<html>")]
    table = datasets.Dataset.from_dict({"image": stored, "text": ["one", "two", "three"]}, features)
    table.to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    manifest = convert(tmp_path / "data", tmp_path / "out", "image_text_parquet")
    assert told(tmp_path / "out") == [
        ("image_text_parquet-train-00000-000000-0000", "Generate caption in EN", "one", jpeg(1)),
        ("image_text_parquet-train-00000-000001-0000", "Generate caption in EN", "two", png(2)),
    ]
    assert [line["reason"] for line in rejected(tmp_path / "out")] == ["bad_image"]
    assert counts(manifest)["pairs"] == (3, 2, 0, 1)


def test_coco_captions(tmp_path):
    images = pictures(tmp_path / "train2017", a_jpg=jpeg(1), b_jpg=jpeg(2))
    known = {
        "images": [{"file_name": "a.jpg", "id": 9}, {"file_name": "b.jpg", "id": 25}],
        "annotations": [
            {"image_id": 25, "id": 38, "caption": "A giraffe eats.\n"},
            {"image_id": 9, "id": 67, "caption": "Food in boxes."},
            {"image_id": 9, "id": 148, "caption": "Lunch."},
        ],
    }
    source = written(tmp_path / "captions_train2017.json", known)
    convert(source, tmp_path / "out", "coco_captions", images=images, split="val")
    assert told(tmp_path / "out") == [
        ("coco_captions-val-00000-000000-0000", "Generate caption in EN", "A giraffe eats.", jpeg(2)),
        ("coco_captions-val-00000-000001-0000", "Generate caption in EN", "Food in boxes.", jpeg(1)),
        ("coco_captions-val-00000-000002-0000", "Generate caption in EN", "Lunch.", jpeg(1)),
    ]
    assert [sample.fields["source"] for sample in samples(tmp_path / "out")] == [
        {"file": name, "offset": 0, "length": len(data)}
        for name, data in (("b.jpg", jpeg(2)), ("a.jpg", jpeg(1)), ("a.jpg", jpeg(1)))
    ]


@pytest.fixture
def asked(tmp_path):
    """VQAv2: ten people answered each question, not all alike."""
    images = pictures(
        tmp_path / "images",
        COCO_train2014_000000000009_jpg=jpeg(9),
        train2014__COCO_train2014_000000000025_jpg=jpeg(25),
    )
    return files(tmp_path / "vqa"), images


def test_vqa_takes_what_most_people_said(asked, tmp_path):
    convert(asked[0], tmp_path / "out", "vqav2", images=asked[1])
    assert told(tmp_path / "out") == [
        ("vqav2-train-00000-000000-0000", "Q: What is it? A:", "food", jpeg(9)),
        ("vqav2-train-00000-000001-0000", "Q: How many? A:", "4", jpeg(9)),
        ("vqav2-train-00000-000002-0000", "Q: Where? A:", "zoo", jpeg(25)),
    ]
    assert [sample.fields["instruction"] for sample in samples(tmp_path / "out")] == [
        each["question"] for each in ASKED
    ]
    assert len(ANSWERED) == 3


def test_questions_in_another_order_than_their_answers(tmp_path):
    """The source gives what the output has, and an image filter can go through: both take the index in order."""
    images = pictures(tmp_path / "images", **{f"COCO_train2014_{i:012d}_jpg": jpeg(i) for i in range(4)})
    questions = [{"image_id": i, "question": f"What {i}?", "question_id": i} for i in range(4)]
    annotations = [answered(i, i, f"a{i}") for i in (3, 99, 1, 0)]
    source, out = files(tmp_path / "vqa", questions, annotations), tmp_path / "out"
    manifest = convert(
        source, out, "vqav2", images=images, recipe=recipe({"keep": {"duplicates": {"near": 1}}})
    )
    assert [(prompt, target) for _, prompt, target, _ in told(out)] == [
        ("Q: What 0? A:", "a0"),
        ("Q: What 1? A:", "a1"),
        ("Q: What 3? A:", "a3"),
    ]
    assert counts(manifest)["pairs"] == (5, 3, 0, 2)
    assert [line["reason"] for line in rejected(out)] == ["unmatched", "unmatched"]
    assert list(rederive(open_output(str(out)), [str(path) for path in source], images)) == []


def test_a_drawn_answer_is_the_samples_own(tmp_path):
    """Weighted: the same whatever the order, the format or the size of the units; another seed draws anew."""
    images = pictures(tmp_path / "images", COCO_train2014_000000000009_jpg=jpeg(9))
    questions = [{"image_id": 9, "question": f"What {i}?", "question_id": i} for i in range(300)]
    annotations = [answered(9, i, *["food"] * 7, *["lunch"] * 2, "boxes") for i in range(300)]
    source = files(tmp_path / "vqa", questions, annotations)

    def drawn(name, **layout):
        out = tmp_path / name
        convert(source, out, "vqav2", images=images, recipe=recipe({"answers": "weighted"}), **layout)
        return [target for _, _, target, _ in told(out)]

    first = drawn("first")
    assert drawn("second", order="source", memory=300_000, format="tfrecord") == first
    other = drawn("third", seed=1)
    assert other != first
    for answers in (first, other):
        share = {answer: answers.count(answer) / 300 for answer in ("food", "lunch", "boxes")}
        assert sum(share.values()) == pytest.approx(1)
        assert [share[answer] for answer in share] == pytest.approx([0.7, 0.2, 0.1], abs=0.08)
    points = [seed_of(0, "answer", f"vqav2-train-00000-{i:06d}-0000") / 2**64 for i in range(300)]
    assert first == ["food" if p < 0.7 else "lunch" if p < 0.9 else "boxes" for p in points]


def test_conversations(tmp_path):
    images = pictures(tmp_path / "images", a_jpg=jpeg(1), coco__b_jpg=jpeg(2))

    def said(*turns):
        return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(turns)]

    records = [
        {
            "id": "1",
            "image": "a.jpg",
            "conversations": said("<image>\nWhat colour is it?", "Red.", "And behind?", "Nothing."),
        },
        {"id": "2", "image": "coco/b.jpg", "conversations": said("Sure?\n<image>", "Yes.")},
        {"id": "3", "conversations": said("a", "b")},
    ]
    source = written(tmp_path / "llava_instruct_150k.json", records)
    manifest = convert(source, tmp_path / "out", "llava_instruct", images=images)
    name = "llava_instruct-train-00000"
    assert told(tmp_path / "out") == [
        (f"{name}-000000-0000", "Q: What colour is it? A:", "Red.", jpeg(1)),
        (f"{name}-000000-0001", "Q: What colour is it? A: Red. Q: And behind? A:", "Nothing.", jpeg(1)),
        (f"{name}-000001-0000", "Q: Sure? A:", "Yes.", jpeg(2)),
    ]
    assert counts(manifest) == {"records": (3, 2, 0, 1), "pairs": (4, 3, 0, 1), "missing_image": (1, 1)}


def test_tfds(tmp_path):
    def features():
        import tensorflow_datasets as tfds

        caption = {"id": np.int64, "text": tfds.features.Text()}
        return tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(encoding_format="jpeg"),
                "image/filename": tfds.features.Text(),
                "captions": tfds.features.Sequence(caption),
            }
        )

    def records(count):
        for i in range(count):
            captions = [{"id": 10 * i + k, "text": f"caption {i}.{k}"} for k in range(2)]
            yield {"image": jpeg(i), "image/filename": f"{i}.jpg", "captions": captions}

    splits = {"train": lambda: records(3), "val": lambda: records(2)}
    source = write(tmp_path / "tfds", "coco_captions", features, splits, num_shards=2)
    manifest = convert(source, tmp_path / "out", "tfds_coco_captions", split="train+val")
    found = [(target, image) for _, _, target, image in told(tmp_path / "out")]
    assert found == [(f"caption {i}.{k}", jpeg(i)) for i in (0, 1, 2, 0, 1) for k in (0, 1)]
    assert counts(manifest) == {"records": (5, 5, 0, 0), "pairs": (10, 10, 0, 0)}
    assert manifest["splits"] == {"train_val": {"shards": 1, "samples": 10}}
    assert manifest["source"]["split"] == "train+val"
    assert list(rederive(open_output(str(tmp_path / "out")), [str(source)])) == []
    place = samples(tmp_path / "out")[2].fields["source"]
    data = (source / place["file"]).read_bytes()
    assert data[place["offset"] :][: place["length"]] == jpeg(1)


def test_language_stands_in_the_prompt(tmp_path):
    words = {"default_language": "fr", "caption": {"prompt": "In {language}:", "target": "[{answer}]"}}
    for language, spelled in (("pt_BR", "PT-BR"), (None, "FR")):
        (tmp_path / spelled).mkdir()
        source = img2dataset(tmp_path / spelled, 1, LANGUAGE=language)
        convert(source, tmp_path / f"out {spelled}", "laion", recipe=recipe(words))
        (row,) = told(tmp_path / f"out {spelled}")
        assert row[1:3] == (f"In {spelled}:", "[caption 0]")
