"""Rules for every test: the user's cache of indexes is neither read nor written, and no test is timed."""

import pytest
from hypothesis import settings

from tests.rlds_data import write_bridge_like

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """The folder of all indexes, $VLADATA_CACHE, fresh for this run of the tests."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLADATA_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    """A dataset without a fault: train has 4 episodes of 6 steps in 2 files, val has 2. Copy it before you damage it."""
    folder = tmp_path_factory.mktemp("clean")
    return write_bridge_like(folder, episodes=4, steps=6, num_shards=2, val_episodes=2)


@pytest.fixture(scope="session", autouse=True)
def no_progress_line():
    """Progress lines come so late that no test sees one, however slow the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vladata.progress.LINE_EVERY", 3600.0)
        yield
