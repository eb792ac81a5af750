"""Crashes of conversions into whole episodes: the job as a plain loop, struck at calls that change the disk, and the command
killed with all its processes at moments drawn at random.

VLADATA_CRASH=all (`make crash`) strikes every call; otherwise every ninth.
"""

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from tests.crash.disk import Disk
from tests.crash.job import SmallJob, cache_of, ended, go_on, leftovers, plain_loop
from tests.files import snapshot
from tests.rlds_data import write_bridge_like
from vladata.errors import OutputError

EVERY = 1 if os.environ.get("VLADATA_CRASH") == "all" else 9
FORMATS = ("rlds", "lerobot")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """2 units of one file each."""
    return write_bridge_like(tmp_path_factory.mktemp("crash"), episodes=2, steps=7)


def convert(source, out, fmt, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLADATA_CACHE", str(cache_of(out)))
        plain_loop(source, out, format=fmt, **options)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("way", ["killed", "cut", "full", "broken"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_call_may_be_the_last(fmt, way, small, tmp_path):
    convert(small, tmp_path / "fresh", fmt)
    fresh = snapshot(tmp_path / "fresh")
    for k in count(1, EVERY):
        out = tmp_path / f"call {k}" / "out"
        out.parent.mkdir()
        disk = Disk(way, k)
        with suppress(OutputError):
            disk.during(partial(convert, small, out, fmt), out.parent)
        if disk.count < k:
            break
        go_on(out, partial(convert, small, out, fmt))
        assert snapshot(out) == fresh, f"{way} at call {k}"
        assert leftovers(out) == [], f"{way} at call {k}"
        shutil.rmtree(out.parent)
    assert k > 50


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fmt", FORMATS)
def test_killed_with_all_its_processes(fmt, source, tmp_path):
    job = SmallJob(source, ("--quiet", "--format", fmt, "--workers", "2"))
    started = time.monotonic()
    code, said = ended(job.start(tmp_path / "fresh"))
    took = time.monotonic() - started
    assert code == 0, said
    chance, out = random.Random(fmt), tmp_path / "out"
    for _ in range(4):
        process = job.start(out)
        time.sleep(chance.uniform(0.3, 1.0) * took)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    job.resume(out)
    assert snapshot(out) == snapshot(tmp_path / "fresh")
    assert leftovers(out) == []
