"""Tar members: Python's tarfile reads what is framed here, and damage is a FormatError."""

import io
import tarfile

import pytest

from vladata.errors import FormatError, TruncatedRecord
from vladata.formats import tar


def archive(*files):
    return b"".join(tar.header(n, len(d)) + d + tar.padding(len(d)) for n, d in files) + tar.END


FILES = [
    (b"a.primary.jpg", b"x" * 513),
    (b"a.json", b"{}"),
    (b"empty", b""),
    (b"n" * 100, b"y" * 512),
    (b"l" * 101, b"z"),
    (b"m" * 600 + b".json", b""),
]


def test_tarfile_reads_it():
    with tarfile.open(fileobj=io.BytesIO(archive(*FILES))) as opened:
        assert [(m.name.encode(), opened.extractfile(m).read()) for m in opened] == FILES
        assert {(m.mtime, m.mode, m.uid, m.gid, m.type) for m in opened} == {(0, 0o644, 0, 0, b"0")}


def test_members_gives_it_back():
    data = archive(*FILES)
    assert [(m.name.encode(), data[m.offset : m.offset + m.size]) for m in tar.members(data)] == FILES


def test_a_slice_of_whole_members_is_read():
    data = archive(*FILES)
    members = list(tar.members(data))
    assert [m.name for m in tar.members(data[: members[1].offset + 512])] == ["a.primary.jpg", "a.json"]


@pytest.mark.parametrize("stop", [100, 600, 1100])
def test_a_cut_archive(stop):
    with pytest.raises(TruncatedRecord, match="the archive ends inside a"):
        list(tar.members(archive(*FILES)[:stop]))


@pytest.mark.parametrize("at", [0, 130, 150, 260])
def test_a_flipped_bit_in_a_header(at):
    data = bytearray(archive(*FILES))
    data[at] ^= 1
    with pytest.raises(FormatError, match="tar header"):
        list(tar.members(data))
