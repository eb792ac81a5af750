"""Commands that wait for each other, each once."""

import os
import subprocess
import sys
import time

import pytest

from vladata.consumer.mini_rt2.runner import Step, run
from vladata.errors import WorkerFailed


def written(file, text, after=()):
    """A step that adds a letter to a file."""
    code = f"open({str(file)!r}, 'a').write({text!r})"
    return Step(text, (sys.executable, "-c", code), after)


def test_what_waits_comes_after_and_nothing_twice(tmp_path):
    file = tmp_path / "letters"
    steps = [written(file, "c", ("a", "b")), written(file, "b", ("a",)), written(file, "a")]
    said = []
    took = run(steps, tmp_path / "out", 3, said.append)
    assert file.read_text() == "abc"
    assert set(took) == {"a", "b", "c"}
    assert [line.split()[1] for line in said] == ["a:", "b:", "c:"]
    again = run([*steps, written(file, "d", ("c",))], tmp_path / "out", 3, said.append)
    assert file.read_text() == "abcd"
    assert again["a"] == pytest.approx(took["a"], abs=1e-3)


def test_another_command_of_the_same_name_is_done_anew(tmp_path):
    file = tmp_path / "letters"
    run([written(file, "a")], tmp_path / "out", 1, print)
    run(
        [Step("a", (sys.executable, "-c", f"open({str(file)!r}, 'a').write('z')"))],
        tmp_path / "out",
        1,
        print,
    )
    assert file.read_text() == "az"


def test_one_that_fails_is_named_with_what_it_said_and_the_others_end(tmp_path):
    file = tmp_path / "letters"
    fails = Step("broken", (sys.executable, "-c", "raise SystemExit('the disk is full')"))
    slow = Step(
        "slow", (sys.executable, "-c", f"import time; time.sleep(1); open({str(file)!r}, 'a').write('s')")
    )
    waits = written(file, "w", ("broken",))
    with pytest.raises(WorkerFailed, match=r"step broken failed") as found:
        run([fails, slow, waits], tmp_path / "out", 2, print)
    assert "the disk is full" in str(found.value)
    assert file.read_text() == "s"
    with pytest.raises(WorkerFailed, match="broken"):
        run([fails, slow, waits], tmp_path / "out", 2, print)
    assert file.read_text() == "s"  # not done twice


def test_an_exit_code_may_be_as_good_as_none(tmp_path):
    step = Step("findings", (sys.executable, "-c", "raise SystemExit(3)"), ready=(0, 3))
    assert list(run([step], tmp_path, 1, print)) == ["findings"]


def test_a_runner_that_is_ended_ends_its_steps(tmp_path):
    """By SIGTERM, as job systems do: nothing is left behind that writes where the next call does."""
    sleeps = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    code = (
        "import sys; from pathlib import Path; from vladata.consumer.mini_rt2.runner import Step, run; "
        f"run([Step('long', (sys.executable, '-c', {sleeps!r}))], Path({str(tmp_path / 'out')!r}), 1, print)"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.terminate()
    assert running.wait(60) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
