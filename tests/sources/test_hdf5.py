"""HDF5 as a source: which files, which episodes, which columns, found from the data; values as h5py gives them."""

import pickle

import h5py
import numpy as np
import pytest

import vladata
from tests.hdf5_data import (
    TASKS,
    demo,
    put,
    records,
    write_aloha,
    write_libero,
)
from vladata.errors import MalformedExample, MissingFile
from vladata.sources.hdf5.tree import natural
from vladata.sources.readers import open_source


@pytest.fixture(scope="module")
def libero(tmp_path_factory):
    return write_libero(tmp_path_factory.mktemp("libero") / "libero_tiny")


def test_a_file_is_a_task_and_demos_come_in_their_natural_order(libero):
    source = open_source(libero)
    assert (source.name, source.info.file_format, source.reader, source.url) == (
        "libero_tiny",
        "hdf5",
        "native",
        str(libero),
    )
    assert [(s.file, s.start, s.stop) for s in source.shards("train")] == [
        (f"{name}_demo.hdf5", 0, 4) for name in sorted(TASKS)
    ]
    groups = [source.decode("train", r.place, r.data).metadata["source/path"] for r in records(source)]
    assert groups == [b"data/demo_0", b"data/demo_1", b"data/demo_2", b"data/demo_10"] * 3
    assert pickle.loads(pickle.dumps(source)) == source


def test_natural_order():
    names = ["demo_10", "demo_2", "demo_1", "demo_02", "a"]
    assert sorted(names, key=natural) == ["a", "demo_1", "demo_02", "demo_2", "demo_10"]


def test_a_single_file(libero):
    source = open_source(libero / f"{TASKS[0]}_demo.hdf5")
    assert (source.name, len(records(source))) == (f"{TASKS[0]}_demo", 4)
    with pytest.raises(MissingFile):
        open_source(libero / "absent.hdf5")


def test_the_columns_of_libero(libero):
    columns = open_source(libero).columns
    told = {n: (leaf.kind, leaf.dtype, leaf.shape) for n, leaf in columns.items() if leaf.per_step}
    assert told["actions"] == ("number", "float64", (7,))
    assert told["dones"] == ("number", "uint8", ())
    assert told["obs/agentview_rgb"] == ("number", "uint8", (16, 16, 3))
    assert {n for n, leaf in columns.items() if not leaf.per_step} == {
        "num_samples",
        "num_demos",
        "macros_image_convention",
        "problem_info/problem_name",
        "problem_info/language_instruction",
        "problem_info/objects",
        "source/file",
        "source/path",
    }
    assert (columns["problem_info/objects"].kind, columns["problem_info/objects"].tfds_class) == (
        "unsupported",
        "a list",
    )


def test_values_are_those_of_h5py(libero):
    source = open_source(libero)
    for record in records(source):
        episode = source.decode("train", record.place, record.data)
        with h5py.File(libero / record.place.file) as file:
            group = file[episode.metadata["source/path"].decode()]
            for path, column in episode.steps.items():
                assert column.dtype == group[path].dtype
                np.testing.assert_array_equal(column, group[path])
            assert episode.metadata["num_samples"] == group.attrs["num_samples"] == len(episode)


def test_a_read_is_what_the_scan_gave_and_lies_in_its_room(libero):
    source = open_source(libero)
    for record in records(source):
        room = memoryview(bytearray(record.place.length))
        data = source.read(record.place, record.crc, room)
        assert source.content(data) == source.content(record.data)
        pixels = source.decode("train", record.place, data, frozenset(["obs/agentview_rgb"])).steps[
            "obs/agentview_rgb"
        ]
        assert np.shares_memory(pixels, np.frombuffer(room, np.uint8))
        actions = source.decode("train", record.place, data, frozenset(["actions"])).steps["actions"]
        assert not np.shares_memory(actions, np.frombuffer(room, np.uint8))


