"""vladata.episodes without a schema: raw episodes in the files' order, texts as str, whatever is wrong raised."""

import json
import shutil

import numpy as np
import pytest

from tests.rlds_data import NOT_AN_IMAGE, NOT_UTF8, Faults, write_bridge_like
from vladata.errors import CorruptRecord, FormatError, UnknownName
from vladata.sources.episodes import episodes

FILE = "bridge_dataset-train.tfrecord-0000{}-of-00002"


@pytest.fixture
def copied(bridge_like, tmp_path):
    return shutil.copytree(bridge_like, tmp_path / "1.0.0")


def change_lengths(folder, lengths):
    file = folder / "dataset_info.json"
    info = json.loads(file.read_text())
    info["splits"][0]["shardLengths"] = lengths
    file.write_text(json.dumps(info))


@pytest.mark.parametrize(
    ("split", "ids"),
    [
        (
            "train",
            [
                "train-00000-000000",
                "train-00000-000001",
                "train-00001-000000",
                "train-00001-000001",
                "train-00001-000002",
            ],
        ),
        ("train[1:3]", ["train-00000-000001", "train-00001-000000"]),
        ("val[:1]+train[-1:]", ["val-00000-000000", "train-00001-000002"]),
    ],
)
def test_the_episodes_of_a_split(bridge_like, split, ids):
    assert [episode.id for episode in episodes(bridge_like, split=split)] == ids


def test_texts_are_str(bridge_like):
    episode = next(episodes(bridge_like))
    assert {type(text) for text in episode.steps["language_instruction"]} == {str}
    assert episode.metadata["episode_metadata/file_path"] == "/data/episode_0000.npy"
    assert type(episode.steps["observation/image_0"][0]) is memoryview


def test_texts_within_lists_are_str_and_what_is_no_utf8_stays_bytes(every_feature):
    episode = next(episodes(every_feature))
    assert episode.steps["texts/string"][0] == b"\x00\xff raw"
    assert episode.steps["texts/text"][0] == "naïve café"
    assert all(type(text) is str for texts in episode.steps["list/text"] for text in texts)


@pytest.mark.parametrize("reader", ["native", "tfds"])
def test_bytes_of_images_are_never_taken_for_text(tmp_path, reader):
    faults = Faults(bad_utf8={(0, 0)}, not_images={(0, 1)})
    folder = write_bridge_like(tmp_path, episodes=1, steps=2, faults=faults)
    (episode,) = episodes(folder, reader=reader)
    assert episode.steps["language_instruction"][0] == NOT_UTF8
    assert bytes(episode.steps["observation/image_0"][1]) == NOT_AN_IMAGE


def test_a_schema_standardises(bridge_like):
    episode = next(episodes(bridge_like, schema="bridge_dataset"))
    assert set(episode.steps) >= {"action", "terminate", "instruction"}
    assert episode.steps["action"].dtype == np.float32


def test_mistakes_in_the_call_are_raised_at_once(bridge_like):
    with pytest.raises(UnknownName, match='there is no split "test"'):
        episodes(bridge_like, split="test")


def test_a_damaged_record_is_raised_when_it_is_reached(copied):
    data = bytearray((copied / FILE.format(1)).read_bytes())
    data[5000] ^= 1
    (copied / FILE.format(1)).write_bytes(data)
    found = episodes(copied)
    assert [next(found).id for _ in range(2)] == ["train-00000-000000", "train-00000-000001"]
    with pytest.raises(CorruptRecord, match=FILE.format(1)):
        next(found)


@pytest.mark.parametrize(
    ("lengths", "says"),
    [([1, 3], "holds 2 records, but dataset_info.json says 1"), ([2, 4], "holds 3 .* says 4")],
)
def test_another_number_of_records_than_promised_is_raised(copied, lengths, says):
    change_lengths(copied, lengths)
    with pytest.raises(FormatError, match=says):
        list(episodes(copied))


def test_a_slice_reads_no_further_than_it_must(copied):
    data = (copied / FILE.format(0)).read_bytes()
    (copied / FILE.format(0)).write_bytes(data[:-1])  # the second record is cut
    assert [episode.id for episode in episodes(copied, split="train[:1]")] == ["train-00000-000000"]
