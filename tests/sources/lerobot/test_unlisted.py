"""Rows of episodes that the metadata does not list for their file: counted and named, and never taken for another episode's."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vladata
from tests.lerobot_data import action_of, change_info, data_files, rewritten, scanned, write_lerobot
from tests.sources.lerobot.decoding import decoded
from vladata.errors import FormatError, UnlistedEpisode
from vladata.sources.infer import infer
from vladata.sources.readers import open_source


def test_an_episode_whose_number_is_in_two_files_is_read_from_its_own(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image")
    first, second = data_files(folder)
    stray = pq.read_table(first).slice(0, 7)
    changed = stray.set_column(0, "action", pa.array([[9.0] * 7] * 7, pa.list_(pa.float32(), 7)))
    rewritten(second, lambda table: pa.concat_tables([changed, table]))
    source, records = scanned(folder)
    *listed, unlisted = records
    for number, record in enumerate(listed):
        episode = decoded(source, record, "action")
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, len(episode)))
    assert isinstance(unlisted.fault, UnlistedEpisode)
    assert (unlisted.fault.where, unlisted.fault.got) == (
        "data/chunk-000/file-001.parquet, episode 0",
        "'7 rows'",
    )


def shortened(folder, count):
    """The dataset with the metadata of its first episodes alone; the rows of the others stay."""
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    rewritten(path, lambda table: table.slice(0, count))
    change_info(folder, total_episodes=count, splits={"train": f"0:{count}"})


def test_rows_of_an_episode_that_the_metadata_does_not_list_are_counted(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", a_file=4)
    shortened(folder, 2)
    schema = tmp_path / "so100.yaml"
    schema.write_text(infer(open_source(folder)).text)
    manifest = vladata.convert(folder, tmp_path / "out", schema=schema, recipe="rt2-pali-x")
    assert manifest.ledger["episodes"] == {"read": 4, "written": 2, "filtered": 0, "rejected": 2}
    lines = [json.loads(line) for line in (tmp_path / "out/rejected.jsonl").read_text().splitlines()]
    assert [(line["episode"], line["reason"]) for line in lines] == [
        ("train-00000-000002", "unlisted_episode"),
        ("train-00000-000003", "unlisted_episode"),
    ]
    assert "episode 3: the file has rows of an episode that the metadata does not list" in lines[1]["says"]
    assert vladata.verify(tmp_path / "out", folder) == []


def test_the_episodes_that_are_listed_are_read(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", a_file=4)
    shortened(folder, 2)
    found = list(vladata.episodes(folder))
    assert [episode.id for episode in found] == ["train-00000-000000", "train-00000-000001"]
    for number, episode in enumerate(found):
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, len(episode)))


def test_an_unlisted_episode_does_not_stand_for_one_that_is_only_counted(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", a_file=4)
    shortened(folder, 2)
    change_info(folder, total_episodes=3, splits={"train": "0:3"})
    with pytest.raises(FormatError, match=r"the file holds 2 records, but meta/info\.json says 3"):
        list(vladata.episodes(folder))


def test_splits_that_share_a_file_report_an_unlisted_episode_once(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", a_file=4)
    shortened(folder, 3)
    change_info(folder, splits={"train": "0:2", "val": "2:3"})
    source = open_source(folder)
    found = {
        split: [list(source.scan(shard)) for shard in source.shards(split)] for split in ("train", "val")
    }
    faults = {split: [r.fault and r.fault.where for r in records] for split, (records,) in found.items()}
    assert faults == {"train": [None, None, "data/chunk-000/file-000.parquet, episode 3"], "val": [None]}
