"""HDF5 files that are damaged, locked, hostile or odd: an error, or a rejected episode with its reason. Nothing is lost in
silence, and nothing that a file names outside itself is opened."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from tests.conversion import convert
from tests.hdf5_damage import ALOHA, FIRST, LIBERO, one, replaced
from tests.hdf5_data import (
    CAMERAS,
    demo,
    padded,
    put,
    write_aloha,
    write_libero,
)
from tests.outcome import ledger, rejected
from vladata.errors import (
    MissingExtra,
    MissingKey,
    SourceChanged,
    SourceError,
    UnsupportedFeature,
)
from vladata.sources.readers import open_source


@pytest.fixture
def folder(tmp_path):
    return write_libero(tmp_path / "libero", demos=(0, 1))


def test_a_cut_file_is_one_rejected_episode(folder):
    file = folder / FIRST
    os.truncate(file, file.stat().st_size // 2)
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (5, 4, 0, 1)
    (line,) = rejected(folder.parent / "out")
    assert (line["file"], line["reason"]) == (FIRST, "truncated_file")
    assert line["says"].startswith(
        f"{FIRST}: the HDF5 file is not complete: Unable to synchronously open file (truncated file"
    )


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all", b"\x89HDF\r\n\x1a\n" + bytes(600)])
def test_a_file_that_is_none(content, folder):
    (folder / FIRST).write_bytes(content)
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (5, 4, 0, 1)
    (line,) = rejected(folder.parent / "out")
    assert (line["file"], line["reason"]) == (FIRST, "corrupt_record")
    assert line["says"].startswith(f"{FIRST}: this file cannot be opened: ")


def test_any_cut_gives_rejections_or_the_episode(tmp_path):
    """Rule: cut anywhere, a file gives its episodes as they were, or faults; never others."""
    whole = write_libero(tmp_path / "a", demos=(0,), steps=3) / FIRST
    write_libero(tmp_path / "b", demos=(0,), steps=3)
    data, copy = whole.read_bytes(), tmp_path / "b" / FIRST
    expected = next(open_source(whole).scan(open_source(whole).shards("train")[0]))
    for size in range(0, len(data), 997):
        copy.write_bytes(data[:size])
        source = open_source(tmp_path / "b")
        (record,) = source.scan(source.shards("train")[0])
        assert record.fault is not None or source.content(record.data) == expected.data.content


def test_a_file_that_is_written_stops_the_command(folder):
    """It would be another file a moment later: nothing is booked of it."""
    hold = f"import h5py, sys; f = h5py.File({str(folder / FIRST)!r}, 'r+'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline() == b"held\n"
        with pytest.raises(SourceError, match=rf"{FIRST}: the file is open for writing") as caught:
            open_source(folder)
        assert "Wait until it is closed" in str(caught.value)
        writer.stdin.close()
    assert open_source(folder).name == "libero"


def test_an_unreadable_chunk_costs_what_needs_it(folder):
    """A flipped byte in a checked chunk of a state that is wanted; the same of one that is not costs nothing."""

    def checked(path):
        def change(group):
            values = group[path][()]
            del group[path]
            group.create_dataset(path, data=values, chunks=values.shape, fletcher32=True)

        return change

    with h5py.File(folder / FIRST, "r+") as file:
        for number, path in ((0, "obs/ee_states"), (1, "states")):
            checked(path)(file[f"data/demo_{number}"])
    with h5py.File(folder / FIRST, "r") as file:
        places = [
            file[f"data/demo_{n}/{path}"].id.get_chunk_info(0).byte_offset
            for n, path in ((0, "obs/ee_states"), (1, "states"))
        ]
    data = bytearray((folder / FIRST).read_bytes())
    for place in places:
        data[place + 3] ^= 1
    (folder / FIRST).write_bytes(data)
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (6, 5, 0, 1)
    (line,) = rejected(folder.parent / "out")
    assert (line["episode"], line["reason"]) == ("train-00000-000000", "corrupt_record")
    assert line["says"].startswith(f"{FIRST}, data/demo_0, obs/ee_states: h5py says: ")


def test_a_camera_that_cannot_be_read_costs_only_who_takes_it(folder):
    """The wrist camera of one episode is a link: with the primary camera alone all six are written."""
    with h5py.File(folder / FIRST, "r+") as file:
        del file["data/demo_0/obs/eye_in_hand_rgb"]
        file["data/demo_0/obs/eye_in_hand_rgb"] = h5py.SoftLink("/data/demo_0/obs/agentview_rgb")
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (6, 6, 0, 0)


@pytest.mark.parametrize("more", [1, -1])
def test_lengths_that_disagree_are_never_cut(more, folder):
    states = np.zeros((8 + more, 6))
    reason, says = one(folder, replaced("obs/ee_states", states))
    assert reason == "malformed_example"
    assert says.startswith(
        f"{FIRST}, data/demo_0/obs/ee_states: obs/ee_states has {8 + more} values, the episode 8 steps."
    )


def test_observations_that_all_have_one_more_are_refused_by_name(tmp_path):
    with h5py.File(tmp_path / "maniskill.h5", "w") as file:
        for number in range(3):
            steps = 5 + number
            put(
                file.create_group(f"traj_{number}"),
                {"actions": np.zeros((steps, 7)), "obs/qpos": np.zeros((steps + 1, 9))},
            )
    source = open_source(tmp_path / "maniskill.h5")
    leaf = source.columns["obs/qpos"]
    assert (leaf.kind, leaf.per_step) == ("unsupported", True)
    assert leaf.reason == (
        "obs/qpos has 8 values, the episode 7 steps (maniskill.h5, traj_2): nothing tells which value belongs to which step"
    )
    record = next(source.scan(source.shards("train")[0]))
    with pytest.raises(UnsupportedFeature, match="cannot read this dataset here: obs/qpos has 8"):
        source.decode("train", record.place, record.data, frozenset(["obs/qpos"]))


def test_a_count_that_disagrees(folder):
    reason, says = one(folder, lambda group: group.attrs.__setitem__("num_samples", 9))
    assert reason == "malformed_example"
    assert says.startswith(f"{FIRST}, data/demo_0: the attribute num_samples is 9, and the actions have 8")


def test_an_episode_without_steps(folder):
    def change(group):
        group.attrs["num_samples"] = 0
        for path, values in demo((0, 0), 0).items():
            del group[path]
            group[path] = values

    reason, _ = one(folder, change)
    assert reason == "no_steps"


def test_a_number_that_is_none_is_a_rejected_step(folder):
    with h5py.File(folder / FIRST, "r+") as file:
        file["data/demo_0/actions"][2, 1] = np.nan
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["not_finite"] == ("rejected", 0, 1)


def test_an_empty_group_of_episodes(folder):
    with h5py.File(folder / FIRST, "w") as file:
        file.create_group("data")
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (5, 4, 0, 1)
    (line,) = rejected(folder.parent / "out")
    assert "the file holds no episode: its group data is empty" in line["says"]


def test_a_file_that_changed_after_the_index_is_noticed(folder):
    source = open_source(folder)
    record = next(source.scan(source.shards("train")[0]))
    assert source.read(record.place, record.crc).content == record.data.content
    with h5py.File(folder / FIRST, "r+") as file:
        file["data/demo_0/obs/agentview_rgb"][3, 0, 0, 0] ^= 1
    with pytest.raises(
        SourceChanged, match=rf"{FIRST}, data/demo_0: the episode that was indexed is not there: other data"
    ):
        source.read(record.place, record.crc)
    with h5py.File(folder / FIRST, "r+") as file:
        file["data/demo_0/more"] = np.zeros((8, 1000))
    with pytest.raises(SourceChanged):
        open_source(folder).read(record.place, record.crc, memoryview(bytearray(record.place.length)))


def test_a_key_that_nobody_has(folder):
    source = open_source(folder)
    record = next(source.scan(source.shards("train")[0]))
    with pytest.raises(MissingKey, match=r"the data has no such key; got \'obs/agentview\'"):
        source.decode("train", record.place, record.data, frozenset(["obs/agentview"]))


def test_a_table_of_other_lengths_rejects_the_episode(tmp_path):
    folder = write_aloha(tmp_path / "aloha", episodes=2)
    with h5py.File(folder / "episode_0.hdf5", "r+") as file:
        file["compress_len"][...] = file["compress_len"][...] - 1
    manifest = convert(folder, tmp_path / "out", spec=ALOHA)
    assert ledger(manifest)["episodes"] == (2, 1, 0, 1)
    (line,) = rejected(tmp_path / "out")
    assert "compress_len has no row that fits more than half of these pictures; got" in line["says"]


def test_a_picture_that_is_cut_is_one_rejected_step(tmp_path):
    """Its row keeps its place: the frames behind it stay with their steps."""
    folder = write_aloha(tmp_path / "aloha", episodes=1)
    with h5py.File(folder / "episode_0.hdf5", "r+") as file:
        file[f"observations/images/{CAMERAS[0]}"][2, 300:] = 0
    manifest = convert(folder, tmp_path / "out", spec=ALOHA)
    assert ledger(manifest)["bad_image"] == ("rejected", 0, 1)
    assert [line["step"] for line in rejected(tmp_path / "out")] == [2]


def test_without_h5py_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtra, match="HDF5 files need the package h5py") as caught:
        open_source(folder)
    assert 'pip install "vladata[hdf5]"' in str(caught.value)


def test_a_folder_of_nothing_readable_says_why(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["what"] = "nothing"
    with pytest.raises(SourceError, match="the group has no dataset with one value a step"):
        open_source(tmp_path)


def test_rows_are_as_wide_as_asked():
    assert padded([b"\xff\xd8", b"\xff"], 3).tolist() == [[255, 216, 0], [255, 0, 0]]
