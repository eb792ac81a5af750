"""What is kept of a PAX header."""

import pytest

from vladata.errors import FormatError
from vladata.formats.pax import NAME, SIZE, SPARSE, parse, size


def record(key, value):
    """A record with its length in front, which counts its own digits."""
    length = len(key) + len(value) + 3
    while len(b"%d" % length) + len(key) + len(value) + 3 != length:
        length += 1
    return b"%d %s=%s\n" % (length, key, value)


def test_a_record():
    assert record(b"path", b"a") == b"9 path=a\n"
    assert record(b"path", b"x" * 91) == b"101 path=" + b"x" * 91 + b"\n"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], {}),
        ([(b"mtime", b"1.5")], {}),
        ([(b"path", b"a=b\nc"), (b"uname", b"x"), (b"size", b"7")], {NAME: b"a=b\nc", SIZE: b"7"}),
        ([(b"path", b"a"), (b"path", b"b")], {NAME: b"b"}),
        ([(b"size", b"7"), (b"LIBARCHIVE.path", b"x"), (b"SCHILY.size", b"x")], {SIZE: b"7"}),
        ([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.whatever", b"x" * 1000)], {SPARSE: b""}),
        ([(b"GNU.sparse.name", b"a"), (b"path", b"b")], {NAME: b"a", SPARSE: b""}),
    ],
)
def test_no_more_than_counts_is_kept(records, expected):
    assert parse(b"".join(record(*each) for each in records), 0) == expected


def test_what_cannot_be_read():
    with pytest.raises(FormatError, match=r"byte 1,024: a PAX header cannot be read; got b'9 path=x'"):
        parse(b"10 path=a\n9 path=x", 1024)


@pytest.mark.parametrize("text", [b"", b"-3", b"1.5", b"9" * 20])
def test_what_is_no_size(text):
    with pytest.raises(FormatError, match="byte 512: the size in a PAX header is not a number"):
        size(text, 512)
    assert size(b"600", 512) == 600
