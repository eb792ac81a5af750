"""The cache of whole shards: what is in it is right, it keeps to its size, and many processes and threads share it."""

import errno
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
import xxhash

from tests.manifests import MANIFEST
from vladata.errors import ChecksumMismatch, CorruptRecord
from vladata.shards.manifest import FileEntry, ShardEntry
from vladata.shards.remote import cache as cache_file
from vladata.shards.remote.asking import RetryRule
from vladata.shards.remote.cache import FileCache, kept
from vladata.shards.remote.cache_rule import CacheRule
from vladata.shards.remote.remote_bytes import RemoteBytes
from vladata.shards.storage import open_output

SHARDS, LENGTH = 6, 1000
HASTE = RetryRule(attempts=3, pause=0.001, longest=0.001, timeout=5)


def content(number):
    """The bytes of shard `number`."""
    return bytes((number * 37 + i * i) % 251 for i in range(LENGTH))


def checksum(data):
    return f"xxh3:{xxhash.xxh3_64_hexdigest(data)}"


@pytest.fixture
def output(tmp_path):
    """An object store in memory, which counts what it is asked for."""
    url = f"memory://{tmp_path.name}/out"
    output = open_output(url)
    for number in range(SHARDS):
        output.write(f"train/{number}.tar", [content(number)])
    output.write("index.arrow", [content(99)])
    return output


@pytest.fixture
def manifest():
    """A manifest of that output."""
    shards = [ShardEntry("train", f"train/{n}.tar", 10, LENGTH, checksum(content(n))) for n in range(SHARDS)]
    index = FileEntry("index.arrow", LENGTH, checksum(content(99)))
    return replace(MANIFEST, shards=tuple(shards), files=(index,), digest="ab" * 32)


@pytest.fixture
def asked(monkeypatch):
    """The files that the store was asked for, one by one."""
    asked, system = [], fsspec.filesystem("memory")
    true = type(system).cat_file

    def cat_file(self, path, **range_):
        asked.append(path.rsplit("/", 1)[-1])
        return true(self, path, **range_)

    monkeypatch.setattr(type(system), "cat_file", cat_file)
    return asked


def folder_of(tmp_path):
    return tmp_path / "cache" / "vladata-remote"


def files(tmp_path):
    """The files in the cache, by their names."""
    return sorted(f for f in folder_of(tmp_path).rglob("*") if f.is_file() and f.name != "lock")


def names(tmp_path):
    return [file.name.replace("train+", "") for file in files(tmp_path)]


def opened(output, manifest, tmp_path, shards=SHARDS):
    return RemoteBytes(output, manifest, CacheRule(str(tmp_path / "cache"), shards * LENGTH), HASTE)


def read(remote, number, offset=10, length=20):
    (data,) = remote.fetch(number, [(offset, length)])
    assert bytes(data) == content(number)[offset : offset + length]


def test_a_shard_is_fetched_once(output, manifest, tmp_path, asked):
    remote = opened(output, manifest, tmp_path)
    for offset in (0, 5, 980):
        read(remote, 2, offset)
    read(opened(output, manifest, tmp_path), 2)
    assert asked == ["2.tar"]
    assert [str(file.relative_to(folder_of(tmp_path))) for file in files(tmp_path)] == [
        "bridge-abababababababab/train+2.tar"
    ]


def test_without_a_size_nothing_is_kept(output, manifest, tmp_path, asked):
    remote = RemoteBytes(output, manifest, CacheRule(str(tmp_path / "cache"), 0), HASTE)
    output.write("train/0.tar", [content(0)])
    with pytest.raises(CorruptRecord, match=r"train/0\.tar, bytes 10 to 30: there is no whole sample"):
        remote.fetch(0, [(10, 20)])  # bytes that are no sample are noticed by their form alone
    assert asked == ["0.tar", "0.tar"]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", ["flip", "cut", "longer", "emptied"])
def test_a_damaged_file_is_not_believed(damage, output, manifest, tmp_path, asked):
    read(opened(output, manifest, tmp_path), 1)
    (file,) = files(tmp_path)
    data = bytearray(file.read_bytes())
    if damage == "flip":
        data[15] ^= 1
    file.write_bytes({"flip": data, "cut": data[:-1], "longer": data + b"x", "emptied": b""}[damage])
    read(opened(output, manifest, tmp_path), 1)
    assert asked == ["1.tar", "1.tar"]
    assert file.read_bytes() == content(1)


def test_a_file_that_was_only_copied_is_believed_after_a_look(output, manifest, tmp_path, asked):
    read(opened(output, manifest, tmp_path), 1)
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes())
    read(opened(output, manifest, tmp_path), 1)
    assert asked == ["1.tar"]


def test_a_shard_that_is_damaged_in_the_store_is_an_error(output, manifest, tmp_path, asked):
    output.write("train/3.tar", [content(4)])
    remote = opened(output, manifest, tmp_path)
    for _ in range(3):
        with pytest.raises(
            CorruptRecord, match=r"memory://.*/train/3\.tar: the file is damaged.*allowed: xxh3:"
        ):
            remote.fetch(3, [(10, 20)])
    assert asked == [
        "3.tar",
        "3.tar",
    ]  # the same twice is what lies there, and is not asked for with each sample
    assert files(tmp_path) == []
    read(remote, 4)


