"""SIGKILL at random moments: of the whole job, and of one of two workers."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.crash.job import TIMEOUT, SmallJob, finished, snapshot


@pytest.fixture(scope="session")
def duration(source, tmp_path_factory):
    start = time.monotonic()
    SmallJob(source, workers=2).run(tmp_path_factory.mktemp("timed") / "out")
    return time.monotonic() - start


@pytest.mark.parametrize("moment", range(20))
def test_the_whole_job(moment, source, duration, expected, tmp_path):
    job, out = SmallJob(source, workers=1 + moment % 2), tmp_path / "out"
    process = job.start(out)
    time.sleep(random.Random(moment).uniform(0, duration))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)
    job.resume(out)
    assert snapshot(out) == expected


@pytest.mark.parametrize("moment", range(20))
def test_one_worker_of_two(moment, source, duration, expected, tmp_path):
    job, out, chance = SmallJob(source, workers=2), tmp_path / "out", random.Random(moment)
    process = job.start(out)
    time.sleep(chance.uniform(0, duration))
    workers = _children(process.pid)
    if workers:
        os.kill(chance.choice(workers), signal.SIGKILL)
    said, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, finished(out)) == (0, True), said
    assert snapshot(out) == expected


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
