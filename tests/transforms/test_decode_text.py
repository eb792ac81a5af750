import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.errors import SourceError
from vladata.transforms.decode_text import decode_padded, decode_utf8, is_bad, raw


def padded(texts, width=20):
    rows = np.zeros((len(texts), width), np.int32)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = list(text)
    rows.flags.writeable = False
    return rows


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ([b"pick", b"pick"], ["pick", "pick"]),
        ([b"pick", b"put"], ["pick", "put"]),
        ([memoryview(b"pick"), bytearray(b"pick")], ["pick", "pick"]),
        (["gr\u00fcn"], ["gr\u00fcn"]),
        ([b""], [""]),
        ([], []),
        (["gr\u00fcn".encode()], ["gr\u00fcn"]),
    ],
)
def test_utf8(column, texts):
    assert decode_utf8(column) == texts


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([b"push blue", b"push blue"], ["push blue", "push blue"]),
        ([b"push", b"pull"], ["push", "pull"]),
        (["gr\u00fcn".encode()], ["gr\u00fcn"]),  # bytes, not code points
        ([b"push\0blue"], ["push"]),  # cut at the first 0
        ([b""], [""]),
        ([b"x" * 20], ["x" * 20]),  # no 0 at all
        ([], []),
    ],
)
def test_padded_bytes(texts, expected):
    assert decode_padded(padded(texts)) == expected


def test_bytes_that_are_not_utf8_are_marked_and_kept():
    texts = decode_utf8([b"pick", b"pick \xff up", b"\xc3"])
    assert [is_bad(text) for text in texts] == [False, True, True]
    assert [raw(text) for text in texts] == [b"pick", b"pick \xff up", b"\xc3"]
    assert is_bad(decode_padded(padded([b"pick \xc3"]))[0])


def test_integers_that_are_no_bytes_are_marked():
    for value in (256, 300, -1, 2**31 - 1):
        text = decode_padded(np.array([[112, value, 112, 0]], np.int32))[0]
        assert is_bad(text)
        assert raw(text) == b"p\xffp"


@given(st.text())
def test_no_good_text_is_called_bad(text):
    assert not is_bad(decode_utf8([text.encode("utf-8", "ignore")])[0])


@given(st.binary())
def test_any_bytes_come_back(data):
    text = decode_utf8([data])[0]
    assert raw(text) == data
    assert is_bad(text) == (data.decode("utf-8", "replace") != data.decode("utf-8", "ignore"))


@pytest.mark.parametrize(
    ("decode", "column", "says"),
    [
        (decode_utf8, np.zeros((2, 5), np.int32), "not stored as utf8; got 'int32 of shape \\[5\\] a step'"),
        (decode_padded, [b"x"], "not stored as utf8_bytes_padded; got 'bytes a step'"),
        (decode_padded, np.zeros((2, 5), np.float32), "got 'float32 of shape \\[5\\] a step'"),
        (decode_padded, np.zeros(2, np.int32), "got 'int32 of shape \\[\\] a step'"),
    ],
)
def test_text_that_is_stored_in_another_way(decode, column, says):
    with pytest.raises(SourceError, match=says):
        decode(column, "here")
