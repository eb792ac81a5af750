import io
import json
import sys

import pytest

from vladata.errors import FormatError, MissingExtra
from vladata.formats.json_stream import CHUNK, MOST_VALUES, NOT_UTF8, first_key, read_items


def items(text, path="", lines=False):
    data = text if isinstance(text, bytes) else text.encode()
    return [(item.key, item.value) for item in read_items(io.BytesIO(data), path, lines)]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        (
            '[{"a": 1}, {"a": [1, 2.5, null, true, "x"]}]',
            "",
            [("", {"a": 1}), ("", {"a": [1, 2.5, None, True, "x"]})],
        ),
        ('{"x": {"a": 1}, "y": {}}', "", [("x", {"a": 1}), ("y", {})]),
        ('{"info": {"data": [9]}, "data": [{"a": 1}], "after": [[]]}', "data", [("", {"a": 1})]),
        ('{"data": {"list": [1], "x": 2}}', "data.list", [("", 1)]),
        ('{"data": {"k": {"a": 1}}}', "data", [("k", {"a": 1})]),
        ("[]", "", []),
        ('["x", 3, []]', "", [("", "x"), ("", 3), ("", [])]),
    ],
)
def test_records(text, path, expected):
    assert items(text, path) == expected
    assert items(text.replace(" ", "\n\t"), path) == expected


def test_lines():
    text = '{"meta": {"a": 1}}\n\n{"meta": 2}\r\n[3]'
    assert items(text, lines=True) == [("", {"meta": {"a": 1}}), ("", {"meta": 2}), ("", [3])]


def test_records_that_span_pieces():
    records = [{"text": "ü" * n, "n": n} for n in range(0, CHUNK, 9001)] * 3
    assert [value for _, value in items(json.dumps(records, ensure_ascii=False))] == records


def test_faults_of_one_record_leave_the_next():
    deep = "[" * 40 + "]" * 40
    many = "[" + "0," * MOST_VALUES + "0]"
    text = f'[{{"a": 1, "a": 2}}, {{"b": {{"c": 1, "c": 2}}}}, {deep}, {many}, {{"a": 1, "b": {{"a": 2}}}}]'
    found = list(read_items(io.BytesIO(text.encode())))
    faults = [item.fault.reason if item.fault else None for item in found]
    assert faults == ["duplicate_key"] * 2 + ["malformed_record"] * 2 + [None]
    assert found[0].fault.got == "'a'"
    assert found[4].value == {"a": 1, "b": {"a": 2}}


def test_bytes_that_are_no_utf8():
    assert items(b'["a\xffb", "\xc3\xbc", "\xe2\x82"]') == [
        ("", f"a{NOT_UTF8}b"),
        ("", "ü"),
        ("", NOT_UTF8),
    ]
    assert items(b'\xef\xbb\xbf["x"]') == [("", "x")]


@pytest.mark.parametrize(
    ("text", "path", "found", "says"),
    [
        ('[1, 2, {"a": ', "", 2, "this is no JSON from here on"),
        ("[1, 2 3]", "", 2, "this is no JSON from here on"),
        ("[1] [2]", "", 1, "something follows the end of the JSON"),
        ("3", "", 0, "no list or map of records; got 3"),
        ('"x"', "", 0, "no list or map of records; got 'x'"),
        ("[1]", "data", 0, "no list or map of records; got 'start_array'"),
        ('{"other": []}', "data", 0, "the file has no such list; got 'data'"),
        ('{"data": 3}', "data", 0, "data: this is no list or map of records; got 3"),
        ('{"data": [1], "data": [2]}', "data", 1, "a list of records stands twice; got 'data'"),
        ("", "", 0, "no JSON from here on"),
        ("[NaN]", "", 0, "this is no JSON from here on"),
        (
            '["' + "x" * (17 << 20) + '"]',
            "",
            0,
            "one value of the file is too long; allowed: 16,777,216 bytes",
        ),
    ],
)
def test_faults_of_the_file_come_after_what_stands_before_them(text, path, found, says):
    read = []
    with pytest.raises(FormatError) as caught:
        read.extend(read_items(io.BytesIO(text.encode()), path))
    assert says in str(caught.value)
    read = read_items(io.BytesIO(text.encode()), path)
    assert len([next(read) for _ in range(found)]) == found


def test_without_ijson(monkeypatch):
    monkeypatch.setitem(sys.modules, "ijson", None)
    with pytest.raises(MissingExtra, match=r'read by ijson\.\n  pip install "vladata\[beam\]"'):
        items("[]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"info": {"questions": 1}, "annotations": []}', "annotations"),
        ('{"questions": [{"annotations"', "questions"),
        ('{"x": 1}', ""),
        ("[]", ""),
        ("{}", ""),
    ],
)
def test_first_key(text, expected):
    assert first_key(io.BytesIO(text.encode()), ("questions", "annotations")) == expected
