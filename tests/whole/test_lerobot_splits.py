"""Several splits in one LeRobot dataset, and a table of episodes in several files: numbers run through all of them."""

from dataclasses import replace

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

import vladata
from tests.files import snapshot
from tests.whole import two_cameras
from tests.whole.test_round_trip import drafted
from vladata.commands.verify import rederive, verify
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.robot.whole import lerobot_meta
from vladata.shards.card import card
from vladata.shards.episodes import lerobot_meta as tables
from vladata.shards.manifest import read_manifest
from vladata.shards.storage import open_output
from vladata.spec import find


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_cameras.written(tmp_path_factory.mktemp("source"))


@pytest.fixture
def lerobot(converted):
    return lambda source, out="out", **settings: converted(source, out, format="lerobot", **settings)


def meta(folder):
    return orjson.loads((folder / "meta/info.json").read_bytes())


def episode_rows(folder):
    files = sorted(folder.glob("meta/episodes/*/*.parquet"))
    return [pq.read_table(file) for file in files]


@pytest.mark.parametrize("pictures", ["images", "video"])
def test_two_splits_are_ranges_of_one_numbering(pictures, source, lerobot, tmp_path):
    manifest = lerobot(source, split="train+val", samples_per_shard=6, pictures=pictures)
    out = tmp_path / "out"
    assert meta(out)["splits"] == {"train": "0:3", "val": "3:6"}
    assert (meta(out)["total_episodes"], meta(out)["total_frames"]) == (6, 32)
    files = sorted(out.glob("data/*/*.parquet"))
    assert [file.name for file in files] == [f"file-{n:03d}.parquet" for n in range(6)]
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert [row["index"] for row in rows] == list(range(32))
    assert [row["episode_index"] for row in rows] == np.repeat(range(6), [5, 3, 8] * 2).tolist()
    (table,) = episode_rows(out)
    assert table["dataset_from_index"].to_pylist() == [0, 5, 8, 16, 21, 24]
    assert table["data/file_index"].to_pylist() == list(range(6))
    assert list(manifest["splits"]) == ["train", "val"]
    output = open_output(str(out))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []


def test_our_source_has_the_same_splits_again(source, lerobot, tmp_path):
    lerobot(source, split="val+train", samples_per_shard=6)
    out = tmp_path / "out"
    assert meta(out)["splits"] == {"val": "0:3", "train": "3:6"}
    spec = drafted(out, tmp_path / "draft.yaml", cut_off=True)
    for split in ("train", "val"):
        before = list(vladata.episodes(source, two_cameras.schema(), split=split))
        after = list(vladata.episodes(out, spec, split=split))
        assert len(before) == len(after) == 3
        for one, other in zip(before, after, strict=True):
            assert np.array_equal(one.steps["action"], other.steps["action"])


def test_the_card_names_the_files_of_each_split(source, lerobot, tmp_path):
    lerobot(source, split="train+val", samples_per_shard=8, pictures="video")
    front = card(read_manifest(open_output(str(tmp_path / "out"))))
    assert "split: train\n    path:\n    - data/chunk-000/file-000.parquet" in front
    assert "split: val\n    path:\n    - data/chunk-000/file-002.parquet" in front
    assert ".mp4" not in front


def test_two_splits_have_equal_bytes_with_any_number_of_workers(source, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    given = {"schema": two_cameras.schema(), "format": "lerobot", "memory": 1, "split": "train+val"}
    for workers in (1, 2):
        vladata.convert(source, tmp_path / str(workers), workers=workers, **given)
    assert snapshot(tmp_path / "1") == snapshot(tmp_path / "2")


def test_the_table_of_episodes_is_in_files_of_a_bounded_number(source, lerobot, tmp_path, monkeypatch):
    lerobot(source, "one", split="train+val")
    monkeypatch.setattr(lerobot_meta, "EPISODES_A_FILE", 4)
    monkeypatch.setattr(tables, "GROUP", 3)
    lerobot(source, "several", split="train+val")
    (one,) = episode_rows(tmp_path / "one")
    several = episode_rows(tmp_path / "several")
    assert [len(table) for table in several] == [4, 2]
    groups = pq.ParquetFile(tmp_path / "several/meta/episodes/chunk-000/file-000.parquet")
    assert [groups.metadata.row_group(g).num_rows for g in range(groups.num_row_groups)] == [3, 1]
    own = "meta/episodes/file_index"
    assert [table[own].to_pylist() for table in several] == [[0] * 4, [1] * 2]
    joined = [row for table in several for row in table.drop_columns([own]).to_pylist()]
    assert joined == one.drop_columns([own]).to_pylist()
    spec = drafted(tmp_path / "several", tmp_path / "draft.yaml")
    assert len(list(vladata.episodes(tmp_path / "several", spec))) == 3
    assert list(verify(open_output(str(tmp_path / "several")))) == []


def test_files_of_a_commit_that_was_cut_off_go_when_the_output_is_made_anew(source, tmp_path, monkeypatch):
    given = {"spec": two_cameras.schema(), "recipe": find.recipe("episodes"), "format": "lerobot"}
    settings = Settings(str(source), str(tmp_path / "out"), split="train+val", **given)
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    with monkeypatch.context() as patch:
        patch.setattr(lerobot_meta, "EPISODES_A_FILE", 4)
        patch.setattr("vladata.runs.commit.write_manifest", _no_room)
        with begin(settings) as run:
            run.convert_here()
            with pytest.raises(OSError, match="no room"):
                run.commit()
    assert len(episode_rows(tmp_path / "out")) == 2
    with begin(replace(settings, samples_per_shard=6), overwrite=True) as run:
        run.convert_here()
        run.commit()
    assert [len(table) for table in episode_rows(tmp_path / "out")] == [6]
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def _no_room(output, manifest):
    raise OSError("no room")
