"""Crashes by enumeration: the k-th mutating system call kills the job, or fails with ENOSPC or EIO.

strace counts the calls of each process for itself, so a k strikes the supervisor and the worker, and the worker's successors.
VLADATA_CRASH=all (`make crash`) tries every k; otherwise 30 of them, spread over the run.
"""

import os
import re
import shutil
from collections import Counter

import pytest

from tests.crash.job import MUTATING, SmallJob, snapshot

WAYS = {"kill": "signal=SIGKILL", "full": "error=ENOSPC", "broken": "error=EIO"}
SPREAD = 10  # of each way

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (Debian package strace)")


@pytest.fixture(scope="session")
def calls(source, tmp_path_factory):
    """The most mutating calls that one process of an undisturbed run makes."""
    folder = tmp_path_factory.mktemp("count")
    log = folder / "log"
    code, said = SmallJob(source).run(
        folder / "out", ("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={MUTATING}", "-o", str(log))
    )
    assert code == 0, said
    counts = Counter(re.findall(r"^(\d+) +(?:" + MUTATING.replace(",", "|") + r")\(", log.read_text(), re.M))
    return max(counts.values())


def positions(calls):
    if os.environ.get("VLADATA_CRASH") == "all":
        return range(1, calls + 1)
    return sorted({1 + round(i * (calls - 1) / (SPREAD - 1)) for i in range(SPREAD)})


@pytest.mark.timeout(20_000)
@pytest.mark.parametrize("way", WAYS)
def test_every_call_may_be_the_last(way, source, calls, expected, tmp_path):
    job = SmallJob(source)
    for k in positions(calls):
        out = tmp_path / f"k{k}"
        inject = f"inject={MUTATING}:{WAYS[way]}:when={k}"
        code, said = job.run(out, ("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))
        assert "Traceback" not in said, f"{way} at call {k}: {said}"
        job.resume(out)
        assert snapshot(out) == expected, f"{way} at call {k} (exit code {code})"
        shutil.rmtree(out)
