"""`vladata index`: the table against what TFDS and plain file reading say, and when a file is read again."""

import struct
import warnings
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.damage import copied, edit, files, flip
from tests.rlds_data import tfds
from vladata.robot.run import index_here

FILES = ["bridge_dataset-train.tfrecord-0000{}-of-00002", "bridge_dataset-val.tfrecord-0000{}-of-00002"]


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The command reads the files in this process, without the seconds of a worker."""
    monkeypatch.setattr("vladata.cli.index.index", lambda sources, running: index_here(sources))


@pytest.fixture
def source(clean, tmp_path):
    return copied(clean, tmp_path)


@pytest.fixture(scope="module")
def read_by_tfds(clean):
    """{split: [episode]}, an episode as {"action": [T, 7], "state": [T, 7], "texts": [T]}."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = tfds().builder_from_directory(str(clean))
        return {
            split: [_columns(episode) for episode in builder.as_dataset(split=split)]
            for split in ("train", "val")
        }


def _columns(episode):
    steps = list(episode["steps"].as_numpy_iterator())
    return {
        "action": np.stack([step["action"] for step in steps]),
        "state": np.stack([step["observation"]["state"] for step in steps]),
        "texts": [step["language_instruction"].decode() for step in steps],
        "is_last": [bool(step["is_last"]) for step in steps],
    }


def rows(file):
    return pq.read_table(file).to_pylist()


def test_the_table_is_what_tfds_reads(clean, tmp_path, run, read_by_tfds):
    said = run(
        "index", clean, "--schema", "bridge_dataset", "--chain", "octo", "--out", tmp_path / "table.parquet"
    )
    assert said.code == 0
    found = rows(tmp_path / "table.parquet")
    assert [row["episode"] for row in found] == [
        *(f"train-0000{file}-00000{record}" for file in (0, 1) for record in (0, 1)),
        "val-00000-000000",
        "val-00001-000000",
    ]
    for row, episode in zip(found, read_by_tfds["train"] + read_by_tfds["val"], strict=True):
        assert row["steps"] == 6
        assert row["instructions"] == [episode["texts"][0]]
        np.testing.assert_array_equal(np.reshape(row["raw/action"], (6, 7)), episode["action"])
        np.testing.assert_array_equal(np.reshape(row["raw/observation/state"], (6, 7)), episode["state"])
        assert row["raw/is_last"] == episode["is_last"]
        assert row["numbers"] == [0, 1, 2, 3, 4]
        deltas = episode["state"][1:, :6] - episode["state"][:-1, :6]
        np.testing.assert_array_equal(np.reshape(row["action"], (5, 7))[:, :6], deltas)
        np.testing.assert_array_equal(np.reshape(row["state"], (5, 7)), episode["state"][:5])
        assert row["dropped"] == [{"rule": "delta_to_next(tail=drop)", "steps": 1, "whole": False}]
        assert row["left_out"] == []
        assert [(i["camera"], i["height"], i["width"]) for i in row["images"]] == [
            (camera, 64, 64) for camera in ("primary", "secondary", "third", "fourth")
        ]


def test_the_offsets_lead_to_the_records(clean, tmp_path, run, read_by_tfds):
    """With open and struct alone, and TensorFlow's own tf.Example."""
    import tensorflow as tf

    run("index", clean, "--out", tmp_path / "table.parquet")
    episodes = read_by_tfds["train"] + read_by_tfds["val"]
    for row, episode in zip(rows(tmp_path / "table.parquet"), episodes, strict=True):
        with open(clean / row["file"], "rb") as file:
            file.seek(row["offset"])
            length, _ = struct.unpack("<QI", file.read(12))
            data = file.read(length)
            (crc,) = struct.unpack("<I", file.read(4))
        assert (length, crc) == (row["length"], row["crc"])
        action = tf.train.Example.FromString(data).features.feature["steps/action"].float_list.value
        np.testing.assert_array_equal(np.float32(action), episode["action"].ravel())


def test_without_a_schema_nothing_is_standardised(clean, tmp_path, run):
    said = run("index", clean, "--split", "val", "--out", tmp_path / "table.parquet", "--json")
    assert said.code == 0
    summary = said.json
    assert {name: summary[name] for name in ("files", "out", "episodes", "steps", "ledger")} == {
        "files": 2,
        "out": str(tmp_path / "table.parquet"),
        "episodes": 2,
        "steps": 12,
        "ledger": None,
    }
    assert [(row["split"], row["numbers"], row["action"]) for row in rows(tmp_path / "table.parquet")] == [
        ("val", [], []),
        ("val", [], []),
    ]


