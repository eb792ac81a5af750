"""What HDF5 datasets and attributes become: every kind as h5py gives it, pictures without padding, drafts of schemas."""

import fsspec
import h5py
import numpy as np
import pytest

from tests.hdf5_data import (
    CAMERAS,
    demo,
    padded,
    pictures,
    put,
    records,
    write_aloha,
    write_libero,
    write_robomimic,
)
from vladata.errors import SourceError
from vladata.sources.hdf5.listing import spread
from vladata.sources.hdf5.pictures import cut
from vladata.sources.infer import infer
from vladata.sources.readers import open_source


@pytest.fixture(scope="module")
def libero(tmp_path_factory):
    return write_libero(tmp_path_factory.mktemp("libero") / "libero_tiny")


def test_kinds(tmp_path):
    """Every kind that is read, as h5py gives it."""
    rng = np.random.default_rng(0)
    jpegs = pictures(0, CAMERAS[0], 5)
    with h5py.File(tmp_path / "kinds.h5", "w") as file:
        file["actions"] = rng.normal(size=(5, 7))
        file["flag"] = np.array([True, False, True, False, True])
        file["mode"] = np.array([0, 1, 1, 0, 1], h5py.enum_dtype({"ARM": 0, "BASE": 1}, "i8"))
        file["big"] = np.arange(5, dtype=">i4")
        file["half"] = np.arange(5, dtype="f2")
        file["said"] = ["pick", "é", "", "b", "c"]
        file["fixed"] = np.array([b"pick", b"up", b"", b"b", b"c"])
        listed = file.create_dataset("listed", (5,), h5py.vlen_dtype(np.uint8))
        for t, data in enumerate(jpegs):
            listed[t] = np.frombuffer(data, np.uint8)
        file["in_strings"] = np.array([data.ljust(2000, b"\0") for data in jpegs], "S2000")
        file["scale"] = np.float32(0.5)
        file["matrix"] = np.arange(9.0).reshape(3, 3)
        file["task"] = "stack"
        file.attrs["names"] = ["left", "right"]
    source = open_source(tmp_path / "kinds.h5")
    (episode,) = (source.decode("train", r.place, r.data) for r in records(source))
    assert {n: (leaf.kind, leaf.dtype) for n, leaf in source.columns.items() if leaf.per_step} == {
        "actions": ("number", "float64"),
        "flag": ("number", "bool"),
        "mode": ("number", "int64"),
        "big": ("number", "int32"),
        "half": ("number", "float16"),
        "said": ("text", "string"),
        "fixed": ("text", "string"),
        "listed": ("image", "uint8"),
        "in_strings": ("image", "uint8"),
    }
    assert episode.steps["flag"].tolist() == [True, False, True, False, True]
    assert episode.steps["mode"].tolist() == [0, 1, 1, 0, 1]
    assert episode.steps["big"].tolist() == episode.steps["half"].tolist() == [0, 1, 2, 3, 4]
    assert episode.steps["said"] == [b"pick", "é".encode(), b"", b"b", b"c"]
    assert episode.steps["fixed"] == [b"pick", b"up", b"", b"b", b"c"]
    assert episode.steps["listed"] == episode.steps["in_strings"] == jpegs
    assert (episode.metadata["scale"], episode.metadata["task"]) == (np.float32(0.5), b"stack")
    assert episode.metadata["matrix"].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert episode.metadata["names"].tolist() == [b"left", b"right"]


def test_a_frame_stays_at_its_step_whatever_its_length():
    """The rows of a table come in any order, and may be longer than the episode; an empty frame is empty."""
    frames = [*pictures(0, CAMERAS[0], 4), b""]
    others = pictures(1, CAMERAS[1], 5)
    rows = padded(frames, 2000, 9)
    rows[4] = 0
    table = np.array([[len(f) for f in each] + [0] for each in (others, frames)], np.float32)
    assert [bytes(view) for view in cut(rows, table, "")] == frames


def test_a_jpeg_ends_at_its_own_end_though_another_follows():
    """A buffer that was used before: behind a short picture lies the tail of a longer one, with its end marker."""
    short, long = sorted(pictures(0, CAMERAS[0], 2), key=len)
    row = np.frombuffer(short + long[len(short) - 40 :] + bytes(20), np.uint8)[None]
    assert bytes(row[0]).rstrip(b"\0").endswith(b"\xff\xd9")
    assert [bytes(view) for view in cut(np.ascontiguousarray(row), None, "")] == [short]


def test_filter_keys_are_values(tmp_path):
    source = open_source(write_robomimic(tmp_path / "lift.hdf5"))
    found = [source.decode("train", r.place, r.data).metadata for r in records(source)]
    assert [(bool(m["mask/train"]), bool(m["mask/valid"])) for m in found] == [
        (True, False),
        (False, True),
        (True, False),
        (True, False),
    ]
    assert found[0]["env_args/env_name"] == b"Lift"
    assert source.columns["env_args/env_kwargs"].kind == "unsupported"


def test_an_attribute_of_the_episode_goes_before_that_of_the_file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        put(file.create_group("data/demo_0"), demo((0, 0), 4))
        file["data"].attrs["lang"] = "of all"
        file["data"].attrs["actions"] = "as a name that is taken"
        file["data/demo_0"].attrs["lang"] = "of this"
    (record,) = records(source := open_source(tmp_path / "a.h5"))
    values = source.decode("train", record.place, record.data).metadata
    assert (values["lang"], values["data attributes/lang"]) == (b"of this", b"of all")
    assert values["data attributes/actions"] == b"as a name that is taken"


def test_drafts(libero, tmp_path):
    """What is sure stands alone, what is guessed is marked; of robomimic's next observations nothing is taken."""
    draft = infer(open_source(libero)).text
    assert "  primary: obs/agentview_rgb\n" in draft
    assert "  wrist: obs/eye_in_hand_rgb  # guess: it is at the hand\n" in draft
    assert "  path: problem_info/language_instruction  # guess\n" in draft
    assert "        - {op: concat, of: [actions]}\n" in draft
    assert "  path: dones  # guess\n" in draft
    draft = infer(open_source(write_robomimic(tmp_path / "lift.hdf5"))).text
    assert "  constant: do the task  # guess: no field is text" in draft
    assert "next_obs" not in draft.partition("# The data has these fields too")[0]
    assert "#   next_obs/agentview_rgb: uint8[16,16,3] (the observation of the following step)" in draft
    draft = infer(open_source(write_aloha(tmp_path / "aloha"))).text
    assert "  constant: do the task" in draft
    assert "      names: [left_joint_0," in draft


def test_by_url(tmp_path):
    files = fsspec.filesystem("memory")
    for file in write_libero(tmp_path / "libero", demos=(0, 1)).iterdir():
        files.pipe(f"/hdf5_test/libero/{file.name}", file.read_bytes())
    local, remote = open_source(tmp_path / "libero"), open_source("memory://hdf5_test/libero")
    assert remote.columns == local.columns
    for one, other in zip(records(local), records(remote), strict=True):
        assert (one.crc, one.place) == (other.crc, other.place)
        assert remote.read(other.place, other.crc).content == one.data.content


def test_the_reader_tfds_does_not_read_it(libero):
    with pytest.raises(SourceError, match="the reader tfds does not read hdf5; allowed: native"):
        open_source(libero, "tfds")


def test_evenly_spread():
    assert spread(3, 5) == [0, 1, 2]
    assert spread(10, 4) == [0, 3, 6, 9]
    assert spread(10, 1) == [0]
