"""RLDS, LeRobot, HDF5 and web data in one mixture: a sample is a sample, whatever format its episode lay in."""

from collections import Counter

import pytest

pytest.importorskip("av")

import vladata
from tests.conversion import convert, recipe
from tests.hdf5_data import LIBERO_SCHEMA, write_libero
from tests.lerobot_data import SCHEMA, mark_of, write_lerobot
from tests.mix.made import mix, mixture
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

SHARES = {"rlds": 3, "lerobot": 2, "hdf5": 1, "a": 2}


def test_every_window_has_its_share_of_each(tmp_path, robots, corpora):
    convert(
        write_lerobot(tmp_path / "so100", "v3.0"), tmp_path / "lerobot",
        spec=validate(DatasetSpec, SCHEMA, "so100"), recipe=recipe(cameras=("primary", "wrist")),
    )  # fmt: skip
    libero = validate(DatasetSpec, LIBERO_SCHEMA, "libero")
    convert(
        write_libero(tmp_path / "libero"), tmp_path / "hdf5", spec=libero, recipe=recipe(cameras=("primary",))
    )
    places = {
        "rlds": robots["webdataset"],
        "lerobot": tmp_path / "lerobot",
        "hdf5": tmp_path / "hdf5",
        "a": corpora["a"],
    }
    mix(mixture(SHARES, epoch=320), tmp_path / "mix", places)
    samples = list(vladata.open(tmp_path / "mix"))
    names = {"bridge_dataset": "rlds", "so100": "lerobot", "libero": "hdf5", "a": "a"}
    for start in range(0, 320, 64):
        counted = Counter(names[sample.dataset] for sample in samples[start : start + 64])
        assert counted == {"rlds": 24, "lerobot": 16, "hdf5": 8, "a": 16}
    for sample in samples:
        if sample.dataset == "so100":
            assert list(sample.images) == ["primary", "wrist"]
            _, step, camera = mark_of(bytes(sample.images["wrist"]))
            assert (step, camera) == (sample.step, 1)
    assert vladata.verify(tmp_path / "mix") == []
