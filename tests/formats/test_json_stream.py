import io
import json
import tracemalloc

import pytest

from vladata.errors import FormatError
from vladata.formats import json_lines, json_scan
from vladata.formats.json_record import MOST_VALUES
from vladata.formats.json_scan import PIECE
from vladata.formats.json_stream import LONGEST_KEY, LONGEST_VALUE, first_key, read_items


def read(text, path="", lines=False):
    data = text if isinstance(text, bytes) else text.encode()
    return read_items(io.BytesIO(data), path, lines)


def items(text, path="", lines=False):
    return [(item.key, item.value) for item in read(text, path, lines)]


def outcomes(text, path="", lines=False):
    """The value of each item, or the reason why there is none."""
    return [item.fault.reason if item.fault else item.value for item in read(text, path, lines)]


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
        ("{}", "", []),
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
    records = [{"text": "ü" * n, "n": n} for n in range(0, PIECE, 9001)] * 3
    assert [value for _, value in items(json.dumps(records, ensure_ascii=False))] == records


EVERYTHING = [
    {}, [], "", 0, -1.5e-7, None, True, False, 2**63, 2**64, -(2**63) - 1, 10**30, "ü€😀", "\\", '"', '\\"', "\\\\", "]},:[{",
    {"]": "{", "\\": ['"', {'"': "\\"}]}, [[[[[[[{"deep": [[]]}]]]]]]], {"a": {"b": {"c": {"d": {"e": [1, {"f": "}"}]}}}}},
    "\n\t\x00\ud83d\ud800x", [{"x": "a, b"}, "c:d"], "x" * 200, [1, 2, [3, "4,"], 5],
]  # fmt: skip


@pytest.mark.parametrize("piece", [*range(1, 65), PIECE])
def test_pieces_of_every_size(monkeypatch, piece):
    """json.loads is the oracle, of a list, of a map below a key, and of lines; whatever a piece ends in."""
    monkeypatch.setattr(json_scan, "PIECE", piece)
    monkeypatch.setattr(json_lines, "PIECE", piece)
    known = {f'"{i}\\ü:,]': value for i, value in enumerate(EVERYTHING)}
    for plain in (True, False):
        dumped = [json.dumps(value, ensure_ascii=plain or i == 21) for i, value in enumerate(EVERYTHING)]
        text = "[" + " ,\r\n".join(dumped) + " ]"
        assert [value for _, value in items("\ufeff" + text)] == json.loads(text)
        assert outcomes("\n".join(dumped), lines=True) == EVERYTHING
        pairs = zip(map(json.dumps, known), dumped, strict=True)
        below = (
            '{"x": [{"data": "]}"}, "\\\\"], "d\\u0061ta" : {'
            + ",".join(map(" : ".join, pairs))
            + '}, "y":0}'
        )
        assert items(below, "data") == list(json.loads(below)["data"].items())


BAD = [
    ("NaN", None),
    ("-Infinity", None),
    ('{"a": NaN, "b": 1}', {"a": None, "b": 1}),
    ("18446744073709551616", 2**64),
    ('"\\udc00"', "\udc00"),
    ('"\\ud83d\\u0041"', "\ud83dA"),
    ('"hi \\ud83d there"', "hi \ud83d there"),
    ('{"a": tru}', "malformed_record"),
    ("2 3", "malformed_record"),
    ("", "malformed_record"),
    ('{"a" 1}', "malformed_record"),
    ('{"a": 1]', "malformed_record"),
    ('"raw \x01 \t"', "malformed_record"),
    ("[" * 33 + "]" * 33, "malformed_record"),
    ("[" * 1_000_000 + "]" * 1_000_000, "malformed_record"),
    ("[" + "0," * MOST_VALUES + "0]", "malformed_record"),
    ("[" + "[]," * MOST_VALUES + "0]", "malformed_record"),
    ('"' + "[,{" * MOST_VALUES + '"', "[,{" * MOST_VALUES),
    ('{"a": 1, "a": 2}', "duplicate_key"),
    ('{"b": {"c": 1, "c": 2}}', "duplicate_key"),
    (b'"a\xffb"', "bad_text"),
    (b'"\xe2\x82"', "bad_text"),
    ('"' + "x" * LONGEST_VALUE + '"', "too_large"),
    ("[" * (LONGEST_VALUE // 2 + 1) + "]" * (LONGEST_VALUE // 2 + 1), "too_large"),
]


@pytest.mark.parametrize(("value", "expected"), BAD, ids=[repr(value[:24]) for value, _ in BAD])
def test_a_bad_value_costs_itself(value, expected):
    """In a list, in a map, below a key and in lines, with the same reason; what is no record is not looked at."""
    value = value if isinstance(value, bytes) else value.encode()
    assert outcomes(b"[1, " + value + b", 2]") == [1, expected, 2]
    assert outcomes(b'{"a": 1, "b": ' + value + b', "c": 2}') == [1, expected, 2]
    assert outcomes(b'{"x": ' + value + b', "data": [' + value + b",2]}", "data") == [expected, 2]
    if value:
        assert outcomes(b"1\n" + value + b"\n2\n", lines=True) == [1, expected, 2]


def test_what_a_bad_value_says():
    (item,) = read('["' + "x" * LONGEST_VALUE + '"]')
    assert str(item.fault) == "a record is too large; got 16777218; allowed: 16,777,216 bytes."
    (item,) = read("[" + "[" * 100_000 + "]" * 100_000 + "]")
    assert str(item.fault).endswith("a record nests too deeply; allowed: 32 levels.")
    (item,) = read("[[" + "0," * MOST_VALUES + "0]]")
    assert str(item.fault) == "a record has too many values; allowed: 100,000 values."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, 5: 2, "c": 3}', [("a", 1), ("", None), ("c", 3)]),
        ('{"a": 1, "b", "c": 3}', [("a", 1), ("", None), ("c", 3)]),
        ('{"a": 1, "c": 3,}', [("a", 1), ("c", 3), ("", None)]),
        ('{"a": 1, "\x01": 2, "c": 3}', [("a", 1), ("", None), ("c", 3)]),
        ('{"a": 1, "%s": 2, "c": 3}' % ("k" * LONGEST_KEY), [("a", 1), ("", None), ("c", 3)]),
        ('{"half \\ud83d": 1, "twice": 2, "twice": 3}', [("half \\ud83d", 1), ("twice", 2), ("twice", 3)]),
    ],
)  # fmt: skip
def test_keys_of_records(text, expected):
    found = list(read(text))
    assert [(item.key, item.value) for item in found] == expected
    lost = [item.fault for item in found if item.value is None]
    assert all("a record of a map has no key" in str(fault) for fault in lost)


