"""Damaged and incomplete LeRobot data: each kind is an error, or costs the episode or the frame that it concerns, by name."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("av")

from tests.lerobot_data import (
    CAMERAS,
    EPISODES,
    FPS,
    Told,
    change_info,
    data_files,
    rewritten,
    scanned,
    with_column,
    write_lerobot,
)
from vladata.errors import (
    MalformedExample,
    MalformedJson,
    MissingFile,
    SourceChanged,
    SourceError,
    UnsupportedFeature,
    VladataError,
)
from vladata.sources.readers import open_source


def faults(folder, unlisted=0):
    """(position, text) of each episode that cannot be read."""
    _, records = scanned(folder)
    assert len(records) == len(EPISODES) + unlisted
    return {i: str(record.fault) for i, record in enumerate(records) if record.fault}


@pytest.mark.parametrize("content", [b"", b"\0" * 300, b"{", b"[]", b'{"codebase_version": "v2.1"}'])
def test_metadata_that_is_none_is_an_error_that_names_the_file(folder, content):
    for path in (p for p in folder.glob("meta/**/*") if p.is_file()):
        before = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(VladataError) as caught:
            open_source(folder)
        assert "meta/" in str(caught.value)
        path.write_bytes(before)
    open_source(folder)


def test_metadata_that_is_missing_is_an_error_that_names_the_file(folder):
    (folder / "meta/info.json").rename(folder / "meta/gone.json")
    with pytest.raises(SourceError):
        open_source(folder)
    (folder / "meta/gone.json").rename(folder / "meta/info.json")
    for path in [p for p in folder.glob("meta/*") if p.name != "info.json"]:
        path.rename(folder / path.name)
        with pytest.raises(MissingFile, match=path.stem):
            open_source(folder)
        (folder / path.name).rename(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"codebase_version": "v1.6"}, "version of the LeRobot format is not supported"),
        ({"fps": 0}, "fps must be a positive number"),
        ({"fps": None}, "fps must be a positive number"),
        ({"data_path": "../{episode_index}.parquet"}, "inside the folder"),
        ({"data_path": "/etc/{episode_index}"}, "inside the folder"),
        ({"data_path": "data/{__class__}.parquet"}, "unknown placeholder"),
        ({"splits": {"train": "0:3"}}, "must end at the last episode"),
        ({"splits": {"train": "0:3", "val": "2:4"}}, "in two splits"),
        ({"splits": {"train": "1:4"}}, "in no split"),
        ({"splits": {"train": "all"}}, "must be a range"),
        ({"features": {}}, "no features"),
    ],
)
def test_an_info_that_cannot_be_is_an_error(folder, change, says):
    change_info(folder, **change)
    with pytest.raises((MalformedJson, SourceError), match=says):
        scanned(folder)


def test_more_episodes_than_are_counted_is_an_error(folder):
    change_info(folder, total_episodes=3, splits={"train": "0:3"})
    with pytest.raises(SourceError, match=r"lists more episodes than meta/info\.json counts"):
        open_source(folder)


def test_episodes_that_are_counted_and_not_listed_are_expected(folder):
    change_info(folder, total_episodes=6, splits={"train": "0:6"})
    source, records = scanned(folder)
    assert source.info.splits["train"].records == 6
    assert len(records) == 4  # whoever compares both says that two are missing (index/part.py)


def test_a_missing_or_cut_data_file_costs_its_episodes_alone(folder):
    files = data_files(folder)
    size = files[0].stat().st_size
    of_first = 1 if len(files) == 4 else 3
    for kept in (0, 1, 11, size // 2, size - 1):
        data = files[0].read_bytes()
        files[0].write_bytes(data[:kept])
        found = faults(folder)
        assert list(found) == list(range(of_first))
        assert all("data/chunk-000/" in text for text in found.values())
        files[0].write_bytes(data)
    files[0].unlink()
    assert list(faults(folder)) == list(range(of_first))


def test_flipped_bytes_of_a_data_file_are_a_fault_or_change_nothing(folder):
    path = data_files(folder)[0]
    data = path.read_bytes()
    source, records = scanned(folder)
    sound = [(record.crc, source.content(record.data)) for record in records]
    silent = 0
    for at in range(4, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        _, found = scanned(folder)
        for record, (crc, _) in zip(found, sound, strict=True):
            silent += record.fault is None and record.crc != crc
    # Parquet checks nothing of its values: what was changed before it was indexed is what the file holds.
    assert silent < 60


def test_a_file_with_rows_of_another_length_than_listed_is_a_fault(folder):
    rewritten(data_files(folder)[-1], lambda table: table.slice(0, len(table) - 1))
    assert "another number of rows" in faults(folder)[3]
    assert list(faults(folder)) == [3]


def test_rows_of_another_episode_are_never_taken(folder):
    path = data_files(folder)[-1]
    rewritten(path, with_column("episode_index", lambda table: np.full(len(table), 0)))
    found = faults(folder, unlisted=1)
    assert list(found) == [3, 4]
    assert (
        f"{path.name}, episode 0: the file has rows of an episode that the metadata does not list" in found[4]
    )


def test_rows_that_do_not_lie_together_are_a_fault(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0")
    path = data_files(folder)[0]
    rewritten(path, lambda table: pa.concat_tables([table.slice(2), table.slice(0, 2)]))
    assert list(faults(folder)) == [0]
    assert "do not lie together" in faults(folder)[0]


def test_merged_files_in_another_order_are_read_right(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images="image")
    path = data_files(folder)[0]
    rewritten(path, lambda table: pa.concat_tables([table.slice(7), table.slice(0, 7)]))
    source, records = scanned(folder)
    for number, record in enumerate(records):
        episode = source.decode("train", record.place, source.read(record.place, record.crc))
        assert (episode.steps["observation.state"][:, 2] == number).all()


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("frame_index", lambda table: [0, 2, 1, *range(3, len(table))], "row 1"),
        ("timestamp", lambda table: [0.0, 0.1, 0.1, *(np.arange(3, len(table)) / FPS)], "row 2"),
        ("timestamp", lambda table: [0.0, float("nan"), *(np.arange(2, len(table)) / FPS)], "row 1"),
        ("timestamp", lambda table: [0.0, None, *(np.arange(2, len(table)) / FPS)], "no value"),
    ],
)
def test_rows_that_are_no_episode_are_a_fault(folder, column, values, says):
    path = data_files(folder)[-1]
    rewritten(path, with_column(column, values))
    found = faults(folder)
    assert list(found) == [3]
    assert column in found[3]
    assert says in found[3]


def test_pickled_columns_are_refused_by_name_and_never_loaded(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)])
    path = data_files(folder)[0]
    pq.write_table(
        pq.read_table(path).append_column("boxes", pa.array([b"\x80\x04cposix\nsystem\n."] * 3)), path
    )
    features = json.loads((folder / "meta/info.json").read_text())["features"]
    change_info(folder, features=features | {"boxes": {"dtype": "binary", "shape": [1]}})
    source, (record,) = scanned(folder)
    assert source.columns["boxes"].kind == "unsupported"
    with pytest.raises(UnsupportedFeature, match="boxes") as caught:
        source.decode("train", record.place, record.data, frozenset(["boxes"]))
    assert "never loaded" in str(caught.value)
    source.decode("train", record.place, record.data, frozenset(["action"]))


def test_numbers_of_another_type_or_width_than_declared_are_a_fault(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)])
    path, whole = data_files(folder)[0], pq.read_table(data_files(folder)[0])
    place = whole.column_names.index("action")
    for values in (
        [[1.0] * 6] * 3,
        [[1.0] * 7, [1.0] * 6, [1.0] * 8],
        [None, [1.0] * 7, [1.0] * 7],
        [["a"] * 7] * 3,
    ):
        pq.write_table(whole.set_column(place, "action", pa.array(values)), path)
        source, (record,) = scanned(folder)
        with pytest.raises(MalformedExample, match='"action"'):
            source.decode("train", record.place, record.data, frozenset(["action"]))
    pq.write_table(whole.drop_columns(["action"]), path)
    _, (record,) = scanned(folder)
    assert "lacks a column" in str(record.fault)


def test_files_that_changed_since_they_were_indexed_are_noticed(folder):
    source, records = scanned(folder)
    path = data_files(folder)[-1]
    rewritten(path, with_column("observation.state", lambda table: [[9.0, 9.0, 9.0]] * len(table)))
    with pytest.raises(SourceChanged):
        source.read(records[3].place, records[3].crc)
    source.read(records[0].place, records[0].crc)
    path.unlink()
    with pytest.raises((SourceChanged, MissingFile)):
        source.read(records[3].place, records[3].crc)


def test_a_task_that_nothing_names_is_no_text(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)])
    (folder / "meta/tasks.jsonl").write_text('{"task_index": 7, "task": "other"}\n')
    source, (record,) = scanned(folder)
    assert source.decode("train", record.place, record.data).steps["task"] == [b""] * 3


def test_pictures_that_are_only_named_are_not_followed(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)], images="image", cameras=CAMERAS[:1])
    path = data_files(folder)[0]
    rewritten(path, with_column(CAMERAS[0], lambda _: [{"bytes": None, "path": "/etc/passwd"}] * 2))
    source, (record,) = scanned(folder)
    with pytest.raises(MalformedExample, match=CAMERAS[0]):
        source.decode("train", record.place, record.data)
