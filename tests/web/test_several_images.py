"""Samples of several images from every layout that can hold them: the right ones, in the order of their marks."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.corpora.made import jpeg, png, spec, tar
from tests.rlds_data import write
from tests.web.made import convert, counts, rejected, samples
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.web.rederive import rederive

PAIRS = """
pairs:
  - {{task: caption, text: {0}text}}
  - {{task: vqa, question: {0}q, answers: {0}a}}
  - {{task: conversation, turns: {0}turns}}
"""
TURNS = [
    {"from": "human", "value": "<image>\nWhat is this?"},
    {"from": "gpt", "value": "A cat."},
    {"from": "human", "value": "And this? <image>"},
    {"from": "gpt", "value": "A dog."},
]
RECORD = {"text": "Two animals.", "q": "Is <image> larger than <image>?", "a": "no", "turns": TURNS}
FIRST, SECOND = jpeg(1), png(2)
EXPECTED = [
    ("Generate caption in EN", "Two animals.", [FIRST, SECOND]),
    ("Q: Is <image> larger than <image>? A:", "no", [FIRST, SECOND]),
    ("Q: <image>\nWhat is this? A:", "A cat.", [FIRST]),
    ("Q: <image>\nWhat is this? A: A cat. Q: And this? <image> A:", "A dog.", [FIRST, SECOND]),
]


def in_a_tar(folder):
    members = [("k.1.jpg", FIRST), ("k.2.png", SECOND), ("k.json", json.dumps(RECORD).encode())]
    declared = "layout: webdataset\nimage: {data: [1.jpg, 2.png]}" + PAIRS.format("json.")
    return spec(declared), tar(folder / "x.tar", members), ""


def in_json(folder):
    (folder / "images").mkdir()
    (folder / "images" / "1.jpg").write_bytes(FIRST)
    (folder / "images" / "2.png").write_bytes(SECOND)
    (folder / "x.json").write_text(json.dumps([RECORD | {"shown": [{"path": "1.jpg"}, {"path": "2.png"}]}]))
    declared = 'layout: json\nimage: {file: ["{shown.path}"]}' + PAIRS.format("")
    return spec(declared), folder / "x.json", str(folder / "images")


def in_a_list_of_parquet(folder):
    columns = {key: [value] for key, value in RECORD.items()}
    pq.write_table(
        pa.table({"images": [[{"bytes": FIRST}, {"bytes": SECOND}]], **columns}), folder / "x.parquet"
    )
    return spec("layout: parquet\nimage: {data: [images.bytes]}" + PAIRS.format("")), folder / "x.parquet", ""


def in_columns_of_parquet(folder):
    columns = {key: [value] for key, value in RECORD.items()}
    pq.write_table(pa.table({"left": [FIRST], "right": [SECOND], **columns}), folder / "x.parquet")
    return spec("layout: parquet\nimage: {data: [left, right]}" + PAIRS.format("")), folder / "x.parquet", ""


HOLDING = (in_a_tar, in_json, in_a_list_of_parquet, in_columns_of_parquet)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
@pytest.mark.parametrize("holding", HOLDING, ids=lambda found: found.__name__)
def test_captions_questions_and_conversations_about_two_images(tmp_path, holding, fmt):
    declared, source, images = holding(tmp_path)
    manifest = convert(source, tmp_path / "out", declared, images=images, format=fmt)
    found = samples(tmp_path / "out")
    told = [
        (s.fields["prompt"], s.fields["target"], [bytes(image) for image in s.images.values()]) for s in found
    ]
    assert told == EXPECTED
    assert manifest["cameras"] == ["primary", "image_1"]
    assert counts(manifest)["pairs"] == (4, 4, 0, 0)
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, [str(source)], images)] == []


def test_two_features_of_tfds(tmp_path):
    def features():
        import tensorflow_datasets as tfds

        image = tfds.features.Image(encoding_format="jpeg")
        return tfds.features.FeaturesDict({"left": image, "right": image, "text": tfds.features.Text()})

    def records():
        yield {"left": jpeg(1), "right": jpeg(2), "text": "Two."}

    source = write(tmp_path, "two", features, {"train": records})
    declared = spec("layout: tfds\nimage: {data: [left, right]}\npairs: [{task: caption, text: text}]")
    convert(source, tmp_path / "out", declared)
    (sample,) = samples(tmp_path / "out")
    assert [bytes(image) for image in sample.images.values()] == [jpeg(1), jpeg(2)]


def unpacked(grey):
    """A PNG of one grey; all are as long as each other."""
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def test_columns_of_equal_images_in_length_keep_their_places(tmp_path):
    """Their places tell them apart, not what they hold."""
    left, right = unpacked(10), unpacked(20)
    assert len(left) == len(right)
    pq.write_table(pa.table({"left": [left], "right": [right], "text": ["x"]}), tmp_path / "x.parquet")
    declared = spec("layout: parquet\nimage: {data: [left, right]}\npairs: [{task: caption, text: text}]")
    convert(tmp_path / "x.parquet", tmp_path / "out", declared)
    (sample,) = samples(tmp_path / "out")
    assert [bytes(image) for image in sample.images.values()] == [left, right]


def test_what_an_early_turn_does_not_show(tmp_path):
    """The first exchange shows no image yet: it is no sample, but what was said in it goes before the second."""
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    said = [("human", "Hello"), ("gpt", "Hi."), ("human", "<image>\nWhat is this?"), ("gpt", "A cat.")]
    turns = [{"from": who, "value": what} for who, what in said]
    source = tmp_path / "x.json"
    source.write_text(json.dumps([{"id": "late", "image": "a.jpg", "conversations": turns}]))
    manifest = convert(source, tmp_path / "out", "llava_instruct", images=str(tmp_path))
    (sample,) = samples(tmp_path / "out")
    assert (sample.fields["prompt"], sample.fields["target"]) == (
        "Q: Hello A: Hi. Q: What is this? A:",
        "A cat.",
    )
    (line,) = rejected(tmp_path / "out")
    assert (line["reason"], line["step"]) == ("missing_image", 0)
    assert (
        "conversations: expected an image in this exchange or before it, found none; got 'Hello'"
        in line["says"]
    )
    assert counts(manifest)["pairs"] == (2, 1, 0, 1)


def test_verify_sees_an_image_more_in_the_source(tmp_path):
    """One for which the output has no camera."""
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_bytes(jpeg(i))
    declared = find.corpus("llava_instruct")
    source = tmp_path / "x.json"

    def tell(count):
        question = "<image>" * count + " What?" if count > 1 else "What?"
        turns = [{"from": "human", "value": question}, {"from": "gpt", "value": "That."}]
        record = {"id": "x", "image": [f"{i}.jpg" for i in range(count)], "conversations": turns}
        source.write_text(json.dumps([record]))

    tell(2)
    convert(source, tmp_path / "out", declared, images=str(tmp_path))
    output = open_output(str(tmp_path / "out"))
    assert list(rederive(output, [str(source)], str(tmp_path))) == []
    tell(3)
    assert any("image" in str(finding) for finding in rederive(output, [str(source)], str(tmp_path)))
