"""dataset_info.json: what comes out, and what is refused."""

import json

import pytest

from vladata.errors import MalformedJson, SourceError
from vladata.sources.info import DatasetInfo, SplitInfo, parse_dataset_info


def info(**changes):
    whole = {
        "name": "bridge_dataset",
        "version": "1.0.0",
        "configName": "small",
        "fileFormat": "array_record",
        "splits": [{"name": "train", "shardLengths": ["2", "3"], "numBytes": "99"}],
    }
    return parse_dataset_info(json.dumps({**whole, **changes}).encode(), "1.0.0/dataset_info.json")


def split(**changes):
    return info(splits=[{"name": "train", "shardLengths": ["2", "3"], **changes}]).splits["train"]


def test_what_tfds_writes():
    files = (
        "bridge_dataset-train.array_record-00000-of-00002",
        "bridge_dataset-train.array_record-00001-of-00002",
    )
    assert info() == DatasetInfo(
        "bridge_dataset", "1.0.0", "small", "array_record", {"train": SplitInfo("train", (2, 3), files)}
    )
    assert info().splits["train"].records == 5


def test_defaults_of_older_files():
    old = parse_dataset_info(b'{"name": "d", "splits": [{"name": "train", "shard_lengths": [4]}]}', "x")
    assert (old.version, old.config, old.file_format) == ("", "", "tfrecord")
    assert old.splits["train"].files == ("d-train.tfrecord-00000-of-00001",)


@pytest.mark.parametrize(
    ("template", "files"),
    [
        (
            "{SPLIT}/part-{SHARD_INDEX}.{FILEFORMAT}",
            ("train/part-00000.array_record", "train/part-00001.array_record"),
        ),
        (
            "{DATASET}_{SHARD_INDEX}_{NUM_SHARDS}",
            ("bridge_dataset_00000_00002", "bridge_dataset_00001_00002"),
        ),
    ],
)
def test_templates_of_file_names(template, files):
    assert split(filepathTemplate=template).files == files


def test_more_than_99999_files_get_more_digits():
    files = split(shardLengths=[1] * 100_000).files
    assert (files[7], files[-1]) == (
        "bridge_dataset-train.array_record-000007-of-100000",
        "bridge_dataset-train.array_record-099999-of-100000",
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, r"1.0.0/dataset_info.json: the dataset has no name"),
        ({"name": 5}, r"dataset_info.json, name: a value of the wrong type; got 5; allowed: a string"),
        ({"splits": {}}, r"splits: a value of the wrong type; got {}; allowed: a list"),
        (
            {"splits": ["train"]},
            r"splits: a value of the wrong type; got 'train'; allowed: a list of objects",
        ),
        ({"splits": [{}]}, "a split has no name"),
        ({"splits": [{"name": "a"}, {"name": "a"}]}, "a split is listed twice; got 'a'"),
    ],
)
def test_refuses(changes, says):
    with pytest.raises(MalformedJson, match=says):
        info(**changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"shardLengths": ["-1"]}, "splits, 'train': a shard length is negative; got -1"),
        (
            {"shardLengths": ["1.5"]},
            "shardLengths: a value of the wrong type; got '1.5'; allowed: an integer",
        ),
        ({"shardLengths": [True]}, "a value of the wrong type; got True"),
        ({"shardLengths": ["9" * 20]}, "a value of the wrong type; got '99999"),
        ({"shardLengths": [], "numShards": "4"}, "the split has no shard lengths"),
        (
            {"filepathTemplate": "{SHARDS}"},
            r"unknown part of a file name; got '{SHARDS}'; allowed: {DATASET}, ",
        ),
        ({"filepathTemplate": "{DATASET.__class__}"}, "unknown part of a file name"),
        (
            {"filepathTemplate": "../{SHARD_X_OF_Y}"},
            "a file name leads out of the folder; got '../00000-of-00002'",
        ),
        ({"filepathTemplate": "/etc/{SHARD_INDEX}"}, "a file name leads out of the folder"),
        ({"filepathTemplate": "{SPLIT}"}, "a template gives several shards one file name; got '{SPLIT}'"),
    ],
)
def test_refuses_a_split(changes, says):
    with pytest.raises(MalformedJson, match=says):
        split(**changes)


def test_other_file_formats_are_named():
    with pytest.raises(SourceError, match="got 'riegeli'; allowed: tfrecord or array_record"):
        info(fileFormat="riegeli")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "this is not JSON"),
        (b'{"name": "bridge', "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b'{"name": "\xff"}', "this is not JSON"),
        (b'["name"]', "a value of the wrong type; got ['name']; allowed: an object"),
    ],
)
def test_text_that_is_no_object(text, says):
    with pytest.raises(MalformedJson) as caught:
        parse_dataset_info(text, "1.0.0/dataset_info.json")
    assert caught.value.where == "1.0.0/dataset_info.json"
    assert says in str(caught.value)
