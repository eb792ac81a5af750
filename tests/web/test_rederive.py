"""A converted corpus against its source: what checksums cannot see, and every record accounted for."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import vladata
from tests.corpora.made import jpeg, tar
from tests.manifests import changed
from tests.web.made import convert, recipe, shards
from vladata.errors import SourceError, UsageError
from vladata.runs.index_table import INDEX_COLUMNS, index_table
from vladata.runs.receipts import ROWS, Receipt
from vladata.shards.manifest import ShardEntry, write_manifest
from vladata.shards.storage import open_output
from vladata.shards.writer import write_shard
from vladata.web.rederive import rederive

KEEP = {"text": {"drop": "3$"}, "duplicates": {"near": 1}}


@pytest.fixture(scope="module", params=["webdataset", "tfrecord"])
def whole(request, tmp_path_factory):
    """A corpus of 24 records, of which filters take three (captions 3, 13, 23), and its conversion."""
    folder = tmp_path_factory.mktemp("whole")
    source = shards(folder / "corpus", 24, per_shard=10)
    convert(source, folder / "out", format=request.param, recipe=recipe({"keep": KEEP}))
    return folder


@pytest.fixture
def source(whole, tmp_path):
    return shutil.copytree(whole / "corpus", tmp_path / "corpus")


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole / "out", tmp_path / "out")


def forged(out, change):
    """Rewrites the output, as one shard with a right index, with the samples that `change` makes of its own in the order of
    the source; no checksum or count is wrong."""
    dataset = vladata.open(out)
    samples = change(sorted(dataset, key=lambda sample: sample.key))
    manifest, output = dataset.manifest.as_json(), open_output(str(out))
    shard = write_shard(output, manifest["shards"][0]["path"], samples, manifest["format"])
    columns = {
        "shard": np.zeros(len(samples), np.int32),
        "offset": shard.offsets[:-1],
        "length": np.diff(shard.offsets),
        "episode": [sample.fields["episode"] for sample in samples],
        "step": np.array([sample.fields["step"] for sample in samples], np.int32),
    }
    done = ShardEntry("train", shard.path, shard.samples, shard.bytes, shard.checksum)
    receipt = Receipt(0, (done,), (), {}, pa.table(columns, schema=ROWS))
    names = {"dataset": [manifest["name"]], "task": ["caption"]}
    output.write("index.arrow", index_table(INDEX_COLUMNS, names, [receipt]))
    manifest["shards"] = [{name: getattr(done, name) for name in type(done).__slots__}]
    write_manifest(output, changed(dataset.manifest, **manifest))


def found(out, *sources, **options):
    return [str(finding) for finding in rederive(open_output(str(out)), [str(s) for s in sources], **options)]


def with_fields(sample, **fields):
    return replace(sample, fields={**sample.fields, **fields})


def test_a_whole_output(out, source):
    assert found(out, source) == []
    forged(out, lambda samples: samples)
    assert found(out, source) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"target": "a cat"}, "target is 'a cat', but the source gives 'caption 1'"),
        ({"prompt": "What?"}, "prompt is 'What?', but the source gives 'Generate caption in EN'"),
        ({"action": [0.5]}, "action is [0.5], but the source gives []"),
        ({"terminate": 1}, "terminate is 1, but the source gives 0"),
    ],
)
def test_another_field(fields, says, out, source):
    forged(out, lambda samples: [samples[0], with_fields(samples[1], **fields), *samples[2:]])
    assert found(out, source) == [f"train-00000-000001, pair 0: {says}"]


def test_another_image(out, source):
    forged(out, lambda samples: [replace(samples[0], images={"primary": jpeg(99)}), *samples[1:]])
    assert found(out, source) == ["train-00000-000000, pair 0: the primary image differs from the source's"]


@pytest.mark.parametrize("at", [0, 9, 20])
def test_a_sample_that_is_missing(at, out, source):
    """The first, one between, the last."""
    gone = sorted(vladata.open(out), key=lambda sample: sample.key)[at].fields["episode"]
    forged(out, lambda samples: samples[:at] + samples[at + 1 :])
    assert found(out, source) == [f"{gone}, pair 0: the source has this pair, but the output does not"]


def test_samples_that_the_source_has_not(out, source):
    def change(samples):
        before, between, after = (
            with_fields(samples[0], step=7),
            with_fields(samples[0], episode="train-00000-000003"),  # a filter took it
            with_fields(samples[0], episode="train-00007-1000000"),
        )
        return [*samples, before, between, after]

    forged(out, change)
    assert found(out, source) == [
        f"train-{where}: the source has no such sample"
        for where in ("00000-000000, pair 7", "00000-000003, pair 0", "00007-1000000, pair 0")
    ]


def test_a_sample_that_is_there_more_than_once(out, source):
    forged(out, lambda samples: [*samples, samples[4], samples[4]])
    where = vladata.open(out)[len(vladata.open(out)) - 1].fields["episode"]
    assert found(out, source) == [f"{where}, pair 0: the output has this pair more than once"]


def test_a_source_that_lost_a_file(out, source):
    (source / "00002.tar").unlink()
    lines = found(out, source)
    assert lines[:2] == [
        "cc3m: files: 2 of the source, 3 in the output",
        "cc3m: records read: 20 of the source, 24 in the output",
    ]
    assert [line for line in lines if "no such sample" in line] == [
        f"train-00002-00000{i}, pair 0: the source has no such sample" for i in (0, 1, 2)
    ]


def test_a_source_whose_caption_changed(out, source):
    shutil.copy(shards(source.parent / "other", 10, first=100) / "00000.tar", source / "00001.tar")
    lines = found(out, source)
    assert (
        sum("target is 'caption 1" in line for line in lines) == 9
    )  # the tenth has a caption that a filter takes
    assert sum("the primary image differs from the source's" in line for line in lines) == 9


def test_pairs_that_are_unfit(tmp_path):
    """Found by the index or only when an image is resized: a line of rejected.jsonl accounts for them."""
    broken = jpeg(1)[:-300] + bytes(300)
    members = [
        *(("0.jpg", jpeg(0)), ("0.txt", b"good")),
        *(("1.jpg", broken[:100]), ("1.txt", b"bad")),
        *(("2.jpg", jpeg(2)), ("2.txt", b"")),
    ]
    source = tar(tmp_path / "x.tar", members)
    convert(source, tmp_path / "out", recipe=recipe(size=8))
    assert found(tmp_path / "out", source) == []
    lines = (tmp_path / "out" / "rejected.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    (tmp_path / "out" / "rejected.jsonl").write_bytes(lines[1])
    episode = json.loads(lines[0])["episode"]
    says = "the source has this pair, but rejected.jsonl has no line for it"
    assert found(tmp_path / "out", source) == [f"{episode}, pair 0: {says}"]


def test_what_the_conversion_was_asked_for(source, tmp_path):
    """A limit, answers drawn by a seed, images of another output."""
    convert(source / "00000.tar", tmp_path / "first")
    options = {"limit": 15, "seed": 3, "without": (str(tmp_path / "first"),)}
    convert(source, tmp_path / "out", **options)
    assert len(vladata.open(tmp_path / "out")) == 5
    assert found(tmp_path / "out", source, without=[str(tmp_path / "first")]) == []
    with pytest.raises(UsageError, match="made without the images of other outputs"):
        found(tmp_path / "out", source)


def test_no_source(out, tmp_path):
    with pytest.raises(SourceError):
        found(out, tmp_path / "nowhere" / "*.tar")
