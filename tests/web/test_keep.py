"""Filters from the recipe: what they take is counted and never written, and one that leaves nothing stops the conversion."""

import io
import json

import numpy as np
import pytest
import xxhash
from PIL import Image

import vladata
from tests.conversion import convert as convert_robot
from tests.corpora.made import jpeg, spec, tar
from tests.web.made import convert, counts, recipe, rejected, said, samples, settings, shards
from vladata.errors import PlanDiffers, UsageError
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.web.run import begin


def corpus(folder, records):
    """A tar of (image, caption, similarity, language)."""
    members = []
    for i, (image, caption, similarity, language) in enumerate(records):
        known = {"caption": caption, "similarity": similarity, "LANGUAGE": language}
        members += [
            (f"{i:03d}.jpg", image),
            (f"{i:03d}.json", json.dumps(known).encode()),
        ]
    return tar(folder / "x.tar", members)


RECORDS = [
    (jpeg(0), "a dog on the beach", 0.30, "en"),
    (jpeg(1), "ein Hund", 0.31, "de"),
    (jpeg(2, 8, 8), "a small picture", 0.32, "en"),
    (jpeg(3, 16, 99), "a long picture", 0.33, "en"),
    (jpeg(4), "ok", 0.34, "en"),
    (jpeg(0), "the same dog again", 0.35, "en"),
    (jpeg(5), "buy this dog", 0.36, "en"),
    (jpeg(6), "a cat on the sofa", 0.28, "en"),
    (b"<html>", "no image", 0.37, "en"),
]
KEEP = {
    "language": ["en"],
    "size": {"min": 10},
    "aspect": {"max": 3},
    "text": {"min": 3, "drop": "(?i)buy"},
    "similarity": {"min": 0.2},
    "duplicates": {},
}


def test_each_filter_takes_its_own_and_the_ledger_has_them_all(tmp_path):
    source = corpus(tmp_path / "in", RECORDS)
    manifest = convert([source], tmp_path / "out", "laion", recipe=recipe({"keep": KEEP}))
    assert {entry["filter"]: entry["pairs"] for entry in manifest["filters"]} == {
        "language(en)": 1,
        "size(min=10)": 1,
        "aspect(max=3)": 1,
        "text(min=3, drop=(?i)buy)": 2,
        "no_similarity": 0,
        "similarity(min=0.2)": 0,
        "duplicate": 1,
    }
    assert counts(manifest)["records"] == counts(manifest)["pairs"] == (9, 2, 6, 1)
    assert manifest["tasks"] == {"caption": {"fit": 8, "written": 2}}
    assert [target for _, target in said(tmp_path / "out")] == ["a dog on the beach", "a cat on the sofa"]
    assert [line["reason"] for line in rejected(tmp_path / "out")] == ["bad_image"]
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def test_a_share_is_of_what_the_other_filters_leave(tmp_path):
    source = corpus(tmp_path / "in", RECORDS)
    manifest = convert(
        [source],
        tmp_path / "out",
        "laion",
        recipe=recipe({"keep": {"language": ["en"], "similarity": "30%"}}),
    )
    assert [target for _, target in said(tmp_path / "out")] == ["ok", "the same dog again", "buy this dog"]
    assert counts(manifest)["pairs"] == (9, 3, 5, 1)


def test_near_duplicates(tmp_path):
    """A photograph, the same encoded anew, and another."""

    def photograph(seed, quality):
        values = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(values).resize((90, 70), Image.Resampling.BICUBIC).save(file, "JPEG", quality=quality)
        return file.getvalue()

    images = [photograph(1, 95), photograph(2, 95), photograph(1, 60), photograph(1, 95)]
    source = corpus(tmp_path / "in", [(image, f"{i}", 0.3, "en") for i, image in enumerate(images)])
    exact = convert([source], tmp_path / "exact", "laion", recipe=recipe({"keep": {"duplicates": {}}}))
    assert [target for _, target in said(tmp_path / "exact")] == ["0", "1", "2"]
    near = convert([source], tmp_path / "near", "laion", recipe=recipe({"keep": {"duplicates": {"near": 2}}}))
    assert [target for _, target in said(tmp_path / "near")] == ["0", "1"]
    assert counts(exact)["duplicate"] == counts(near)["duplicate"] == (1, 1)
    assert counts(near)["near_duplicate(2)"] == (1, 1)
    looks = [
        image["look"] for row in vladata.open(tmp_path / "near").index["images"].to_pylist() for image in row
    ]
    assert None not in looks


