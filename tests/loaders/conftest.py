"""Converted outputs for the tests of loaders. Copy one before you damage it."""

import pytest

from tests.conversion import convert, recipe
from tests.rlds_data import write_bridge_like


@pytest.fixture(scope="session")
def robot(tmp_path_factory):
    """60 samples of 12 episodes in shards of 8, one camera: 64 x 64 JPEGs, untouched."""
    folder = tmp_path_factory.mktemp("robot")
    source = write_bridge_like(folder, episodes=12, steps=(5, 8, 8), num_shards=2)
    convert(source, folder / "out", samples_per_shard=8)
    return folder / "out"


@pytest.fixture(scope="session")
def cameras(tmp_path_factory):
    """14 samples of two cameras, as they were recorded."""
    folder = tmp_path_factory.mktemp("cameras")
    source = write_bridge_like(folder, episodes=2, steps=9)
    convert(source, folder / "out", recipe=recipe(cameras=("primary", "third")))
    return folder / "out"


@pytest.fixture(scope="module")
def dataset(robot):
    """The samples of `robot` for torch's loaders, without pixels."""
    from vladata.loaders.torch import SampleDataset

    return SampleDataset(robot, cameras=[])
