"""Supervised workers: what is done is done once, a dead one is replaced and named, and none outlives its supervisor."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vladata.beam.crew import Crew, Work
from vladata.beam.worker import WorkerTask
from vladata.errors import BadImage, WorkerFailed

TASKS = "tests.beam.tasks"
ITEMS = ["a", "b", "c", "d", "e"]


@pytest.fixture(autouse=True)
def _root(monkeypatch):
    """Workers find the tasks where the tests are."""
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.fixture
def crew(tmp_path):
    """crew(function, count) does the ITEMS; returns what was said of deaths."""

    def done(function, count=1):
        said = []

        def left():
            return [item for item in ITEMS if not (tmp_path / item).exists()]

        def task(items):
            return WorkerTask(TASKS, function, (str(tmp_path), items))

        with Crew(count, [TASKS], said.append) as workers:
            workers.run(Work(ITEMS, task, left, "item {}".format))
        assert left() == []
        return said

    return done


@pytest.mark.parametrize("count", [1, 2, 9])
def test_every_item_is_done(count, crew):
    assert crew("make", count) == []


def test_what_a_library_prints_is_no_answer(crew, capfd):
    assert crew("print_and_make") == []
    assert capfd.readouterr() == ("", "a library that talks\n")


def test_a_dead_worker_is_named_and_replaced(crew):
    assert crew("die_the_first_time") == [
        "worker 1 of 1 died (exit code 7); a new process continues with item a."
    ]


def test_deaths_do_not_count_while_the_work_gets_on(crew):
    assert crew("make_one_and_die") == [
        "worker 1 of 1 died (signal 9); a new process continues with item b.",
        "worker 1 of 1 died (signal 9); a new process continues with item c.",
        "worker 1 of 1 died (signal 9); a new process continues with item d.",
        "worker 1 of 1 died (signal 9); a new process continues with item e.",
        "worker 1 of 1 died (signal 9); its part was done.",
    ]


def test_the_third_death_in_a_row_ends_the_run(crew):
    with pytest.raises(WorkerFailed) as caught:
        crew("die")
    assert str(caught.value) == (
        "item a: worker 1 of 1 died 3 times without progress; got 'signal 9'.\n"
        "  Signal 9 usually means out of memory: give a smaller --memory, or fewer --workers."
    )


def test_an_error_comes_back_as_it_was_raised(crew):
    with pytest.raises(BadImage) as caught:
        crew("fail", 2)
    assert str(caught.value) == "image 3: it is cut.\n  Fetch it again."


def test_a_refusal_of_the_system_is_told_in_its_words(crew, tmp_path):
    with pytest.raises(WorkerFailed) as caught:
        crew("be_refused")
    assert str(caught.value) == (
        f"{tmp_path}/no such folder/file: the system refused a worker: No such file or directory.\n"
        "  The same command goes on from here."
    )


def test_what_nobody_foresaw_comes_with_its_traceback(crew):
    with pytest.raises(
        WorkerFailed, match="failed unexpectedly: ZeroDivisionError: one by nothing"
    ) as caught:
        crew("stumble")
    assert 'tests/beam/tasks.py", line' in str(caught.value)


def test_a_worker_outlives_an_interrupt(tmp_path, crew, monkeypatch):
    """Ctrl-C reaches all processes of a terminal, from their first moment; the supervisor's alone counts."""
    start = Crew._start

    def interrupted(self):
        process = start(self)
        os.kill(process.pid, signal.SIGINT)
        return process

    monkeypatch.setattr(Crew, "_start", interrupted)
    assert crew("make", 2) == []


SUPERVISOR = """
import sys
from vladata.beam.crew import Crew, Work
from vladata.beam.worker import WorkerTask
with Crew(2, [], print) as crew:
    crew.run(Work([1, 2], lambda items: WorkerTask("tests.beam.tasks", "linger", (sys.argv[1], items)), list, str))
"""


def test_workers_end_with_their_supervisor(tmp_path):
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, tmp_path], stderr=subprocess.PIPE)
    while not (tmp_path / "lingers").exists():
        assert supervisor.poll() is None
    supervisor.kill()
    # Their standard error is the supervisor's: it ends when they do, though each would linger for ten minutes.
    assert supervisor.communicate(timeout=60) == (None, b"")
