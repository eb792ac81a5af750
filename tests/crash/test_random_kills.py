"""SIGKILL at random moments: of the whole job, of its supervisor alone, and of one of two workers."""

import os
import random
import signal
import time

import pytest

from tests.crash.job import SmallJob, cache_of, children, ended, go_on, leftovers, plain_loop
from tests.files import snapshot

MOMENTS = range(40 if os.environ.get("VLADATA_CRASH") == "all" else 2)  # the enumerations kill at every call


@pytest.fixture(scope="module")
def moment(request, source, tmp_path_factory):
    """moment(seed): some seconds, 0 to as many as the job takes with two workers."""
    start = time.monotonic()
    ended(SmallJob(source, ("--quiet", "--workers", "2")).start(tmp_path_factory.mktemp("timed") / "out"))
    duration = time.monotonic() - start
    return lambda seed: random.Random(seed).uniform(0, duration)


@pytest.mark.parametrize("seed", MOMENTS)
def test_the_job(seed, moment, source, expected, tmp_path, monkeypatch):
    """All of it for an even seed, else its supervisor alone: then the workers have to end by themselves."""
    out = tmp_path / "out"
    process = SmallJob(source, ("--quiet", "--workers", str(1 + seed // 2 % 2))).start(out)
    time.sleep(moment(seed))
    (os.kill if seed % 2 else os.killpg)(process.pid, signal.SIGKILL)
    ended(process)
    if seed % 5:
        monkeypatch.setenv("VLADATA_CACHE", str(cache_of(out)))
        go_on(out, lambda: plain_loop(source, out))
    else:
        SmallJob(source).resume(out)
    assert snapshot(out) == expected
    assert leftovers(out) == []


@pytest.mark.parametrize("seed", MOMENTS)
def test_one_worker_of_two(seed, moment, source, expected, tmp_path):
    """The job does without it."""
    out = tmp_path / "out"
    process = SmallJob(source, ("--quiet", "--workers", "2")).start(out)
    time.sleep(moment(seed))
    for worker in children(process)[seed % 2 :][:1]:
        os.kill(worker, signal.SIGKILL)
    assert ended(process) == (0, "")
    assert snapshot(out) == expected
