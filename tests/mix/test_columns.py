"""Columns of mixtures, whose sources have other windows: virtual and materialised, against plain loops over tarfile and json."""

import shutil

import numpy as np
import pytest

import vladata
from tests.conversion import convert, recipe
from tests.mix.made import mix, mixture, virtual, web
from tests.plain_columns import columns, same, stored
from tests.rlds_data import write_bridge_like
from vladata.errors import LoadError
from vladata.shards.manifest import read_manifest
from vladata.shards.storage import open_output
from vladata.spec.windows import Windows

WINDOWS = {
    "plain": {},
    "short": {"chunk": 2, "tail": "repeat"},
    "long": {"chunk": 4, "tail": "truncate", "history": 2},
}
SHAPES = {"rows": 4, "dims": 7, "bins": 8, "state": 7, "frames": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four sources, and their mixture three times: as tars, as TFRecord, and virtual."""
    folder = tmp_path_factory.mktemp("mixed")
    source = write_bridge_like(folder / "source", 4, 7)
    places = {"web": web(folder / "pairs", "pairs", 12)}
    for name, windows in WINDOWS.items():
        places[name] = folder / name
        rule = recipe(cameras=("primary",)).model_copy(update={"windows": Windows(**windows)})
        fmt = "tfrecord" if name == "short" else "webdataset"
        convert(source, places[name], recipe=rule, format=fmt, samples_per_shard=6)
    spec = mixture(dict.fromkeys(places, 1), window=8, epoch=120)
    units = {"samples_per_shard": 16, "memory": 100_000}  # these decide the order
    for fmt in ("webdataset", "tfrecord"):
        mix(spec, folder / f"as-{fmt}", places, format=fmt, **units)
    virtual(spec, folder / "virtual", places, **units)
    return folder


def test_columns_are_those_of_plain_loops(folder):
    """Every source comes more than once: keys have their marks."""
    expected = stored(folder / "as-webdataset")
    assert len(expected) == 120
    rng = np.random.default_rng(0)
    for positions in (range(120), rng.permutation(120)[:32], [7, 7, -1]):
        wanted = columns([expected[i] for i in positions], **SHAPES)
        for name in ("as-webdataset", "as-tfrecord", "virtual"):
            assert same(vladata.open(folder / name).read_batch(positions), wanted) == [], name


def test_samples_of_many_positions_and_of_one(folder):
    for name in ("as-webdataset", "as-tfrecord", "virtual"):
        dataset = vladata.open(folder / name)
        found = dataset.read([60, 3, 3, -1])
        assert found == [dataset[60], dataset[3], dataset[3], dataset[119]]


def test_only_what_is_wanted(folder):
    dataset = vladata.open(folder / "virtual")
    found = dataset.read_batch([5, 90], ["frames", "index"])
    assert list(found) == ["frames", "index"]
    assert found["index"].tolist() == [5, 90]
    assert found["frames"].tolist() == dataset.read_batch([5, 90])["frames"].tolist()
    assert dataset.read_batch([], ["mask"])["mask"].shape == (0, 4)


def test_a_fault_in_a_source_is_that_of_a_position(folder, tmp_path):
    there = shutil.copytree(folder, tmp_path / "mixed")
    whole = vladata.open(there / "virtual").read_batch(range(120))
    lost = there / "plain" / read_manifest(open_output(str(there / "plain"))).shards[0].path
    lost.unlink()
    dataset, faults = vladata.open(there / "virtual"), []
    found = dataset.read_batch(range(119, -1, -1), faults=faults)
    gone = [119 - place for place, _ in faults]  # of the positions that were asked for, last first
    assert gone
    assert found["index"].tolist() == [i for i in range(119, -1, -1) if i not in gone]
    assert found["key"] == [whole["key"][i] for i in found["index"]]
    assert {fault.where.split(", ")[1] for _, fault in faults} == {str(lost)}
    with pytest.raises(LoadError, match="No such file or directory"):
        dataset.read(gone)
