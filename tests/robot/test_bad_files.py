"""Files of a source that are cut, damaged, missing or not what they seem: what is said, and what becomes of the rest."""

import re

import numpy as np
import pytest

from tests.damage import copied, edit, files, flip, payload_at, records, rewrite
from tests.outcome import convert_plainly, ledger, rejected, samples
from vladata.errors import MalformedJson, MissingFile, NoSteps, SourceError, UsageError
from vladata.formats.tfrecord import HEAD

FIRST = "bridge_dataset-train.tfrecord-00000-of-00002"
STEPS = range(5)  # of 6, the last goes


@pytest.fixture
def source(clean, tmp_path):
    return copied(clean, tmp_path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_a_truncated_file_costs_the_episodes_that_it_lost(source, out):
    file = files(source)[0]
    second, length = payload_at(file, 1), len(records(file)[1])
    file.write_bytes(file.read_bytes()[: second + 100])
    manifest = convert_plainly(source, out)
    assert ledger(manifest) == {
        "episodes": (4, 3, 0, 1),
        "steps": (18, 15, 3, 0),
        "last_step": ("filtered", 0, 3),
        "truncated_file": ("rejected", 1, 0),
    }
    (line,) = rejected(out)
    assert {name: line[name] for name in line if name != "says"} == {
        "episode": "train-00000-000001",
        "split": "train",
        "file": FIRST,
        "offset": second - HEAD,
        "length": length,
        "step": -1,
        "outcome": "rejected",
        "reason": "truncated_file",
    }
    assert line["says"] == (
        f"{FIRST}, byte {second - HEAD:,}: the record has {length:,} bytes and 4 of checksum, but only 100 remain.\n"
        "  Probably a download that was cut: compare its size with the source's, and fetch it again."
    )
    assert {episode for episode, _ in samples(out)} == {
        "train-00000-000000",
        "train-00001-000000",
        "train-00001-000001",
    }


def test_every_episode_that_dataset_info_counts_has_a_line(source, out):
    file = files(source)[0]
    file.write_bytes(b"")
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["episodes"] == (4, 2, 0, 2)
    assert ledger(manifest)["missing_record"] == ("rejected", 2, 0)
    assert [(line["episode"], line["offset"], line["says"]) for line in rejected(out)] == [
        (f"train-00000-{i:06d}", -1, f"{FIRST}: dataset_info.json counts 2 records, but the file holds 0.")
        for i in range(2)
    ]


def test_a_flipped_bit_in_a_payload_costs_one_episode(source, out):
    file = files(source)[0]
    flip(file, payload_at(file, 0) + 1000, bit=5)
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["episodes"] == (4, 3, 0, 1)
    assert ledger(manifest)["corrupt_record"] == ("rejected", 1, 0)
    (line,) = rejected(out)
    assert (line["episode"], line["file"], line["offset"]) == ("train-00000-000000", FIRST, 0)
    assert re.fullmatch(
        rf"{FIRST}, byte 0: the checksum of a record's data does not match; got '[0-9a-f]{{8}}'; allowed: "
        r"[0-9a-f]{8}, as in the file\.\n  The file was damaged after it was written: fetch it again\.",
        line["says"],
    )
    assert ("train-00000-000001", 0) in samples(out)


def test_a_flipped_bit_in_a_length_costs_the_rest_of_the_file(source, out):
    flip(files(source)[0], 2)
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["episodes"] == (4, 2, 0, 2)
    assert [(line["episode"], line["reason"], line["offset"]) for line in rejected(out)] == [
        ("train-00000-000000", "corrupt_record", 0),
        ("train-00000-000001", "missing_record", -1),
    ]
    assert rejected(out)[0]["says"] == (
        f"{FIRST}, byte 0: the checksum of a record's length does not match.\n"
        "  The records after this one cannot be found: fetch the file again."
    )


def test_a_record_that_is_no_example(source, out):
    file = files(source)[0]
    rewrite(file, [b"\x0aabc", records(file)[1]])
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["malformed_example"] == ("rejected", 1, 0)
    assert "record 0, byte 0: this is not a tf.Example" in rejected(out)[0]["says"]


def without(features):
    del features["steps/action"]


def cut(features):
    features["steps/action"] = features["steps/action"][:-1]


def of_another_kind(features):
    features["steps/action"] = features["steps/action"].astype(np.int64)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without, "the record lacks a key of features.json"),
        (cut, "the record holds 41 values, but features.json says a multiple of 7."),
        (of_another_kind, "the record holds int64, but features.json says float32[7], stored as float32."),
    ],
)
def test_a_record_that_does_not_fit_features_json(change, says, source, out):
    edit(files(source)[0], 1, change)
    manifest = convert_plainly(source, out)
    assert ledger(manifest)["malformed_example"] == ("rejected", 1, 0)
    (line,) = rejected(out)
    assert line["episode"] == "train-00000-000001"
    assert line["says"].startswith(f"{FIRST}, record 1, byte {line['offset']:,}, steps/action: {says}")