def test_content_is_by_value_and_not_by_layout(tmp_path):
    """Chunks, compression, byte order and the width of strings are another file, and the same episode."""
    found = demo((0, 0), 8) | {"said": np.array([b"a", b"bc"] * 4)}
    with h5py.File(tmp_path / "a.h5", "w") as file:
        put(file.create_group("data/demo_0"), found)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        group = file.create_group("data/demo_7")
        for path, values in reversed(found.items()):
            if path == "said":
                group.create_dataset(path, data=[v.decode() for v in values], dtype=h5py.string_dtype())
            else:
                values = values.astype(values.dtype.newbyteorder(">"))
                group.create_dataset(path, data=values, compression="gzip", shuffle=True, chunks=True)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        put(file.create_group("data/demo_0"), found | {"rewards": found["rewards"] + 1})
    contents = []
    for name in "abc":
        source = open_source(tmp_path / f"{name}.h5")
        (record,) = records(source)
        contents.append(source.content(record.data))
    assert contents[0] == contents[1] != contents[2]


def test_padding_is_no_part_of_the_content(tmp_path):
    contents = []
    for name, options in {"a": {}, "b": {"fill": 7}}.items():
        source = open_source(write_aloha(tmp_path / name, episodes=1, **options))
        contents.append(source.content(records(source)[0].data))
    assert contents[0] == contents[1]


def test_files_of_one_episode_go_together(tmp_path):
    source = open_source(write_aloha(tmp_path / "aloha", episodes=70, steps=3))
    assert [(s.file, s.stop) for s in source.shards("train")] == [
        ("episode_0.hdf5-and-63-more", 64),
        ("episode_64.hdf5-and-5-more", 6),
    ]
    places = [record.place for record in records(source)]
    assert [place.file for place in places] == [f"episode_{n}.hdf5" for n in range(70)]
    assert [(place.shard, place.record) for place in places] == [(n // 64, n % 64) for n in range(70)]
    before = [source.version(shard.file) for shard in source.shards("train")]
    with h5py.File(tmp_path / "aloha" / "episode_66.hdf5", "r+") as file:
        file["action"][0] = 9
    assert [
        a == b for a, b in zip(before, [source.version(s.file) for s in source.shards("train")], strict=True)
    ] == [True, False]


def test_hidden_files_are_none(tmp_path):
    folder = write_aloha(tmp_path / "aloha", episodes=2)
    (folder / "._episode_0.hdf5").write_bytes(b"\0\5\x16\7")
    assert open_source(folder).info.splits["train"].records == 2


def test_files_that_differ_in_their_keys_have_the_columns_of_all(tmp_path):
    folder = write_libero(tmp_path / "libero", demos=(0, 1))
    with h5py.File(folder / f"{TASKS[0]}_demo.hdf5", "r+") as file:
        file["data/demo_1/obs/force"] = np.zeros((9, 3), np.float32)
    columns = open_source(folder).columns
    assert (columns["obs/force"].shape, columns["obs/force"].optional) == ((3,), True)
    assert not columns["obs/ee_states"].optional
    lengths = [(len(e), "obs/force" in e.steps) for e in vladata.episodes(folder)]
    assert lengths.count((9, True)) == 1
    assert len(lengths) == 6


def test_narrow_and_wide_numbers_become_the_widest(tmp_path):
    folder = write_libero(tmp_path / "libero", demos=(0,))
    with h5py.File(folder / f"{TASKS[0]}_demo.hdf5", "r+") as file:
        values = file["data/demo_0/actions"][()].astype(np.float32)
        del file["data/demo_0/actions"]
        file["data/demo_0/actions"] = values
    source = open_source(folder)
    assert source.columns["actions"].dtype == "float64"
    assert all(
        source.decode("train", r.place, r.data).steps["actions"].dtype == np.float64 for r in records(source)
    )


def test_an_odd_one_among_many_is_not_what_all_are(tmp_path):
    """One demo of six has an action of another width: the column stays as it is, and this one is rejected where it is wanted."""
    folder = write_libero(tmp_path / "libero", demos=(0, 1))
    with h5py.File(folder / f"{TASKS[0]}_demo.hdf5", "r+") as file:
        del file["data/demo_0/actions"]
        file["data/demo_0/actions"] = np.zeros((8, 8))
    source = open_source(folder)
    assert source.columns["actions"].shape == (7,)
    with pytest.raises(
        MalformedExample,
        match=r"its type or shape differs from that of other episodes; got 'float64\[8,8\]'; allowed: float64\[T,7\]",
    ):
        list(vladata.episodes(folder))
