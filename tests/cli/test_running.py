"""A conversion as somebody runs it: stopped with Ctrl-C, gone on with, refused while another writes."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.crash.job import LAUNCH, SmallJob, cache_of, children, ended, plain_loop, settings
from tests.files import snapshot
from tests.rlds_data import write_bridge_like
from vladata.robot.run import begin
from vladata.robot.unit import Conversion
from vladata.runs.verify import verify
from vladata.shards.storage import LocalOutput

INTERRUPTED = "\nInterrupted. The same command goes on from here.\n"  # on a terminal "^C" stands before it
FIRST_FILE = "bridge_dataset-train.tfrecord-00000-of-00002"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("running"), episodes=4, steps=7, num_shards=2)


@pytest.fixture
def out(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    monkeypatch.setenv("VLADATA_CACHE", str(cache_of(folder)))
    return folder


def begun(source, out, units):
    """A run that was stopped when so many of its 4 units were done."""
    with begin(settings(source, out)) as run:
        convert = Conversion(run.output, run.prepared.job)
        for unit in list(run.prepared.plan)[:units]:
            convert(unit)


def workers_of(pids):
    """Those that are workers already, and no longer the supervisor's own image, for which it waits."""
    return [pid for pid in pids if b"vladata.beam.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture
def held(out):
    """held(job) starts it and stops its worker: so it waits where it first needs the worker."""
    started = []

    def held(job):
        process = job.start(out)
        started.append(process)
        while not (worker := workers_of(children(process))):
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(worker[0], signal.SIGSTOP)
        return process

    yield held
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            ended(process)


def test_interrupted_and_gone_on_with(source, out, held, tmp_path):
    begun(source, out, 2)
    job = SmallJob(source, ())
    process = held(job)
    assert process.stdout.readline() == "Continuing after 2 of 4 units.\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the job
    assert ended(process) == (130, INTERRUPTED)
    found = [str(finding) for finding in verify(LocalOutput(str(out)))]
    assert found == [f"{out}: unfinished: 2 of 4 units are done; the same command continues"]

    code, said = job.run(out)
    assert code == 0
    assert said.startswith("Continuing after 2 of 4 units.\n")
    plain_loop(source, tmp_path / "undisturbed")
    assert snapshot(out) == snapshot(tmp_path / "undisturbed")


def test_interrupted_while_it_indexes(source, out, held):
    process = held(SmallJob(source))
    while not (out / ".vladata" / "lock").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert ended(process) == (130, INTERRUPTED)
    assert not out.exists()  # nothing was in it yet


def test_refused_while_another_writes(source, out):
    other = LocalOutput(str(out))
    lock = other.lock()
    refused = (
        f"OutputBusy: {out}: another process is writing this output.\n  Wait for it, or stop it first.\n"
    )
    assert SmallJob(source).run(out) == (1, refused)
    other.unlock(lock)
    assert not out.exists()


def test_workers_that_die_and_die(source, out, tmp_path):
    """Named by what they were to do: a file of the source, later a unit."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    python.chmod(0o755)
    job, program = SmallJob(source), (sys.executable, "-c", LAUNCH, str(python))
    says = "worker 1 of 1 died 3 times without progress; got 'signal 9'."
    code, said = job.run(out, program)
    assert (code, said.splitlines()[0]) == (1, f"WorkerFailed: {FIRST_FILE}: {says}")
    begun(source, out, 1)
    code, said = job.run(out, program)
    assert (code, said.splitlines()[0]) == (1, f"WorkerFailed: unit 1: {says}")


def test_a_beam_runner_needs_the_extra_and_names_it(source, tmp_path, run, monkeypatch):
    monkeypatch.setattr("vladata.beam.running.find_spec", lambda name: None)
    settings = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x"]
    said = run("convert", "rlds2vla", source, tmp_path / "out", *settings, "--", "--runner=FnApiRunner")
    assert (said.code, said.err) == (
        1,
        "MissingExtra: a Beam runner needs Apache Beam.\n"
        f'  {sys.executable} -m pip install "vladata[beam]", '
        "or leave the Beam options out: then this machine converts without Beam.\n",
    )