def test_the_index_is_kept_whatever_its_size(output, manifest, tmp_path, asked):
    for _ in range(2):
        path = opened(output, manifest, tmp_path, shards=0).copy(manifest.files[0])
        assert Path(path).read_bytes() == content(99)
    assert asked == ["index.arrow"]


def test_an_index_that_is_damaged_in_the_store_is_an_error(output, manifest, tmp_path):
    output.write("index.arrow", [content(98)])
    with pytest.raises(ChecksumMismatch, match=r"/index\.arrow: the file is damaged"):
        opened(output, manifest, tmp_path).copy(manifest.files[0])
    assert files(tmp_path) == []


def test_a_sample_beyond_its_shard_is_an_error(output, manifest, tmp_path):
    with pytest.raises(
        CorruptRecord, match=r"the index places a sample beyond the end of its shard; allowed: 1,000 bytes"
    ):
        opened(output, manifest, tmp_path).fetch(0, [(990, 20)])


def test_the_least_recently_used_go(output, manifest, tmp_path, asked):
    earlier = opened(output, manifest, tmp_path, shards=3)
    for number in (0, 1, 2, 0):
        read(earlier, number)
    later = opened(output, manifest, tmp_path, shards=3)
    read(later, 3)
    assert names(tmp_path) == ["0.tar", "2.tar", "3.tar"]
    read(later, 4)
    assert names(tmp_path) == ["0.tar", "3.tar", "4.tar"]
    assert asked == ["0.tar", "1.tar", "2.tar", "3.tar", "4.tar"]


def test_what_this_run_has_used_stays(output, manifest, tmp_path, asked, monkeypatch):
    monkeypatch.setattr(
        "vladata.shards.remote.remote_bytes.unsound", lambda data, fmt: ""
    )  # these are no tars
    remote = opened(output, manifest, tmp_path, shards=2)
    for _ in range(3):
        for number in range(4):
            read(remote, number)
    assert names(tmp_path) == ["0.tar", "1.tar"]
    assert asked == ["0.tar", "1.tar", *(["2.tar", "3.tar"] * 3)]


def test_a_file_that_is_read_is_not_removed(output, manifest, tmp_path):
    earlier = opened(output, manifest, tmp_path, shards=2)
    read(earlier, 0)
    read(earlier, 1)
    held = FileCache(CacheRule(str(tmp_path / "cache"), 0)).open(kept(manifest, manifest.shards[0]))
    later = opened(output, manifest, tmp_path, shards=2)
    read(later, 2)
    assert names(tmp_path) == ["0.tar", "2.tar"]
    os.close(held)


def test_other_files_in_the_folder_are_left_alone(output, manifest, tmp_path):
    mine = tmp_path / "cache" / "shards" / "mine.tar"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(bytes(10 * LENGTH))
    read(opened(output, manifest, tmp_path, shards=1), 0)
    read(opened(output, manifest, tmp_path, shards=1), 1)
    assert mine.exists()
    assert names(tmp_path) == ["1.tar"]


def test_a_full_disk_is_told_once_and_loading_goes_on(output, manifest, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("vladata.shards.remote.remote_bytes.unsound", lambda data, fmt: "")
    monkeypatch.setattr(cache_file.os, "pwrite", full)
    remote = opened(output, manifest, tmp_path)
    with pytest.warns(
        UserWarning, match=r"without its cache of remote shards in .*: No space left"
    ) as warned:
        read(remote, 0)
    read(remote, 1)
    assert bytes(remote.copy(manifest.files[0])) == content(99)
    assert len(warned) == 1
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told_once(output, manifest, tmp_path, monkeypatch):
    monkeypatch.setattr("vladata.shards.remote.remote_bytes.unsound", lambda data, fmt: "")
    (tmp_path / "cache").write_text("a file")
    with pytest.warns(UserWarning, match=r"goes on without its cache") as warned:
        read(opened(output, manifest, tmp_path), 0)
    assert len(warned) == 1


def _half(rule, file, ready):
    filling = FileCache(rule).begin(file)
    filling.write(content(0)[:500])
    ready.set()
    time.sleep(60)


def test_a_process_that_is_killed_leaves_nothing_that_is_believed(output, manifest, tmp_path, asked):
    spawn = multiprocessing.get_context("spawn")
    rule, file, ready = (
        CacheRule(str(tmp_path / "cache"), 10**6),
        kept(manifest, manifest.shards[0]),
        spawn.Event(),
    )
    process = spawn.Process(target=_half, args=(rule, file, ready), daemon=True)
    process.start()
    assert ready.wait(60)
    remote = opened(output, manifest, tmp_path)
    assert FileCache(rule).begin(file) is None  # while it lives, nobody else fetches the file
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    (left,) = files(tmp_path)
    assert left.parent.name == "tmp"
    read(remote, 1)
    assert names(tmp_path) == ["1.tar"]  # what was left went when room was made
    read(remote, 0)
    assert asked == ["1.tar", "0.tar"]


def test_threads_share_it(output, manifest, tmp_path, asked, monkeypatch):
    monkeypatch.setattr("vladata.shards.remote.remote_bytes.unsound", lambda data, fmt: "")
    remote, faults = opened(output, manifest, tmp_path), []

    def work(first):
        try:
            for i in range(60):
                read(remote, (first + i) % SHARDS, offset=i, length=i)
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert names(tmp_path) == [f"{n}.tar" for n in range(SHARDS)]
    assert all(file.read_bytes() == content(int(file.name[6])) for file in files(tmp_path))
