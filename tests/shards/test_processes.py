"""A dataset in many threads and processes, with few files that may be open: every read gives what is stored."""

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import vladata
from tests.conversion import convert, recipe
from tests.rlds_data import write_bridge_like
from vladata.shards.naming import FORMATS
from vladata.shards.reading import open_files
from vladata.shards.reading.open_files import OpenFile, OpenFiles


@pytest.fixture(scope="module", params=FORMATS)
def out(request, tmp_path_factory):
    """40 samples in as many shards."""
    folder = tmp_path_factory.mktemp("many")
    source = write_bridge_like(folder / "source", 10, 6)
    rule = recipe(cameras=("primary",))
    convert(source, folder / "out", recipe=rule, format=request.param, samples_per_shard=1)
    return folder / "out"


def told(dataset, positions):
    found = dataset.read_batch(positions)
    return [
        (key, bytes(images["primary"])) for key, images in zip(found["key"], found["images"], strict=True)
    ]


def told_by(task):
    return told(*task)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_while_threads_read(method, out):
    dataset = vladata.open(out)
    count = len(dataset)
    expected = told(dataset, range(count))
    stop, wrong = threading.Event(), []

    def reading(seed):
        rng = np.random.default_rng(seed)
        while not stop.is_set():
            positions = rng.integers(0, count, 16)
            if told(dataset, positions) != [expected[i] for i in positions]:
                wrong.append(positions)

    threads = [threading.Thread(target=reading, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        parts = [np.random.default_rng(k).integers(0, count, 8) for k in range(12)]
        for _ in range(4 if method == "fork" else 1):
            with multiprocessing.get_context(method).Pool(3) as pool:
                found = pool.map_async(told_by, [(dataset, part) for part in parts]).get(timeout=200)
            assert found == [[expected[i] for i in part] for part in parts]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_of_a_process_whose_files_are_being_opened(out):
    """The lock of the open files may be held by another thread when a process is forked; the child has its own."""
    dataset = vladata.open(out)
    expected = told(dataset, [3, 1])
    with open_files.FILES._lock:
        child = multiprocessing.get_context("fork").Process(target=_reads, args=(dataset, expected))
        thread = threading.Thread(target=child.start)  # RLock: only another thread finds it locked
        thread.start()
        thread.join()
        child.join(timeout=120)
    assert child.exitcode == 0


def _reads(dataset, expected):
    assert told(dataset, [3, 1]) == expected


def test_two_thousand_shards_and_few_files_that_may_be_open(tmp_path):
    for n in range(2000):
        (tmp_path / f"{n}.bin").write_bytes(b"%05d" % n)
    program = f"""
import os, resource, sys, threading
import numpy as np
from dataclasses import replace
from tests.manifests import MANIFEST
from vladata.shards.reading.bytes_of import LocalBytes
from vladata.shards.manifest import ShardEntry
from vladata.shards.storage import open_output

resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
shards = tuple(ShardEntry("train", f"{{n}}.bin", 1, 5, "") for n in range(2000))
local = LocalBytes(open_output({str(tmp_path)!r}), replace(MANIFEST, shards=shards))
wrong, most = [], 0

def reading(seed):
    global most
    for n in np.random.default_rng(seed).integers(0, 2000, 2000).tolist():
        try:
            (data,) = local.fetch(n, [(0, 5)])
        except Exception as fault:
            data = repr(fault)
        if data != b"%05d" % n:
            wrong.append((n, data))
    most = len(os.listdir("/proc/self/fd"))

threads = [threading.Thread(target=reading, args=(seed,)) for seed in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(wrong), most < 30, wrong[:3])
"""
    root = Path(vladata.__file__).parents[1]
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert (said.stdout, said.stderr) == ("0 True []\n", "")


def test_a_file_that_is_read_from_is_not_closed(tmp_path):
    """It has to make room for others while somebody holds it."""
    for n in range(5):
        (tmp_path / str(n)).write_bytes(b"%d" % n)
    files = OpenFiles(most=2)
    owner = files.owner()
    held = files.get(owner, 0, str(tmp_path / "0"))
    handle = held.handle
    for n in (1, 2, 3, 4):
        files.get(owner, n, str(tmp_path / str(n)))
    assert os.pread(held.handle, 9, 0) == b"0"
    assert files.get(owner, 4, "nowhere").size == 1
    del held
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pread(handle, 9, 0)
    files.forget(owner)
    with pytest.raises(FileNotFoundError):
        files.get(owner, 4, str(tmp_path / "none"))


def test_a_file_that_cannot_be_opened_closes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        OpenFile(str(tmp_path / "none"))


def test_a_dataset_that_was_written_again_is_read_anew(tmp_path):
    """Also in the process that has the files of before open."""
    rule = recipe(cameras=("primary",))
    for n, source in enumerate(("a", "b")):
        made = write_bridge_like(tmp_path / source, 1, 4 + n)
        convert(made, tmp_path / f"out{n}", recipe=rule)
    first = vladata.open(tmp_path / "out0")
    keys = first.read_batch(range(len(first)), ["key"])["key"]
    (tmp_path / "out0").rename(tmp_path / "old")
    (tmp_path / "out1").rename(tmp_path / "out0")
    second = vladata.open(tmp_path / "out0")
    assert second.read_batch(range(len(second)), ["key"])["key"] != keys
    assert first.read_batch(range(len(first)), ["key"])["key"] == keys
