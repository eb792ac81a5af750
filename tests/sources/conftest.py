"""Datasets that several tests read, written once a run by TFDS's own writer."""

import os
from pathlib import Path

import pytest

from tests.rlds_data import write_bridge_like
from tests.rlds_features import write_every_feature


@pytest.fixture(scope="session")
def bridge_like(tmp_path_factory) -> Path:
    """Five episodes of 6 and 3 steps in two files, and three in split "val"."""
    folder = tmp_path_factory.mktemp("bridge_like")
    return write_bridge_like(folder, episodes=5, steps=(6, 3), val_episodes=3, num_shards=2)


@pytest.fixture(scope="session")
def every_feature(tmp_path_factory) -> Path:
    """All features that the native reader understands; some of them TFDS itself cannot read back."""
    return write_every_feature(tmp_path_factory.mktemp("every_feature"), lengths=(3, 1, 4, 0))


@pytest.fixture(scope="session")
def readable_feature(tmp_path_factory) -> Path:
    """The same without what TFDS cannot read back."""
    folder = tmp_path_factory.mktemp("readable_feature")
    return write_every_feature(folder, lengths=(3, 1, 4, 0), unreadable=False)


@pytest.fixture(scope="session")
def real_bridge() -> Path:
    """The real Bridge episodes, which are not part of this repository."""
    folder = os.environ.get("VLADATA_REAL_DATA")
    if not folder:
        pytest.skip("VLADATA_REAL_DATA is not set: it names the folder that holds bridge_dataset/1.0.0")
    return Path(folder) / "bridge_dataset" / "1.0.0"
