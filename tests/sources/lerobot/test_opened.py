"""Files that hold many episodes are opened and read few times, however their row groups lie."""

from collections import Counter

import pyarrow.parquet as pq
import pytest

pytest.importorskip("av")

from tests.lerobot_data import CAMERAS, SCHEMA, Told, data_files, scanned, write_lerobot
from vladata.index.part import Indexing
from vladata.sources.folder import Folder
from vladata.sources.lerobot import rows
from vladata.sources.readers import open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

EPISODES = 40


@pytest.fixture
def opened(monkeypatch):
    """How often each file is opened, by its ending."""
    count: Counter[str] = Counter()
    real = Folder.open

    def counting(self, name):
        count[name.rpartition(".")[2]] += not name.startswith("meta/")
        return real(self, name)

    monkeypatch.setattr(Folder, "open", counting)
    return count


def test_one_row_group_is_read_once_for_all_its_episodes(tmp_path, opened):
    folder = write_lerobot(
        tmp_path / "so100", "v3.0", [Told(3)] * EPISODES, "image", cameras=(), a_file=EPISODES
    )
    (path,) = data_files(folder)
    pq.write_table(pq.read_table(path), path)
    source, records = scanned(folder)
    assert opened["parquet"] == 3  # its metadata, the numbers of its episodes, the row group
    for record in records:
        source.read(record.place, record.crc)
    assert opened["parquet"] == 3


def test_the_metadata_of_a_file_is_parsed_once_and_anew_where_it_changed(tmp_path, opened):
    folder = write_lerobot(
        tmp_path / "so100", "v3.0", [Told(3)] * EPISODES, "image", cameras=(), a_file=EPISODES
    )
    (path,) = data_files(folder)
    source, records = scanned(folder)
    assert opened["parquet"] == 2 + EPISODES
    known = rows.data_file(source.folder, records[0].place.file)
    assert rows.data_file(source.folder, records[0].place.file) is known
    pq.write_table(pq.read_table(path), path)
    assert rows.data_file(source.folder, records[0].place.file) is not known


def test_an_index_opens_each_video_once_an_episode(tmp_path, opened):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)] * 5)
    source = open_source(folder)
    (shard,) = source.shards("train")
    Indexing(source, validate(DatasetSpec, SCHEMA, "so100"), None).indexer().part(shard)
    assert opened["mp4"] == 5 * len(CAMERAS)