def test_a_slice_of_a_split(clean, tmp_path, run):
    said = run("index", clean, "--split", "train[1:3]", "--out", tmp_path / "table.parquet", "--json")
    assert (said.json["episodes"], said.json["files"]) == (2, 2)
    assert [row["episode"] for row in rows(tmp_path / "table.parquet")] == [
        "train-00000-000001",
        "train-00001-000000",
    ]


def test_what_is_said_to_a_person(source, run):
    said = run("index", source, "--schema", "bridge_dataset")
    lines = said.out.splitlines()
    assert lines[0] == f"{source}: 6 episodes, 36 steps in 4 files"
    assert lines[1].startswith("  index ")
    assert lines[2:] == [
        "  episodes 6 read = 6 written, 0 filtered, 0 rejected",
        "  steps    36 read = 24 written, 12 filtered, 0 rejected",
        "  filtered delta_to_next(tail=drop): 0 episodes, 6 steps",
        "  filtered drop_steps(first=1): 0 episodes, 6 steps",
    ]


def test_a_file_is_read_once(source, run):
    assert run("index", source, "--json").json["read"] == 4
    assert run("index", source, "--json").json["read"] == 0
    assert run("index", source, "--split", "train[:1]", "--json").json["read"] == 0
    # Another schema makes other rows.
    assert run("index", source, "--schema", "bridge_dataset", "--json").json["read"] == 4


def test_a_file_that_changed_is_read_again(source, run):
    run("index", source)

    def change(features):
        features["steps/action"][0] = 9

    edit(files(source)[0], 0, change)
    assert run("index", source, "--json").json["read"] == 1
    assert run("index", source, "--json").json["read"] == 0


@pytest.mark.parametrize("place", [0, -1, 500])
def test_a_damaged_part_is_noticed_and_made_again(place, source, tmp_path, run):
    command = ["index", source, "--json", "--out", tmp_path / "table.parquet"]
    parts = files_of(run(*command).json["index"])
    whole = (tmp_path / "table.parquet").read_bytes()
    assert len(parts) == 4
    flip(parts[2], place)
    assert run(*command).json["read"] == 1
    assert (tmp_path / "table.parquet").read_bytes() == whole
    assert files_of(run(*command).json["index"]) == parts


def test_a_part_that_is_gone_is_made_again(source, run):
    parts = files_of(run("index", source, "--json").json["index"])
    parts[0].unlink()
    parts[1].write_bytes(b"")
    assert run("index", source, "--json").json["read"] == 2
    assert files_of(run("index", source, "--json").json["index"]) == parts


def files_of(folder):
    return sorted(Path(folder).glob("*.parquet"))


def test_rejections_are_findings(source, run):
    flip(files(source)[0], 3)
    said = run("index", source, "--schema", "bridge_dataset")
    assert said.code == 3
    assert "  rejected corrupt_record: 1 episode, 0 steps" in said.out
    assert run("index", source).code == 3


def test_a_dry_run_reads_nothing(source, run):
    said = run("index", source, "--dry-run")
    lines = said.out.splitlines()
    assert lines[0].startswith("4 of 4 files would be read; the index is ")
    assert lines[1:] == [name.format(i) for name in FILES for i in (0, 1)]
    assert run("index", source, "--dry-run", "--json").json["files"] == lines[1:]
    run("index", source)
    assert run("index", source, "--dry-run", "--json").json["files"] == []


def test_a_table_that_cannot_be_written(clean, tmp_path, run):
    missing = f'No such file or directory.\n  The folder {tmp_path} exists, but has no "no"; it holds nothing'
    for out, why in ((tmp_path / "no" / "table.parquet", missing), (tmp_path, "Is a directory")):
        said = run("index", clean, "--out", out)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"OutputError: {out}: cannot write the table: {why}.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_whole_or_not_there(clean, tmp_path, run, monkeypatch):
    def fails(self, table):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fails)
    said = run("index", clean, "--out", tmp_path / "table.parquet")
    assert (
        said.err
        == f"OutputError: {tmp_path}/table.parquet: cannot write the table: No space left on device.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_worker_does_the_same(source, tmp_path, run, monkeypatch):
    monkeypatch.undo()
    said = run("index", source, "--json", "--out", tmp_path / "table.parquet")
    assert (said.code, said.json["read"], said.err) == (0, 4, "")
    assert run("index", source, "--json", "--out", tmp_path / "again.parquet").json["read"] == 0
    assert (tmp_path / "table.parquet").read_bytes() == (tmp_path / "again.parquet").read_bytes()