@pytest.mark.parametrize(
    ("text", "path", "found", "says"),
    [
        ('[1, 2, {"a": ', "", 2, "this is not JSON from here on: the file ends"),
        ('{"a": 1, "b": {"a": "x\\', "", 1, "this is not JSON from here on: the file ends"),
        ('{"a": 1, "b"', "", 1, "this is not JSON from here on: the file ends"),
        ("[1, 2", "", 1, "this is not JSON from here on: the file ends"),
        ('[1, {"a": 2}', "", 2, "this is not JSON from here on: the file ends"),
        ("[1, 2,", "", 2, "this is not JSON from here on: the file ends"),
        ("[1, 2}", "", 2, "this is not JSON from here on: a comma or ] is missing"),
        ('{"a": 1]', "", 1, "this is not JSON from here on: a comma or } is missing"),
        ('{"data": [1] 2}', "data", 1, "this is not JSON from here on: a comma or } is missing"),
        (
            '{"data": [1], 2}',
            "data",
            1,
            "this is not JSON from here on: an entry of a map is not a key and a value",
        ),
        ('[{"a": "not closed}, {"a": 1}]', "", 0, "this is not JSON from here on: the file ends"),
        ("[1] [2]", "", 1, "more data follows the end of the JSON; got b'['.\n  If these are JSON lines"),
        ("3", "", 0, "not a list or map of records; got 3"),
        ('"x"', "", 0, "not a list or map of records; got 'x'"),
        ("[1]", "data", 0, 'the file is a list, but its records are expected in a map, under "data"'),
        (
            '{"other": [], "b": 1}',
            "data",
            0,
            "the file does not have this list; got 'data'.\n"
            "  The map has the keys other, b: declare the one that holds the records.",
        ),
        ("{}", "data", 0, "The map has the keys (none)"),
        ("image,caption\n0.jpg,hi", "", 0, "for a table (CSV, TSV), write one line of JSON per row."),
        ('{"data": 3}', "data", 0, "data: this is not a list or map of records; got 3"),
        ('{"data": 3}', "data.list", 0, "data.list: this is not a list or map of records; got 3"),
        ('{"data": [1], "data": [2]}', "data", 1, "a list of records appears twice; got 'data'"),
        ("", "", 0, "not JSON from here on"),
        ("\ufeff ", "", 0, "not JSON from here on"),
    ],
)
def test_faults_of_the_file_come_after_what_stands_before_them(text, path, found, says):
    got = []
    with pytest.raises(FormatError) as caught:
        got.extend(read(text, path))
    assert says in str(caught.value)
    again = read(text, path)
    assert len([next(again) for _ in range(found)]) == found
    with pytest.raises(FormatError):
        next(again)


@pytest.mark.parametrize("text", ["", "\n \r\n"])
def test_no_line(text):
    with pytest.raises(FormatError, match="the file has no lines of JSON"):
        items(text, lines=True)


class Endless(io.RawIOBase):
    """`before`, then 64 MiB of `filling`, then `after`; the file itself takes no memory."""

    def __init__(self, before, filling, after):
        self._pieces = iter([before, *[filling * (PIECE // len(filling))] * (64 << 4), after])

    def read(self, size=-1):
        return next(self._pieces, b"")


@pytest.mark.parametrize(
    ("before", "filling", "after"),
    [
        (b'"', b"x", b'"'),
        (b'"', b'\\"', b'"'),
        (b'{"a": "', b"\\\\", b'"}'),
        (b"[", b'{"a":["' + b"x" * 1014 + b'"]},', b"0]"),
        (b"", b" ", b"7"),
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_a_value_of_64_mib_is_passed_over(before, filling, after, lines):
    """Memory holds no more of it than the longest value, and the next one is read."""
    left, comma, right = (b"1\n", b"\n", b"") if lines else (b"[1,", b",", b"]")
    file = Endless(left + before, filling, after + comma + b"2" + right)
    tracemalloc.start()
    try:
        found = [item.fault.reason if item.fault else item.value for item in read_items(file, lines=lines)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [1, "too_large", 2]
    assert peak < 2.5 * LONGEST_VALUE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"info": {"questions": 1}, "annotations": []}', "annotations"),
        ('{"questions": [{"annotations"', "questions"),
        ('{"x": NaN, "y": "\\udc00", "questions": 1}', "questions"),
        ('{"x": 1}', ""),
        ("[]", ""),
        ("{}", ""),
    ],
)
def test_first_key(text, expected):
    assert first_key(io.BytesIO(text.encode()), ("questions", "annotations")) == expected
