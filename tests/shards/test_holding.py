"""A file that is held belongs to somebody who lives; one that is not may go."""

import fcntl
import os
import subprocess
import sys

import pytest

from vladata.shards.holding import hold, sweep

OWNER = """
import sys, time
from pathlib import Path
from vladata.shards.holding import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def owner(tmp_path):
    """A process that holds the file `mine`."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path / "mine"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_held_file_is_refused_and_left_alone(owner, tmp_path):
    (tmp_path / "nobody's").touch()
    with pytest.raises(BlockingIOError):
        hold(tmp_path / "mine")
    sweep(tmp_path)
    assert os.listdir(tmp_path) == ["mine"]


def test_a_death_gives_the_file_back(owner, tmp_path):
    owner.kill()
    owner.wait()
    os.close(hold(tmp_path / "mine"))
    sweep(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_file_that_loses_its_name_before_it_is_held_is_made_anew(tmp_path, monkeypatch):
    path, flock = tmp_path / "a", fcntl.flock

    def just_removed(handle, how):
        monkeypatch.setattr(fcntl, "flock", flock)
        os.unlink(path)
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", just_removed)
    handle = hold(path)
    assert os.fstat(handle).st_ino == os.stat(path).st_ino
    os.close(handle)


def test_a_folder_that_is_not_there_needs_no_sweeping(tmp_path):
    sweep(tmp_path / "none")
    assert os.listdir(tmp_path) == []
