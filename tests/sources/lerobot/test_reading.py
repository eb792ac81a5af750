"""LeRobot datasets read: numbers as written, and of each step its own frame."""

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("av")

import vladata
from tests.lerobot_data import CAMERAS, EPISODES, SCHEMA, Told, action_of, mark_of, read_mark, write_lerobot
from vladata.footage import Footage
from vladata.sources.readers import open_source

KINDS = [("v2.1", "video", "libx264"), ("v2.0", "video", "libsvtav1"), ("v2.1", "image", "")]
KINDS += [("v3.0", "video", "libx264"), ("v3.0", "video", "libsvtav1"), ("v3.0", "image", "")]


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def written(request, tmp_path_factory):
    version, images, codec = request.param
    return write_lerobot(tmp_path_factory.mktemp("lerobot") / "so100", version, images=images, codec=codec)


def episodes_of(folder, **options):
    source = open_source(folder)
    for shard in source.shards("train"):
        for record in source.scan(shard):
            assert record.fault is None, record.fault
            data = source.read(record.place, record.crc)
            yield source.decode("train", record.place, data, **options)


def shown(column):
    """The mark of each frame or picture of a column."""
    return [read_mark(each) if isinstance(each, np.ndarray) else mark_of(each) for each in column]


def test_every_number_text_and_frame_is_its_own(written):
    found = list(episodes_of(written))
    assert [len(episode) for episode in found] == [told.steps for told in EPISODES]
    for number, (episode, told) in enumerate(zip(found, EPISODES, strict=True)):
        assert episode.metadata["episode_metadata/episode_index"] == number
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, told.steps))
        np.testing.assert_array_equal(episode.steps["frame_index"], np.arange(told.steps))
        assert episode.steps["observation.state"].dtype == np.float32
        assert episode.steps["observation.state"][:, 2].tolist() == [number] * told.steps
        assert episode.steps["task"] == [told.task.encode()] * told.steps
        for place, camera in enumerate(CAMERAS):
            assert shown(episode.steps[camera]) == [(number, step, place) for step in range(told.steps)]


def test_numbers_equal_those_of_pyarrow(written):
    files = sorted(written.glob("data/*/*.parquet"))
    rows = [row for file in files for row in pq.read_table(file, columns=["action"])["action"].to_pylist()]
    found = np.concatenate(
        [episode.steps["action"] for episode in episodes_of(written, wanted=frozenset(["action"]))]
    )
    np.testing.assert_array_equal(found, np.float32(rows))


def test_frames_equal_those_that_pyav_decodes(tmp_path):
    import av

    folder = write_lerobot(tmp_path / "so100", episodes=[Told(6)])
    (episode,) = episodes_of(folder)
    with av.open(str(next(folder.glob(f"videos/*/{CAMERAS[0]}/*.mp4")))) as container:
        expected = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    footage = episode.steps[CAMERAS[0]]
    assert isinstance(footage, Footage)
    assert len(expected) == len(footage)
    for i, frame in enumerate(footage.frames()):
        np.testing.assert_array_equal(frame, expected[i])
        np.testing.assert_array_equal(footage[i], expected[i])
    assert shown(footage[2:5]) == [(0, 2, 0), (0, 3, 0), (0, 4, 0)]
    assert shown(footage[np.array([1, 5])]) == [(0, 1, 0), (0, 5, 0)]


def test_frames_between_others_are_found_where_b_frames_reorder_them(tmp_path, monkeypatch):
    from tests import lerobot_data

    monkeypatch.setattr(lerobot_data, "OPTIONS", {"libx264": {"g": "12", "bf": "3", "crf": "20"}})
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(17), Told(13), Told(20)])
    for number, episode in enumerate(episodes_of(folder)):
        assert shown(episode.steps[CAMERAS[1]]) == [(number, step, 1) for step in range(len(episode))]
        assert shown([episode.steps[CAMERAS[1]][5]]) == [(number, 5, 1)]


def test_standardised_episodes_keep_the_last_action(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(4)])
    (tmp_path / "so100.yaml").write_text(SCHEMA)
    (episode,) = vladata.episodes(folder, schema=str(tmp_path / "so100.yaml"))
    np.testing.assert_array_equal(episode.steps["action"], action_of(0, 4))
    assert episode.steps["terminate"].tolist() == [False, False, False, True]
    assert episode.steps["instruction"] == ["pick the apple"] * 4
    assert shown(episode.steps["images/wrist"]) == [(0, step, 1) for step in range(4)]


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_what_the_metadata_says_of_an_episode_is_a_value(tmp_path, version):
    told = [
        Told(3, extra={"operator": "Zoë", "success": True}),
        Told(2, extra={"operator": "B", "success": False}),
    ]
    folder = write_lerobot(tmp_path / "so100", version, episodes=told)
    found = [episode.metadata for episode in episodes_of(folder)]
    assert [each["episode_metadata/operator"] for each in found] == ["Zoë".encode(), b"B"]
    assert [bool(each["episode_metadata/success"]) for each in found] == [True, False]


def test_a_split_is_a_range_of_episodes(tmp_path):
    from tests.lerobot_data import change_info

    folder = write_lerobot(tmp_path / "so100", "v3.0")
    change_info(folder, splits={"train": "0:2", "val": "2:4"})
    source = open_source(folder)
    assert {name: split.records for name, split in source.info.splits.items()} == {"train": 2, "val": 2}
    numbers = [
        int(source.decode("val", record.place, record.data).metadata["episode_metadata/episode_index"])
        for shard in source.shards("val")
        for record in source.scan(shard)
    ]
    assert numbers == [2, 3]


def test_many_episodes_are_few_shards(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(1)] * 130, images="image", cameras=CAMERAS[:1])
    assert open_source(folder).info.splits["train"].shard_lengths == (64, 64, 2)


def test_it_is_read_by_url(tmp_path):
    import fsspec

    folder = write_lerobot(tmp_path / "so100", "v3.0")
    memory = fsspec.filesystem("memory")
    memory.put(str(folder), "/lerobot/so100", recursive=True)
    found = list(episodes_of("memory://lerobot/so100"))
    assert [shown(episode.steps[CAMERAS[0]]) for episode in found] == [
        [(number, step, 0) for step in range(told.steps)] for number, told in enumerate(EPISODES)
    ]


def test_the_same_episode_has_the_same_content_wherever_it_lies(tmp_path):
    def contents(folder):
        source = open_source(folder)
        return [
            source.content(record.data) for shard in source.shards("train") for record in source.scan(shard)
        ]

    twice = [Told(3), Told(3, "open the drawer")]
    one = contents(write_lerobot(tmp_path / "a", "v2.1", episodes=twice))
    assert one == contents(write_lerobot(tmp_path / "b", "v2.1", episodes=twice))
    assert len(set(one)) == 2
    changed = contents(write_lerobot(tmp_path / "c", "v2.1", episodes=[Told(3, "close it"), twice[1]]))
    assert changed[0] != one[0]
    assert changed[1] == one[1]
