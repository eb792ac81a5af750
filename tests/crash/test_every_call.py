"""Crashes by enumeration, in one process: the job as a plain loop, struck at every call that changes the disk.

test_system_calls.py does the same to the whole command, from outside. VLADATA_CRASH=all (`make crash`) strikes every call
in every way; otherwise every third call kills, and every seventh fails or cuts the power.
"""

import os
import random
import shutil
import threading
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from tests.crash.disk import Disk
from tests.crash.job import TOP, cache_of, go_on, leftovers, plain_loop
from tests.files import snapshot
from tests.rlds_data import write_bridge_like
from vladata.errors import OutputError

ALL = os.environ.get("VLADATA_CRASH") == "all"
BEFORE = {
    "nothing": None,
    "a dataset": Disk(),
    "half a run": Disk("killed", 40),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Smaller still: 2 units, 1 file."""
    return write_bridge_like(tmp_path_factory.mktemp("crash"), episodes=2, steps=7)


@pytest.fixture
def attempt(source, monkeypatch):
    """attempt(out, disk, overwrite=..., seed=...) does the job on a disk, each time as another process would."""
    identities = count(1)

    def attempt(out, disk, **options):
        monkeypatch.setattr(threading, "get_native_id", partial(next, identities))
        monkeypatch.setenv("VLADATA_CACHE", str(cache_of(out)))
        disk.during(partial(plain_loop, source, out, **options), out.parent)

    return attempt


@pytest.fixture
def found(request, attempt, tmp_path):
    """The folder in which each attempt finds what was there before: the same job with another seed, finished or not."""
    folder = tmp_path / "found"
    folder.mkdir()
    if disk := BEFORE[request.param]:
        attempt(folder / "out", disk, seed=1)
    return folder


@pytest.fixture(scope="module")
def fresh(source, tmp_path_factory):
    """The files of a job that nobody disturbed, in an empty folder."""
    out = tmp_path_factory.mktemp("fresh") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLADATA_CACHE", str(cache_of(out)))
        plain_loop(source, out)
    files = snapshot(out)
    assert {name.partition("/")[0] for name in files} == TOP
    return files


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("way", ["killed", "cut", "full", "broken"])
@pytest.mark.parametrize("found", BEFORE, indirect=True)
def test_every_call_may_be_the_last(way, found, fresh, attempt, tmp_path):
    overwrite = any(found.iterdir())
    for k in count(1, 1 if ALL else 5 if way == "killed" else 11):
        out = tmp_path / f"call {k}" / "out"
        shutil.copytree(found, out.parent)
        disk = Disk(way, k)
        with suppress(OutputError):
            attempt(out, disk, overwrite=overwrite)
        if disk.count < k:
            break
        if overwrite:
            attempt(out, Disk(), overwrite=True)
        else:
            go_on(out, partial(attempt, out, Disk()))
        assert snapshot(out) == fresh, f"{way} at call {k}"
        assert leftovers(out) == [], f"{way} at call {k}"
        shutil.rmtree(out.parent)
    assert k > 60


@pytest.mark.parametrize("seed", range(40 if ALL else 8))
def test_one_crash_after_another(seed, fresh, attempt, tmp_path):
    """Jobs of four kinds, each over what a crash left of the one before it."""
    chance, out = random.Random(seed), tmp_path / "out"
    for _ in range(6):
        disk = Disk(chance.choice(["killed", "cut"]), chance.randint(1, 85))
        layout = {
            "samples_per_shard": chance.choice([3, 5]),
            "format": chance.choice(["webdataset", "tfrecord"]),
        }
        attempt(out, disk, overwrite=True, **layout)
    attempt(out, Disk(), overwrite=True)
    assert snapshot(out) == fresh
    assert leftovers(out) == []
