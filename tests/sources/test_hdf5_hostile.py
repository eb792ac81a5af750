"""HDF5 files that name places outside themselves, or hold what nobody should open: refused by name."""

import pickle

import h5py
import numpy as np
import pytest

from tests.hdf5_damage import one
from tests.hdf5_data import (
    demo,
    put,
    write_libero,
)
from vladata.errors import (
    UnsupportedFeature,
    VladataError,
)
from vladata.sources.episodes import episodes
from vladata.sources.readers import open_source


@pytest.fixture
def folder(tmp_path):
    return write_libero(tmp_path / "libero", demos=(0, 1))


def secret(tmp_path):
    """A file outside the dataset; whoever opens it is noticed, since it is no HDF5 file and has no right to be read."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["states"] = np.arange(48.0).reshape(8, 6)
    return tmp_path / "secret.h5"


def external_link(group, path):
    group["obs/ee_states"] = h5py.ExternalLink(str(path), "/states")


def soft_link(group, path):
    group["away"] = h5py.ExternalLink(str(path), "/")
    group["obs/ee_states"] = h5py.SoftLink("away/states")


def virtual(group, path):
    layout = h5py.VirtualLayout((8, 6), "f8")
    layout[:] = h5py.VirtualSource(str(path), "states", (8, 6))
    group.create_virtual_dataset("obs/ee_states", layout)


def external_storage(group, path):
    group.create_dataset("obs/ee_states", (8, 6), "f8", external=[(str(path), 0, h5py.h5f.UNLIMITED)])


@pytest.mark.parametrize("outside", [external_link, soft_link, virtual, external_storage])
def test_no_path_in_a_file_is_opened(outside, folder, monkeypatch):
    target = secret(folder.parent)

    def change(group):
        del group["obs/ee_states"]
        outside(group, target)

    reason, says = one(folder, change)
    assert reason == "malformed_example"
    assert (
        "found a link, which is not followed" in says
        or "its data lies in other files, which are never opened" in says
    )


@pytest.mark.parametrize(
    ("values", "called"),
    [
        (np.zeros(8, [("x", "f4"), ("y", "i4")]), "a compound type"),
        (np.array([np.void(pickle.dumps(n)) for n in range(8)]), "opaque bytes"),
        (np.zeros((8, 6), np.longdouble), "float"),
        (np.zeros((8, 6), np.complex64), "a"),
    ],
    ids=["compound", "pickles", "wide", "complex"],
)
def test_types_that_are_refused_by_name(values, called, folder):
    """In one episode: it is rejected. In all: the column is refused, and a schema that names it."""
    for file in folder.iterdir():
        with h5py.File(file, "r+") as opened:
            for group in opened["data"].values():
                group["odd"] = (
                    values
                    if len(group["actions"]) == len(values)
                    else np.resize(values, len(group["actions"]))
                )
    source = open_source(folder)
    assert source.columns["odd"].kind == "unsupported"
    assert source.columns["odd"].tfds_class.startswith(called)
    record = next(source.scan(source.shards("train")[0]))
    assert "odd" not in source.decode("train", record.place, record.data).steps
    with pytest.raises(UnsupportedFeature, match="odd: the native reader cannot read"):
        source.decode("train", record.place, record.data, frozenset(["odd"]))


def test_cycles_and_depth_end(tmp_path):
    with h5py.File(tmp_path / "loop.h5", "w") as file:
        put(file.create_group("data/demo_0"), demo((0, 0), 5))
        file["data/demo_1/again"] = file["data"]
        file["data/demo_1/actions"] = np.zeros((5, 7))
    source = open_source(tmp_path / "loop.h5")
    records = list(source.scan(source.shards("train")[0]))
    assert records[0].fault is None
    assert "nested too deeply" in str(records[1].fault) or "too many datasets" in str(records[1].fault)


def test_an_absurd_shape_is_not_allocated(folder):
    def change(group):
        del group["states"]
        group.create_dataset("states", (8, 1 << 40), "f8", chunks=(1, 1024))

    for file in folder.iterdir():
        with h5py.File(file, "r+") as opened:
            for group in opened["data"].values():
                change(group) if len(group["actions"]) == 8 else None
    with pytest.raises(VladataError, match="is too large to be held in memory"):
        list(episodes(folder))
