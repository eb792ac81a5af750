"""LeRobot data as it is found in the wild, odd and mostly sound: each step gets its own numbers, or an error says why not."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lerobot_data import (
    CAMERAS,
    Told,
    action_of,
    change_feature,
    change_info,
    data_files,
    mark_of,
    rewritten,
    scanned,
    with_column,
    write_lerobot,
)
from tests.sources.lerobot.decoding import decoded, marks
from vladata.errors import CorruptRecord, MalformedJson, SourceError
from vladata.sources.readers import open_source

TOP = CAMERAS[0]


def renumbered(folder, numbers):
    """Give the episodes of a dataset of v2 other numbers, in their files and in the metadata."""
    lines = (folder / "meta/episodes.jsonl").read_text().splitlines()
    rows = [json.loads(line) | {"episode_index": n} for line, n in zip(lines, numbers, strict=True)]
    (folder / "meta/episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in reversed(rows)))
    for old, new in reversed(list(enumerate(numbers))):
        path = folder / f"data/chunk-000/episode_{old:06d}.parquet"
        rewritten(path, with_column("episode_index", lambda table, new=new: np.full(len(table), new)))
        path.rename(path.with_name(f"episode_{new:06d}.parquet"))
        for video in folder.glob(f"videos/*/*/episode_{old:06d}.mp4"):
            video.rename(video.with_name(f"episode_{new:06d}.mp4"))


def test_numbers_of_episodes_with_gaps(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(4), Told(3), Told(5)])
    renumbered(folder, [0, 7, 12])
    source, records = scanned(folder)
    for old, (number, record) in enumerate(zip([0, 7, 12], records, strict=True)):
        episode = decoded(source, record)
        assert episode.metadata["episode_metadata/episode_index"] == number
        np.testing.assert_array_equal(episode.steps["action"], action_of(old, len(episode)))
        assert marks(episode.steps[TOP]) == [(old, step, 0) for step in range(len(episode))]


@pytest.mark.parametrize("values", [lambda t: np.arange(len(t)) % 3, lambda t: np.arange(len(t)) * 1000])
def test_an_index_that_restarts_or_jumps_changes_nothing(tmp_path, values):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image")
    for path in data_files(folder):
        rewritten(path, with_column("index", values))
    source, records = scanned(folder)
    for number, record in enumerate(records):
        episode = decoded(source, record, "action")
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, len(episode)))


@pytest.mark.parametrize("rows", [3, 5, 1000])
def test_row_groups_that_cut_episodes(tmp_path, rows):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image")
    for path in data_files(folder):
        pq.write_table(pq.read_table(path), path, row_group_size=rows)
    source, records = scanned(folder)
    for number, record in reversed(list(enumerate(records))):
        episode = decoded(source, record)
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, len(episode)))
        assert [mark_of(image) for image in episode.steps[TOP]] == [
            (number, step, 0) for step in range(len(episode))
        ]


def test_a_damaged_row_group_costs_its_episodes_alone(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", cameras=(), a_file=4)
    (path,) = data_files(folder)
    part = pq.ParquetFile(path).metadata.row_group(1).column(0)
    at = part.dictionary_page_offset or part.data_page_offset
    data = bytearray(path.read_bytes())
    data[at : at + part.total_compressed_size] = b"\xff" * part.total_compressed_size
    path.write_bytes(data)
    source, records = scanned(folder)
    assert [bool(record.fault) for record in records] == [False, True, False, False]
    assert isinstance(records[1].fault, CorruptRecord)
    np.testing.assert_array_equal(decoded(source, records[3]).steps["action"], action_of(3, 4))


def test_an_episode_without_steps_has_none(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(3), Told(0), Told(2)])
    source, records = scanned(folder)
    assert [record.fault for record in records] == [None] * 3
    episodes = [decoded(source, record) for record in records]
    assert [len(episode) for episode in episodes] == [3, 0, 2]
    assert marks(episodes[1].steps[TOP]) == []
    assert marks(episodes[2].steps[TOP]) == [(2, 0, 0), (2, 1, 0)]


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        (f"videos/{TOP}/from_timestamp", [0.0, float("nan"), 0.8], "must have numbers"),
        (f"videos/{TOP}/from_timestamp", [0.0, None, 0.8], "must have a number in each row"),
        ("data/file_index", [0.0, 0.5, 0.0], "must have whole numbers"),
        ("length", [4.0, float("nan"), 4.0], "must have whole numbers"),
    ],
)
def test_numbers_of_the_metadata_that_are_none(tmp_path, column, values, says):
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(4)] * 3)
    rewritten(
        folder / "meta/episodes/chunk-000/file-000.parquet", with_column(column, lambda _: pa.array(values))
    )
    with pytest.raises(SourceError, match=says) as caught:
        open_source(folder)
    assert column in str(caught.value)


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_tasks_are_found_by_their_number_in_any_order(tmp_path, version):
    told = [Told(2, "one"), Told(2, "two"), Told(2, "three")]
    folder = write_lerobot(tmp_path / "so100", version, episodes=told)
    table, lines = folder / "meta/tasks.parquet", folder / "meta/tasks.jsonl"
    if version == "v3.0":
        rewritten(table, lambda table: table.take(pa.array([2, 0, 1])))
    else:
        lines.write_text("\n".join(reversed(lines.read_text().splitlines())))
    source, records = scanned(folder)
    texts = [decoded(source, record, "task").steps["task"][0] for record in records]
    assert texts == [b"one", b"two", b"three"]
    if version == "v3.0":
        rewritten(table, with_column("task_index", lambda _: [2, 0, 0]))
    else:
        lines.write_text(lines.read_text().replace('"task_index": 1', '"task_index": 0'))
    with pytest.raises(SourceError, match="lists task 0 twice"):
        open_source(folder)


def test_splits_beyond_the_last_episode(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)] * 3)
    change_info(folder, splits={"train": "0:2", "val": "2:9"})
    with pytest.raises(MalformedJson, match=r"must end at the last episode; got 9; allowed: 3"):
        open_source(folder)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["x", "y", "z"], ("x", "y", "z")),
        ({"motors": ["x", "y", "z"]}, ("x", "y", "z")),
        ([["x", "y", "z"]], ("x", "y", "z")),
        ({"motors": [["x", "y", "z"]]}, ("x", "y", "z")),
        (None, ()),
        ([], ()),
        (["x", "y"], ()),
        ([["x"], ["y"], ["z"]], ()),
        ({"left": ["x"], "right": ["y", "z"]}, ()),
        ({"x": 0, "y": 1, "z": 2}, ()),
        ("xyz", ()),
        ([1, 2, 3], ()),
    ],
)
def test_names_of_dimensions_in_every_form(tmp_path, names, expected):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)], images="image", cameras=())
    change_feature(folder, "observation.state", names=names)
    source, (record,) = scanned(folder)
    assert source.columns["observation.state"].names == expected
    assert decoded(source, record).steps["observation.state"].shape == (2, 3)


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ([64, 96, 3], ["height", "width", "channels"]),
        ([64, 96, 3], None),
        ([3, 64, 96], ["channels", "height", "width"]),
        ([3, 64, 96], ["channel", "height", "width"]),
        ([3, 64, 96], {"axes": ["c", "h", "w"]}),
        ([3, 64, 96], None),
    ],
)
@pytest.mark.parametrize("images", ["image", "video"])
def test_shapes_of_pictures_with_the_channels_first_or_last(tmp_path, images, shape, names):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)], images=images, cameras=[TOP])
    change_feature(folder, TOP, shape=shape, names=names)
    source, (record,) = scanned(folder)
    assert source.columns[TOP].shape == (64, 96, 3)
    assert record.fault is None


def test_numbers_of_other_types_than_declared(tmp_path):
    """Longer floats are rounded; whole numbers are taken where the declared type holds them."""
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)], images="image", cameras=())
    (path,) = data_files(folder)
    rewritten(path, with_column("action", lambda _: (np.arange(21).reshape(3, 7) / 3).tolist()))
    rewritten(path, with_column("observation.state", lambda _: [[1, 2, 3]] * 3))
    source, (record,) = scanned(folder)
    steps = decoded(source, record).steps
    np.testing.assert_array_equal(steps["action"], (np.arange(21).reshape(3, 7) / 3).astype(np.float32))
    assert (steps["observation.state"].dtype, steps["observation.state"].tolist()) == (
        np.float32,
        [[1, 2, 3]] * 3,
    )
    change_feature(folder, "action", dtype="int64")
    rewritten(path, with_column("action", lambda _: np.arange(21).reshape(3, 7).tolist()))
    source, (record,) = scanned(folder)
    assert decoded(source, record).steps["action"].dtype == np.int64


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_a_camera_whose_videos_have_another_name_is_an_error_that_names_it(tmp_path, version):
    folder = write_lerobot(tmp_path / "so100", version, episodes=[Told(2)], cameras=[TOP])
    features = json.loads((folder / "meta/info.json").read_text())["features"]
    features["observation.images.head"] = features.pop(TOP)
    change_info(folder, features=features)
    source, (record,) = scanned(folder)
    with pytest.raises((CorruptRecord, SourceError), match=r"observation\.images\.head"):
        decoded(source, record)
    assert len(decoded(source, record, "action")) == 2


def test_a_column_that_a_file_has_twice(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)], images="image", cameras=())
    (path,) = data_files(folder)
    rewritten(path, lambda table: table.append_column("action", table["action"]))
    _, (record,) = scanned(folder)
    assert "has a column twice; got 'action'" in str(record.fault)


def test_paths_beside_pictures_are_not_followed(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)], images="image", cameras=[TOP])
    (path,) = data_files(folder)
    images = pq.read_table(path)[TOP].to_pylist()
    rewritten(path, with_column(TOP, lambda _: [image | {"path": "../../etc/passwd"} for image in images]))
    source, (record,) = scanned(folder)
    found = decoded(source, record, TOP).steps[TOP]
    assert [bytes(image) for image in found] == [image["bytes"] for image in images]


def test_files_of_the_metadata_with_whole_numbers_of_other_widths(tmp_path):
    """Two recordings, by two versions of a writer, and one dataset."""
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image", cameras=())
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 2), path)
    later = with_column("length", lambda t: t["length"].combine_chunks().cast(pa.int32()))(table.slice(2))
    pq.write_table(later, path.with_name("file-001.parquet"))
    source, records = scanned(folder)
    assert len(records) == 4
    for number, record in enumerate(records):
        action = decoded(source, record, "action").steps["action"]
        np.testing.assert_array_equal(action, action_of(number, len(action)))
