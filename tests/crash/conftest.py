"""The source of the small jobs, and what an undisturbed run makes of it."""

import pytest

from tests.crash.job import TOP, SmallJob, ended
from tests.files import snapshot
from tests.rlds_data import write_bridge_like


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """4 episodes that give 5 samples each: 4 units of 2 shards."""
    return write_bridge_like(tmp_path_factory.mktemp("crash"), episodes=4, steps=7, num_shards=2)


@pytest.fixture(scope="session")
def expected(source, tmp_path_factory):
    """The files of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    code, said = ended(SmallJob(source).start(out))
    assert code == 0, said
    files = snapshot(out)
    assert {name.partition("/")[0] for name in files} == TOP
    return files
