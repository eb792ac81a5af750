"""Files of keys and digests: lines of any kind of end, and what is no list."""

import hashlib

import numpy as np
import pytest

from vladata.errors import BadText, FormatError, MissingFile
from vladata.filters.lists import digests, lines, read_lists
from vladata.spec.keep import Keep


@pytest.mark.parametrize(
    ("data", "listed"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a", ["a"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\n\r\n b \nc d\n", ["a", "b", "c d"]),
        ("é/1\n".encode(), ["é/1"]),
    ],
)
def test_lines(data, listed):
    assert lines(data, "list.txt").to_pylist() == listed


def test_lines_that_are_no_text():
    with pytest.raises(BadText, match=r"list\.txt, line 2: the list is not UTF-8"):
        lines(b"a\n\xff", "list.txt")


def test_digests_rise():
    data = b"00000000000000ff\nFFFFFFFFFFFFFFFF\r\n\n0000000000000001\n00000000000000ff\n"
    assert digests(data, "d").tolist() == [1, 255, 2**64 - 1]
    assert digests(b"", "d").dtype == np.uint64


@pytest.mark.parametrize("line", [b"12", b"00000000000000fg", b"0000 000000000ff", b"\xff"])
def test_a_line_that_is_no_digest_is_named(line):
    with pytest.raises(FormatError, match=r"d\.txt, line 3: this line is not the digest of an image"):
        digests(b"00000000000000ff\n\n" + line + b"\n", "d.txt")


def test_read_lists(tmp_path):
    (tmp_path / "keys").write_bytes(b"a\nb\n")
    (tmp_path / "images").write_bytes(b"0000000000000009\n")
    keys, images = str(tmp_path / "keys"), str(tmp_path / "images")
    found = read_lists(Keep.model_validate({"keys": {"allow": keys}, "images": {"deny": images}}))
    assert (found.allow.to_pylist(), found.deny.to_pylist(), found.denied_images.tolist()) == (
        ["a", "b"],
        [],
        [9],
    )
    assert found.files == {
        keys: hashlib.sha256(b"a\nb\n").hexdigest(),
        images: hashlib.sha256(b"0000000000000009\n").hexdigest(),
    }


def test_a_list_that_is_not_there():
    with pytest.raises(MissingFile, match=r"nowhere\.txt"):
        read_lists(Keep.model_validate({"keys": {"deny": "nowhere.txt"}}))
