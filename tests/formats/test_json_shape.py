"""Tell JSON that has a record a line from other JSON, whatever its name says."""

import io

import pytest

from vladata.formats import json_shape
from vladata.formats.json_shape import has_lines

LINES = {
    "two maps": '{"a": 1}\n{"a": 2}\n',
    "space and a blank line": ' {"a": 1} \r\n\n {"a": 2}',
    "a mark of order": '\ufeff{"a": 1}\n{"a": 2}',
    "NaN": '{"a": NaN}\n{"a": 2}',
    "a second that is cut": '{"a": 1}\n{"a": ',
}
WHOLE = {
    "a list": '[{"a": 1},\n{"a": 2}]',
    "a list with its brackets on lines of their own": '[\n{"a": 1},\n{"a": 2}\n]',
    "of one on its own line": '[\n{"a": 1}\n]',
    "a list in one line": '[{"a": 1}, {"a": 2}]\n',
    "laid out": '[\n  {\n    "a": 1\n  }\n]',
    "nothing in it": "[]",
}
EITHER = {
    "one map": '{"a": 1}\n',
    "a map laid out": '{\n"x": {"a": 1},\n"y": {"a": 2}}',
    "nothing": "",
    "cut": '{"a": 1',
    "a number": "3",
}
RECORDS_THAT_ARE_NONE = {"a list a line": '[1]\n{"a": 1}\n', "a broken line": '[{"a": 1\n{"a": 1}\n'}


def told(text, named):
    file = io.BytesIO(text.encode())
    found = has_lines(file, named)
    assert file.tell() == 0
    return found


@pytest.mark.parametrize("piece", [3, 1 << 16])
def test_what_is_in_the_file_decides(monkeypatch, piece):
    monkeypatch.setattr(json_shape, "PIECE", piece)
    assert {
        name: told(text, named) for name, text in LINES.items() for named in (True, False)
    } == dict.fromkeys(LINES, True)
    for named in (True, False):
        assert {name: told(text, named) for name, text in WHOLE.items()} == dict.fromkeys(WHOLE, False)
        assert {name: told(text, named) for name, text in EITHER.items()} == dict.fromkeys(EITHER, named)
        assert {name: told(text, named) for name, text in RECORDS_THAT_ARE_NONE.items()} == dict.fromkeys(
            RECORDS_THAT_ARE_NONE, named
        )


def test_one_line_that_is_a_record():
    """By its keys: a map of records has none of them."""
    one, by_name = (
        b'{"id": "x", "image": "a.jpg"}\n',
        b'{"x": {"image": "a.jpg"}, "image": {"image": "b.jpg"}}',
    )
    assert has_lines(io.BytesIO(one), False, {"image", "turns"})
    assert not has_lines(io.BytesIO(one), False, {"text"})
    assert not has_lines(io.BytesIO(by_name), False, {"image"})


@pytest.mark.parametrize("named", [True, False])
def test_a_first_line_without_end(monkeypatch, named):
    """Of a map by id that lies in one line, no more is read than a record may have."""
    monkeypatch.setattr(json_shape, "LONGEST_LINE", 100)
    file = io.BytesIO(b'{"a": "' + b"x" * (1 << 20))
    assert has_lines(file, named) is named
