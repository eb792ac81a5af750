"""Annotation tables as files: what they hold, and every way in which one is wrong, with its line."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vladata.annotations.table import CHUNK, read_table, table_bytes
from vladata.errors import FormatError, MalformedJson, MissingFile, UsageError

GOOD = {"episode": "train-00000-000001", "start": 0, "stop": 4, "field": "plan", "value": "push"}
WHOLE = {"dataset": "", "content": "", "episode_key": "", "camera": "", **GOOD}


def rows(url):
    return [row for _, table in read_table(str(url)) for row in table.drop_columns(["number"]).to_pylist()]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_what_is_written_is_read(ending, tmp_path):
    hostile = 'plan: "a"\nAction: 1 2 {action} \\ \u2028 é'
    said = [
        WHOLE,
        {**WHOLE, "stop": None, "value": hostile},
        {**WHOLE, "episode": "", "content": "ab", "camera": "wrist"},
    ]
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"".join(table_bytes(said, str(path))))
    assert rows(path) == said


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(table_bytes([WHOLE], str(path))))
    assert rows(path) == [WHOLE]


def test_many_rows_come_some_at_a_time(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        "\n".join(json.dumps({**GOOD, "start": n, "stop": None}) for n in range(CHUNK + 5)) + "\n\n"
    )
    assert [(first, len(table)) for first, table in read_table(str(path))] == [(1, CHUNK), (CHUNK + 1, 5)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"plan": "x"}, "unknown column; got 'plan'; allowed: "),
        ({"value": 3}, "value must be a text; got 3"),
        ({"value": ["a"]}, "value must be a text; got ['a']"),
        ({"value": "\ud800"}, "value must be a text; got '\\ud800'"),
        ({"value": " \n"}, "the value is empty, or not Unicode text; got ' \\n'"),
        ({"value": None}, "the value is empty, or not Unicode text; got ''"),
        ({"start": None}, "start is missing"),
        ({"start": -1}, "start must be a step number; got -1; allowed: 0 to 2,147,483,647"),
        ({"start": 1.0}, "start must be a step number; got 1.0"),
        ({"start": True}, "start must be a step number; got True"),
        ({"stop": "4"}, "stop must be a step number; got '4'"),
        ({"stop": 2**31}, "stop must be a step number; got 2147483648"),
        ({"start": 4}, "the row covers no steps; got '4 to 4'"),
        ({"start": 5}, "the row covers no steps; got '5 to 4'"),
        ({"field": "two words"}, "field must be a name; got 'two words'; allowed: letters, digits and _"),
        ({"field": ""}, "field must be a name; got ''"),
        (
            {"episode": ""},
            "give one name of the episode; got 'none'; allowed: episode, content, episode_key",
        ),
        ({"content": "ab"}, "give one name of the episode; got 'episode and content'"),
    ],
    ids=str,
)
def test_a_row_that_is_wrong(changes, says, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{json.dumps({**GOOD, **changes})}\n")
    with pytest.raises(FormatError) as raised:
        rows(path)
    assert str(raised.value).startswith(f"{path}, line 3: {says}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "the line is not JSON"),
        ("[1]", "the line is not an object; got [1]"),
        ('[["start", 1]]', "the line is not an object"),
        ('{"start": 1, "start": 2}', "a column appears twice; got 'start'"),
        ('{"a": ' + "[" * 100_000, "the line is not JSON"),
    ],
    ids=range(5),
)
def test_a_line_that_is_none(line, says, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(line)
    with pytest.raises(MalformedJson) as raised:
        rows(path)
    assert str(raised.value).startswith(f"{path}, line 1: {says}")


def test_a_row_of_parquet_that_is_wrong(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_pylist([GOOD, {**GOOD, "start": 9}]), path)
    with pytest.raises(FormatError, match=r"t\.parquet, row 2: the row covers no steps; got '9 to 4'"):
        rows(path)
    pq.write_table(pa.Table.from_pylist([{**GOOD, "why": "x"}]), path)
    with pytest.raises(FormatError, match=r"t\.parquet: unknown column; got 'why'"):
        rows(path)
    pq.write_table(pa.Table.from_pylist([{**GOOD, "start": 1.5}]), path)
    with pytest.raises(FormatError, match=r"row 1: start must be a step number; got 1.5"):
        rows(path)
    bad = pa.array([b"\xff"]).view(pa.string())
    pq.write_table(pa.table({**{n: [v] for n, v in GOOD.items()}, "value": bad}), path)
    with pytest.raises(FormatError, match=r"this is not a Parquet table of annotations: .*UTF8"):
        rows(path)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(FormatError, match="this is not a Parquet table of annotations"):
        rows(path)


def test_an_empty_table_is_a_mistake(tmp_path):
    (tmp_path / "t.jsonl").write_text("\n\n")
    with pytest.raises(FormatError, match=r"t\.jsonl: the table has no row"):
        rows(tmp_path / "t.jsonl")
    pq.write_table(pa.Table.from_pylist([GOOD]).slice(0, 0), tmp_path / "t.parquet")
    with pytest.raises(FormatError, match=r"t\.parquet: the table has no row"):
        rows(tmp_path / "t.parquet")


def test_a_file_that_is_not_there_or_of_another_kind(tmp_path):
    with pytest.raises(MissingFile):
        rows(tmp_path / "none.jsonl")
    with pytest.raises(
        UsageError,
        match=r"this is not the name of an annotation table.* a name that ends in \.jsonl or \.parquet",
    ):
        rows(tmp_path / "t.csv")


def test_a_table_behind_a_url():
    import fsspec

    with fsspec.open("memory://tables/t.jsonl", "wb") as file:
        file.write(json.dumps(GOOD).encode())
    assert rows("memory://tables/t.jsonl") == [WHOLE]
