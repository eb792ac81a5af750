"""Outputs: whole files or none, locks that a death gives back, local folders and object stores alike."""

import errno
import os
import subprocess
import sys

import pytest

from vladata.errors import MissingExtra, OutputBusy, OutputError
from vladata.shards.storage import LocalOutput, open_output
from vladata.shards.whole import Written

PIECES = [b"abc", memoryview(b"defg"), b""]
WRITTEN = Written(7, "xxh3:ab3ad6e9c4cc4d6d")


@pytest.fixture(params=["local", "memory"])
def output(request, tmp_path):
    return open_output(str(tmp_path / "out") if request.param == "local" else f"memory://{tmp_path.name}/out")


def test_a_file_comes_back(output):
    written = output.write("train/a.tar", PIECES)
    assert (written.bytes, output.read("train/a.tar")) == (7, b"abcdefg")
    assert output.measure("train/a.tar") == written
    assert output.names() == ["train/a.tar"]
    assert output.sizes() == {"train/a.tar": 7}


def test_what_is_not_there(output):
    assert (output.read("x"), output.measure("x"), output.names(), output.sizes()) == (None, None, [], {})
    output.remove("x")


def test_remove_a_file_and_a_folder(output):
    output.write("a/b", [b"1"])
    output.write("a/c", [b"1"])
    output.remove("a/b")
    assert output.names() == ["a/c"]
    output.remove("a")
    assert output.names() == []


def test_names_leave_the_work_folder_out_unless_asked(output):
    output.write(".vladata/job.json", [b"1"])
    assert (output.names(), output.names(".vladata/")) == ([], [".vladata/job.json"])


def test_many_small_pieces(output):
    pieces = [bytes([i % 251]) * (i % 7) for i in range(5000)]
    output.write("many", pieces)
    assert output.read("many") == b"".join(pieces)


def test_a_writer_that_fails_leaves_nothing_with_the_name(tmp_path):
    output = LocalOutput(str(tmp_path))

    def pieces():
        yield b"abc"
        raise KeyError("broken")

    with pytest.raises(KeyError):
        output.write("a", pieces())
    assert output.names() == []


def test_a_short_write_is_carried_on(tmp_path, monkeypatch):
    real = os.writev
    monkeypatch.setattr(os, "writev", lambda handle, buffers: real(handle, [b"".join(buffers)[:5]]))
    output = LocalOutput(str(tmp_path))
    output.write("a", PIECES)
    assert output.read("a") == b"abcdefg"


def test_a_full_disk_is_explained(tmp_path, monkeypatch):
    def full(handle, buffers):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "writev", full)
    output = LocalOutput(str(tmp_path))
    with pytest.raises(OutputError, match=r"cannot write: No space left on device\.\n  Make room"):
        output.write("a", PIECES)
    assert output.names(".vladata/") == []


def test_a_second_process_is_refused_and_a_killed_one_forgotten(tmp_path):
    code = (
        "import time; from vladata.shards.storage import LocalOutput; "
        f"LocalOutput({str(tmp_path)!r}).lock(); print(1, flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    other.stdout.readline()
    output = LocalOutput(str(tmp_path))
    with pytest.raises(OutputBusy, match="another process is writing this output"):
        output.lock()
    other.kill()
    other.communicate()
    output.unlock(output.lock())
    assert os.listdir(tmp_path) == []


def test_an_unknown_scheme_names_what_is_missing():
    with pytest.raises(MissingExtra, match="no file system for nosuch://"):
        open_output("nosuch://bucket/x")
