"""Crashes by enumeration: each system call of the command that changes a disk is its last, or fails with ENOSPC or EIO.

strace counts the calls of each name, of each thread, for itself: `when=k` over a list of names is not the k-th call of a job.
So an undisturbed run is traced first, and a strike names a process (the supervisor, or its worker), a call, and its number.
A worker that follows a killed one is struck at the same call, so that a job may end with WorkerFailed.

VLADATA_CRASH=all (`make crash`) strikes everywhere in every way; otherwise at 12 places, spread over the run, no place in two
ways. What a strike left is finished by the command at the first place of each way, elsewhere by the same job as a plain loop: the
command takes seconds to start, and test_random_kills.py has it finish more.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial

import pytest

from tests.crash.job import LAUNCH, SmallJob, cache_of, go_on, leftovers, plain_loop
from tests.files import snapshot
from vladata import errors

CALLS = (
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,"
    "write,writev,pwrite64,fsync,fdatasync,ftruncate,link,symlink"
)
PLACES = 2  # of each way, in an empty folder and over a dataset
WAYS = {"killed": "signal=SIGKILL", "full": "error=ENOSPC", "broken": "error=EIO"}


@dataclass(frozen=True)
class Place:
    """The `number`-th system call `call`, from 1, of the supervisor or of a worker."""

    worker: bool
    call: str
    number: int

    def __str__(self):
        return f"{self.call} {self.number} of the {'worker' if self.worker else 'supervisor'}"


def traced(folder, worker, *options):
    """What stands in place of Python and the program's name, so that strace sees the supervisor or each worker."""
    strace = ["strace", "-qq", *options]
    if not worker:
        return [*strace, sys.executable, "-m", "vladata.cli.main"]
    python = folder / "python"
    # seccomp: only the calls that are traced stop the process, not every one that there is.
    python.write_text(
        f'#!/bin/sh\nexec {shlex.join([*strace, "-f", "--seccomp-bpf", sys.executable])} "$@"\n'
    )
    python.chmod(0o755)
    return [sys.executable, "-c", LAUNCH, str(python)]


def places(job, out, worker):
    """The calls of an undisturbed run, in their order."""
    log, seen, found = out.parent / "log", Counter(), []
    code, said = job.run(out, traced(out.parent, worker, "-o", str(log), "-e", f"trace={CALLS}"))
    assert code == 0, said
    for call in re.findall(r"^(?:\d+ +)?(\w+)\(", log.read_text(), re.MULTILINE):
        seen[call] += 1
        found.append(Place(worker, call, seen[call]))
    return found


def strike(job, out, way, place):
    """(exit code, what was printed) of the job, struck there."""
    inject = f"inject={place.call}:{WAYS[way]}:when={place.number}"
    options = ("-o", "/dev/null", "-e", f"trace={place.call}", "-e", inject)
    return job.run(out, traced(out.parent, place.worker, *options))


@pytest.fixture(scope="module", autouse=True)
def _strace():
    if shutil.which("strace") is None:
        pytest.skip("needs strace (Debian package strace)")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace may not trace here")


@pytest.fixture(scope="module", params=[False, True], ids=["an empty folder", "a dataset to overwrite"])
def begun(request, source, tmp_path_factory):
    """(the job, the folder in which it begins, the places where it can be struck)."""
    folder = tmp_path_factory.mktemp("found")
    job = SmallJob(source, ("--quiet", "--overwrite") if request.param else ("--quiet",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLADATA_CACHE", str(cache_of(folder / "out")))
        if request.param:
            plain_loop(source, folder / "out", seed=1)
    found = []
    for worker in (False, True):
        copy = shutil.copytree(folder, tmp_path_factory.mktemp("traced") / "folder")
        found += places(job, copy / "out", worker)
    assert len(found) > 80
    return job, folder, found


def spread(found, way):
    """PLACES of them from the first part of the run to its last, other ones for each way; all where all are asked for."""
    if os.environ.get("VLADATA_CRASH") == "all":
        return found
    ways = list(WAYS)
    count = PLACES * len(ways)
    chosen = [found[round(i * (len(found) - 1) / (count - 1))] for i in range(count)]
    return chosen[ways.index(way) :: len(ways)]


@pytest.mark.timeout(20_000)
@pytest.mark.parametrize("way", WAYS)
def test_every_call_may_be_the_last(way, begun, expected, tmp_path, monkeypatch):
    job, folder, found = begun
    overwrite, wrong = "--overwrite" in job.options, []
    for number, place in enumerate(spread(found, way)):
        out = shutil.copytree(folder, tmp_path / str(place)) / "out"
        code, said = strike(job, out, way, place)
        if not understood(code, said):
            wrong.append(f"{place}: exit code {code}, {said}")
        monkeypatch.setenv("VLADATA_CACHE", str(cache_of(out)))
        again = partial(plain_loop, job.source, out, overwrite)
        if number == 0:
            job.resume(out)
        elif overwrite:
            again()
        else:
            go_on(out, again)
        if snapshot(out) != expected or leftovers(out):
            wrong.append(f"{place}: not what an undisturbed run leaves; exit code {code}, {said}")
        shutil.rmtree(out.parent)
    assert wrong == []


def understood(code, said):
    """Whether the command said what was the matter, in an error of ours; one that is killed says nothing."""
    if code in (0, -9):
        return said == ""
    title = said.partition(":")[0]
    return code == 1 and issubclass(getattr(errors, title, object), errors.VladataError)
