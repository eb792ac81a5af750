"""SIGKILL at random moments of a web job: of all of it, of its supervisor alone, or of one of two workers."""

import os
import random
import signal
import time

import pytest

from tests.crash.job import children, ended, finished, go_on
from tests.files import snapshot
from tests.web.job import cache_of, plain_loop, start
from tests.web.made import shards

MOMENTS = range(40 if os.environ.get("VLADATA_CRASH") == "all" else 2)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return shards(tmp_path_factory.mktemp("corpus"), 120, per_shard=15)


@pytest.fixture(scope="module")
def expected(source, tmp_path_factory):
    """The files of a run that nobody disturbed, and how many seconds it took with two workers."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    began = time.monotonic()
    assert ended(start(source, out, "--workers", "2")) == (0, "")
    return snapshot(out), time.monotonic() - began


def leftovers(out):
    """Temporary files of the index."""
    return [name for name in snapshot(cache_of(out)) if "/tmp/" in name]


@pytest.mark.parametrize("seed", MOMENTS)
def test_the_job(seed, source, expected, tmp_path, monkeypatch):
    """All of it for an even seed, else its supervisor alone: then the workers have to end by themselves."""
    (files, duration), out = expected, tmp_path / "out"
    process = start(source, out, "--workers", str(1 + seed // 2 % 2))
    time.sleep(random.Random(seed).uniform(0.2, 1) * duration)
    (os.kill if seed % 2 else os.killpg)(process.pid, signal.SIGKILL)
    ended(process)
    if seed % 4 == 0 and not finished(out):
        assert ended(start(source, out)) == (0, "")
    else:
        monkeypatch.setenv("VLADATA_CACHE", str(cache_of(out)))
        go_on(out, lambda: plain_loop(source, out))
    assert snapshot(out) == files
    assert leftovers(out) == []


@pytest.mark.parametrize("seed", MOMENTS)
def test_one_worker_of_two(seed, source, expected, tmp_path):
    """The job does without it."""
    (files, duration), out = expected, tmp_path / "out"
    process = start(source, out, "--workers", "2")
    time.sleep(random.Random(seed).uniform(0, 1) * duration)
    for worker in children(process)[seed % 2 :][:1]:
        os.kill(worker, signal.SIGKILL)
    assert ended(process) == (0, "")
    assert snapshot(out) == files
