"""Folders: local, in memory, and over HTTP with and without Range."""

import os
import pickle
import sys

import fsspec
import pytest
from fsspec.registry import _registry

from tests.sources.http_folder import served
from vladata.errors import MissingExtra, MissingFile, SourceError, UsageError
from vladata.shards.storage import open_output
from vladata.sources.folder import Folder, named_file

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def local(tmp_path):
    (tmp_path / "data" / "inner").mkdir(parents=True)
    (tmp_path / "data" / "numbers.bin").write_bytes(CONTENT)
    (tmp_path / "data" / "inner" / "small.txt").write_bytes(b"small")
    return tmp_path / "data"


@pytest.fixture(params=["local", "memory", "http", "http without ranges"])
def folder(request, local):
    if request.param == "local":
        yield Folder.at(local)
    elif request.param == "memory":
        system = fsspec.filesystem("memory")
        system.pipe({"/folder/numbers.bin": CONTENT, "/folder/inner/small.txt": b"small"})
        yield Folder.at("memory://folder/")
        system.rm("/folder", recursive=True)
    else:
        with served(local) as (url, server):
            server.ranges = request.param == "http"
            yield Folder.at(url)


def test_reads_files_in_all_ways(folder):
    assert folder.read("numbers.bin") == CONTENT
    assert folder.read("inner/small.txt") == b"small"
    assert folder.within("inner").read("small.txt") == b"small"
    assert folder.read_range("numbers.bin", 255, 3) == b"\xff\x00\x01"
    assert folder.read_range("numbers.bin", len(CONTENT) - 1, 10) == b"\xff"
    assert folder.version("numbers.bin").split(" ")[0] == str(len(CONTENT))
    with folder.open("numbers.bin") as file:
        assert file.seek(0, os.SEEK_END) == len(CONTENT)
        file.seek(5000)
        assert file.read(3) == CONTENT[5000:5003]


def test_lists_names_with_folders_marked(folder):
    assert folder.names() == ["inner/", "numbers.bin"]


def test_a_missing_file_is_named_in_full(folder):
    assert folder.exists("numbers.bin")
    assert not folder.exists("absent.bin")
    for ask in (folder.read, folder.version, folder.open):
        with pytest.raises(MissingFile, match=r"absent.bin: the file or folder does not exist"):
            ask("absent.bin")


def test_survives_pickling(folder):
    assert pickle.loads(pickle.dumps(folder)) == folder


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("/data/a/", "/data/a"),
        ("/data/./b/../a", "/data/a"),
        ("file:///data/a", "/data/a"),
        ("gs://bucket/a/", "gs://bucket/a"),
        ("~/a", os.path.expanduser("~/a")),
        ("a", os.path.join(os.getcwd(), "a")),
    ],
)
def test_what_a_user_names_becomes_one_spelling(given, url):
    assert Folder.at(given).url == url


def test_what_is_no_file_cannot_be_read(local):
    with pytest.raises(SourceError, match="inner: it cannot be read: Is a directory"):
        Folder.at(local).read("inner")


@pytest.mark.parametrize(
    ("url", "module", "extra"), [("gs://b/a", "gcsfs", "gcp"), ("s3://b/a", "s3fs", "s3")]
)
def test_a_missing_package_is_named_with_its_extra(monkeypatch, url, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    # Once a test of this process has read of s3, fsspec knows the class and asks for no module.
    monkeypatch.delitem(_registry, url.partition("://")[0], raising=False)
    with pytest.raises(MissingExtra, match="needs a package that is not installed") as caught:
        Folder.at(url).read("x")
    assert caught.value.hint == f'{sys.executable} -m pip install "vladata[{extra}]"'


def test_an_unknown_protocol_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown protocol; got 'nope'"):
        Folder.at("nope://a").read("x")


def test_a_server_that_fails_is_a_source_error(local):
    with served(local) as (url, server):
        server.broken = True
        with pytest.raises(SourceError, match=r"numbers.bin: it cannot be read: .*500"):
            Folder.at(url).read_range("numbers.bin", 0, 5)


def test_a_server_that_is_not_there_is_a_source_error():
    with pytest.raises(SourceError, match=r"numbers.bin: it cannot be read"):
        Folder.at("http://127.0.0.1:9").read("numbers.bin")


def test_a_server_that_tells_no_sizes_can_be_read(local):
    with served(local) as (url, server):
        server.sizes = server.ranges = False
        folder = Folder.at(url)
        assert folder.exists("numbers.bin")
        assert folder.read_range("numbers.bin", 10, 4) == CONTENT[10:14]
        with pytest.raises(SourceError, match=r"numbers\.bin: the server does not say how large the file is"):
            folder.version("numbers.bin")


def test_a_file_that_keeps_its_size_has_another_version(folder, local):
    before = folder.version("numbers.bin")
    assert folder.version("numbers.bin") == before
    if folder.url.startswith("memory://"):
        fsspec.filesystem("memory").pipe("/folder/numbers.bin", CONTENT[::-1])
    else:
        (local / "numbers.bin").write_bytes(CONTENT[::-1])
        os.utime(local / "numbers.bin", (1e9, 1e9))  # Last-Modified knows no fractions of a second
    after = folder.version("numbers.bin")
    assert after != before
    assert after.split(" ")[0] == before.split(" ")[0]


def test_one_request_reads_a_range_when_the_server_can(local):
    with served(local) as (url, server):
        folder = Folder.at(url)
        folder.read_range("numbers.bin", 0, 4)  # the first asks whether the server sends ranges at all
        server.requests.clear()
        assert folder.read_range("numbers.bin", 10, 4) == CONTENT[10:14]
        assert server.requests == ["GET /numbers.bin bytes=10-13"]


def test_a_server_without_ranges_sends_each_file_once(local):
    with served(local) as (url, server):
        server.ranges = False
        folder = Folder.at(url)
        folder.read_range("numbers.bin", 0, 4)
        server.requests.clear()
        assert folder.read_range("numbers.bin", 10, 4) == CONTENT[10:14]
        assert server.requests == []


def test_an_empty_path_is_not_the_working_directory():
    """As "$DATA" is where the variable is not set."""
    with pytest.raises(UsageError, match="a path is empty"):
        Folder.at("")


def test_a_file_that_a_user_named(tmp_path):
    (tmp_path / "errata.json").write_text("{}")
    folder, name = named_file(f"{tmp_path}/errata.json")
    assert folder.read(name) == b"{}"
    with pytest.raises(MissingFile, match=r"Did you mean .*/errata\.json"):
        named_file(f"{tmp_path}/erata.json")


def test_the_home_folder_of_a_source_and_of_an_output(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Folder.at("~/data").url == open_output("~/data").url == f"{tmp_path}/data"