@pytest.mark.parametrize("name", ["features.json", "dataset_info.json"])
def test_a_description_that_is_cut(name, source, out):
    text = (source / name).read_bytes()
    (source / name).write_bytes(text[: len(text) // 2])
    with pytest.raises(
        MalformedJson,
        match=rf"{name}: this is not JSON; got .*\n  The parser says: .* Perhaps the file was cut",
    ):
        convert_plainly(source, out)
    assert not out.exists()


def test_more_records_than_dataset_info_counts(source, out):
    file = files(source)[0]
    rewrite(file, [*records(file), records(file)[0]])
    with pytest.raises(SourceError) as caught:
        convert_plainly(source, out)
    assert str(caught.value) == (
        f"{FIRST}: the file holds more records than stated in dataset_info.json; allowed: 2 records.\n"
        "  Correct the count in dataset_info.json, or fetch both files again."
    )
    assert not out.exists()


def test_a_record_file_that_is_missing(source, out):
    files(source)[1].unlink()
    with pytest.raises(
        MissingFile, match=r"train\.tfrecord-00001-of-00002: the file or folder does not exist\."
    ):
        convert_plainly(source, out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("missing", "beside"), [("features.json", "dataset_info.json"), ("dataset_info.json", "features.json")]
)
def test_a_description_that_is_missing(missing, beside, source, out):
    (source / missing).unlink()
    with pytest.raises(MissingFile) as caught:
        convert_plainly(source, out)
    assert str(caught.value) == (
        f"{source}: {missing} is missing beside {beside}.\n"
        "  TFDS writes both into every version folder: fetch the folder again, with all its files."
    )
    assert not out.exists()


def test_a_folder_that_is_no_dataset(tmp_path, out):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    with pytest.raises(
        MissingFile, match=r"this is not an RLDS dataset; got 'notes\.txt'; allowed: a version folder"
    ):
        convert_plainly(folder, out)
    assert not out.exists()


def test_a_source_that_is_a_file(source, out):
    with pytest.raises(SourceError, match=r"features\.json: this is a file, but a dataset is a folder\."):
        convert_plainly(source / "features.json", out)


def test_nothing_that_can_be_written(source, out):
    for file in files(source):
        flip(file, 2)
    with pytest.raises(NoSteps) as caught:
        convert_plainly(source, out)
    assert str(caught.value) == (
        f"{source}, split train: no step is left to write.\n"
        "  4 episodes: 2 rejected (corrupt_record), 2 rejected (missing_record). The first: "
        f"{FIRST}, byte 0: the checksum of a record's length does not match."
    )
    assert not out.exists()


def test_one_split_without_a_step_beside_one_that_has_some(source, out):
    for file in files(source, "val"):
        flip(file, 2)
    manifest = convert_plainly(source, out, split="train+val")
    assert manifest["splits"] == {"train": {"shards": 1, "samples": 20}}
    assert ledger(manifest)["episodes"] == (6, 4, 0, 2)


@pytest.mark.parametrize("split", ["train+train", "train[:3]+train[2:]", "all+val"])
def test_an_episode_asked_for_twice_would_be_two_samples_of_one_name(split, source, out):
    with pytest.raises(UsageError, match=r"the split holds records \d to \d of (train|val) twice\."):
        convert_plainly(source, out, split=split)
    assert not out.exists()


def test_two_slices_of_one_split(source, out):
    manifest = convert_plainly(source, out, split="train[3:]+train[:1]")
    assert ledger(manifest)["episodes"] == (2, 2, 0, 0)
    assert samples(out) == [(e, i) for e in ("train-00000-000000", "train-00001-000001") for i in STEPS]
