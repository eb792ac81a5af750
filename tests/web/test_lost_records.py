"""Images that show only while they are written that they do not decode, under many captions: a record that lies in several
units is lost once, and only when no unit could write anything of it."""

import json
from itertools import product

import pytest

from tests.corpora.made import jpeg, tar
from tests.web.made import convert, counts, recipe, rejected
from tests.web.test_hostile import hollow_png
from vladata.errors import NoSteps
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.corpus import CorpusSpec
from vladata.spec.read import validate
from vladata.web.rederive import rederive

CAPTIONS = """name: mine
layout: webdataset
image: {data: [jpg, png]}
pairs: [{task: caption, text: json.captions}]
"""
SMALL = {"memory": 100_000, "samples_per_shard": 20}


def corpus(folder, records):
    """One tar. records: (name of the image, its bytes, how many captions)."""
    members = []
    for i, (suffix, image, captions) in enumerate(records):
        text = json.dumps({"captions": [f"{i}: {n}" for n in range(captions)]}).encode()
        members += [(f"{i:04d}.{suffix}", image), (f"{i:04d}.json", text)]
    tar(folder / "0.tar", members)
    return folder


def resized(source, out, **rest):
    spec = validate(CorpusSpec, CAPTIONS, "mine.yaml")
    return convert(source, out, spec, **{"recipe": recipe(size=32), **SMALL, **rest})


def test_an_undecodable_image_with_600_captions_is_one_lost_record(tmp_path):
    records = [("png", hollow_png(), 600), ("jpg", jpeg(1), 1), ("jpg", jpeg(2), 1)]
    source = corpus(tmp_path / "in", records)
    manifest = resized(source, tmp_path / "out")
    assert len(manifest["shards"]) > 10  # it really lies in many units
    assert counts(manifest) == {"records": (3, 2, 0, 1), "pairs": (602, 2, 0, 600), "bad_image": (1, 600)}
    assert len(rejected(tmp_path / "out")) == 600
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, [str(source)])] == []


@pytest.mark.parametrize(
    ("captions", "order", "fmt"), [*product((1, 7, 300), ("shuffled", "source"), ("webdataset", "tfrecord"))]
)
def test_records_are_counted_once_however_they_are_cut(tmp_path, captions, order, fmt):
    good, bad = ("jpg", jpeg(1), captions), ("png", hollow_png(), captions)
    records = [bad, good, good, bad, bad, good]
    manifest = resized(corpus(tmp_path / "in", records), tmp_path / "out", order=order, format=fmt)
    both = {"records": (6, 3, 0, 3), "pairs": (6 * captions, 3 * captions, 0, 3 * captions)}
    assert counts(manifest) == both | {"bad_image": (3, 3 * captions)}
    assert sum(shard["samples"] for shard in manifest["shards"]) == 3 * captions


def test_a_record_of_which_a_filter_left_one_pair_is_lost_with_it(tmp_path):
    """Its other pairs stay filtered; the record counts as rejected, since that is what became of its last pair."""
    records = [("png", hollow_png(), 12), ("jpg", jpeg(1), 12)]
    rules = recipe({"keep": {"text": {"drop": "1$"}}}, size=32)  # captions 1 and 11 of each
    manifest = resized(corpus(tmp_path / "in", records), tmp_path / "out", recipe=rules)
    (name,) = (entry["filter"] for entry in manifest["filters"])
    assert counts(manifest) == {
        "records": (2, 1, 0, 1),
        "pairs": (24, 10, 4, 10),
        name: (0, 4),
        "bad_image": (1, 10),
    }


def test_nothing_but_undecodable_images_is_an_error_that_names_the_first(tmp_path):
    source = corpus(tmp_path / "in", [("png", hollow_png(), 30)] * 2)
    with pytest.raises(
        NoSteps,
        match=r"not one sample could be written.\n  The first, train-00000-00000[01]: the PNG image cannot be decoded",
    ):
        resized(source, tmp_path / "out")