def test_lists_of_keys_and_images(tmp_path):
    source = shards(tmp_path / "in", 6)
    (tmp_path / "allow").write_text("000000001\n000000002\n000000003\n000000004\n")
    (tmp_path / "deny").write_text("000000002\n")
    (tmp_path / "images").write_text(f"{xxhash.xxh3_64_hexdigest(jpeg(3))}\n")
    keep = {
        "keys": {"allow": str(tmp_path / "allow"), "deny": str(tmp_path / "deny")},
        "images": {"deny": str(tmp_path / "images")},
    }
    manifest = convert(source, tmp_path / "out", recipe=recipe({"keep": keep}))
    assert [target for _, target in said(tmp_path / "out")] == ["caption 1", "caption 4"]
    assert counts(manifest)["pairs"] == (6, 2, 4, 0)
    assert len(manifest["lists"]) == 3


def test_a_list_that_changed_is_another_job(tmp_path):
    source = shards(tmp_path / "in", 6)
    (tmp_path / "deny").write_text("000000002\n")
    asked = settings(
        source, tmp_path / "out", recipe=recipe({"keep": {"keys": {"deny": str(tmp_path / "deny")}}})
    )
    with begin(asked):
        pass
    (tmp_path / "deny").write_text("000000003\n")
    with pytest.raises(PlanDiffers) as caught:
        begin(asked)
    assert f"lists.{tmp_path}/deny: " in str(caught.value)


def test_images_of_an_earlier_output_are_left_out(tmp_path):
    """Of 10 images the earlier output has 4, whatever it filtered itself."""
    first = shards(tmp_path / "first", 6)
    keep = {"keys": {"deny": str(tmp_path / "deny")}}
    (tmp_path / "deny").write_text("000000005\n000000004\n")
    convert(first, tmp_path / "earlier", recipe=recipe({"keep": keep}))
    second = shards(tmp_path / "second", 10)
    earlier = (str(tmp_path / "earlier"),)
    manifest = convert(second, tmp_path / "out", without=earlier)
    assert [target for _, target in said(tmp_path / "out")] == [f"caption {i}" for i in range(4, 10)]
    assert counts(manifest)["duplicate_elsewhere"] == (4, 4)
    assert manifest["source"]["without"] == [vladata.open(tmp_path / "earlier").manifest.as_json()["digest"]]
    both = (*earlier, str(tmp_path / "out"))
    third = shards(tmp_path / "third", 12)
    convert(third, tmp_path / "rest", without=both)
    assert [target for _, target in said(tmp_path / "rest")] == ["caption 10", "caption 11"]


def test_an_output_that_knows_no_images_is_refused(clean, tmp_path):
    convert_robot(clean, tmp_path / "robot")
    with pytest.raises(UsageError) as caught:
        convert(shards(tmp_path / "in", 3), tmp_path / "out", without=(str(tmp_path / "robot"),))
    assert str(caught.value) == (
        f"--without-images-of {tmp_path}/robot: expected an output of web2vla, whose index describes images."
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("keep", "name"), [({"size": {"min": 500}}, "size(min=500)"), ({"language": ["fr"]}, "language(fr)")]
)
def test_a_filter_that_leaves_nothing_stops(keep, name, tmp_path):
    source = corpus(tmp_path / "in", RECORDS)
    with pytest.raises(UsageError) as caught:
        convert([source], tmp_path / "out", "laion", recipe=recipe({"keep": keep}))
    assert str(caught.value) == (
        f"laion: the filter {name} leaves nothing of the corpus, which had 8 pairs.\n"
        f"  Pairs that each filter takes out: {name} 8. Loosen a filter, or allow that nothing is left: keep.allow_empty."
    )
    assert not (tmp_path / "out").exists()


def test_a_task_may_go_where_that_is_allowed(tmp_path):
    """Questions about small images, captions about large ones."""
    declared = """layout: webdataset
image: {data: [jpg]}
pairs:
  - {task: caption, text: json.caption}
  - {task: vqa, question: json.q, answers: json.a}
"""
    mine = spec(declared)
    records = [(jpeg(1), {"caption": "large"}), (jpeg(2, 8, 8), {"q": "what?", "a": "small"})]
    members = [
        (f"{i}.{suffix}", data)
        for i, (image, known) in enumerate(records)
        for suffix, data in (("jpg", image), ("json", json.dumps(known).encode()))
    ]
    source = tar(tmp_path / "in" / "x.tar", members)
    keep = {"size": {"min": 10}}
    with pytest.raises(UsageError, match=r"size\(min=10\) leaves nothing of the task vqa, which had 1 pairs"):
        convert([source], tmp_path / "out", mine, recipe=recipe({"keep": keep}))
    manifest = convert(
        [source], tmp_path / "out", mine, recipe=recipe({"keep": {**keep, "allow_empty": True}})
    )
    assert manifest["tasks"] == {"caption": {"fit": 1, "written": 1}, "vqa": {"fit": 1, "written": 0}}
    assert [sample.fields["task"] for sample in samples(tmp_path / "out")] == ["caption"]
