"""Plans and annotations as LeRobot's language columns: written, read by pyarrow, by lerobot itself where it is, and by us."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vladata
from tests.whole import two_cameras
from tests.whole.test_round_trip import drafted
from vladata.annotations.forms import read_form, write_form
from vladata.annotations.stored import Commentary
from vladata.commands.verify import rederive, verify
from vladata.errors import UsageError
from vladata.shards.storage import open_output

NEWEST = os.environ.get("VLADATA_LEROBOT_LANGUAGE_PYTHON", "")
ROWS = [
    {"episode": "train-00000-000000", "start": 0, "stop": 2, "field": "subtask", "value": "reach"},
    {"episode": "train-00000-000000", "start": 3, "stop": 5, "field": "subtask", "value": "grasp"},
    {"episode": "train-00000-000000", "start": 0, "field": "paraphrase", "value": "take it"},
    {"episode": "train-00000-000000", "start": 0, "field": "paraphrase_2", "value": "grab it"},
    {
        "episode": "train-00000-000000",
        "start": 1,
        "stop": 2,
        "field": "vqa_user",
        "value": "where?",
        "camera": "wrist",
    },
    {
        "episode": "train-00000-000000",
        "start": 1,
        "stop": 2,
        "field": "vqa_assistant",
        "value": "here",
        "camera": "wrist",
    },
    {"episode": "train-00001-000000", "start": 2, "stop": 3, "field": "interjection", "value": "stop!"},
    {"episode": "train-00001-000000", "start": 0, "field": "memory", "value": "the drawer is open"},
    {"episode": "train-00001-000000", "start": 0, "stop": 4, "field": "box", "value": "[1,2]"},
    {"episode": "train-00001-000000", "start": 0, "stop": 4, "field": "vqa", "value": "no camera"},
]
STYLED = (
    "subtask",
    "paraphrase",
    "paraphrase_2",
    "vqa_user@wrist",
    "vqa_assistant@wrist",
    "interjection",
    "memory",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_cameras.written(tmp_path_factory.mktemp("source"))


@pytest.fixture
def table(tmp_path):
    (tmp_path / "said.jsonl").write_bytes(b"\n".join(map(orjson.dumps, ROWS)))
    return str(tmp_path / "said.jsonl")


@pytest.fixture
def lerobot(converted, table):
    return lambda source, out="out", **settings: converted(
        source, out, format="lerobot", annotations=(table,), **settings
    )


def frames(folder):
    files = sorted(folder.glob("data/*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def said(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def test_the_columns_are_those_of_lerobot(source, lerobot, tmp_path):
    lerobot(source, samples_per_shard=6)
    schema = pq.read_schema(tmp_path / "out/data/chunk-000/file-000.parquet")
    assert schema.field("language_persistent").type == pa.list_(
        pa.struct(
            [
                pa.field("role", pa.string(), nullable=False),
                ("content", pa.string()),
                ("style", pa.string()),
                pa.field("timestamp", pa.float32(), nullable=False),
                ("camera", pa.string()),
                ("tool_calls", pa.list_(pa.string())),
            ]
        )
    )
    features = orjson.loads((tmp_path / "out/meta/info.json").read_bytes())["features"]
    for name in ("language_persistent", "language_events"):
        assert features[name] == {"dtype": "language", "shape": [1], "names": None}
    assert features["annotations.box"]["dtype"] == features["annotations.vqa"]["dtype"] == "string"
    assert [name for name in features if name.startswith("annotations")] == [
        "annotations.box",
        "annotations.vqa",
    ]


def test_every_row_stands_at_its_frame(source, lerobot, tmp_path):
    lerobot(source)
    episodes = [[row for row in frames(tmp_path / "out") if row["episode_index"] == e] for e in range(3)]
    first = episodes[0]
    assert said(first[0]["language_persistent"], "style", "role", "content", "camera") == [
        ("subtask", "assistant", "reach", None),
        ("task_aug", "user", "take it", None),
        ("task_aug", "user", "grab it", None),
        ("subtask", "assistant", None, None),
        ("subtask", "assistant", "grasp", None),
    ]
    times = [row["timestamp"] for row in first[0]["language_persistent"]]
    assert times == [first[t]["timestamp"] for t in (0, 0, 0, 2, 3)]
    assert all(row["language_persistent"] == first[0]["language_persistent"] for row in first)
    wrist = "observation.images.wrist"
    assert said(first[1]["language_events"], "style", "role", "content", "camera") == [
        ("vqa", "assistant", "here", wrist),
        ("vqa", "user", "where?", wrist),
    ]
    assert [row["language_events"] for row in (first[0], *first[2:])] == [[]] * 4
    assert [row["language_persistent"] for row in episodes[1]] == [[]] * 3
    assert said(episodes[2][2]["language_events"], "style", "role") == [("interjection", "user")]
    assert [row["annotations.box"] for row in episodes[2]] == ["[1,2]"] * 4 + [""] * 4


def test_our_own_source_reads_every_text_at_its_step(source, lerobot, tmp_path):
    lerobot(source, samples_per_shard=6)
    out = tmp_path / "out"
    rows, lost = read_form("lerobot", str(out))
    assert not lost
    write_form("table", str(tmp_path / "again.jsonl"), rows)
    spec = drafted(out, tmp_path / "draft.yaml")
    again = vladata.convert(
        out, tmp_path / "again", schema=spec, format="rlds", annotations=str(tmp_path / "again.jsonl")
    )
    assert again["annotations"]["used"] == len(rows)
    before = Commentary.parquet((out / "annotations.parquet").read_bytes())
    after = Commentary.parquet((tmp_path / "again/annotations.parquet").read_bytes())
    assert set(after.names) == set(STYLED)
    places = [("train-00000-000000", 5), ("train-00000-000001", 3), ("train-00001-000000", 8)]
    ours = [episode.id for episode in vladata.episodes(out, spec)]
    for (name, steps), own in zip(places, ours, strict=True):
        numbers = np.arange(steps)
        was, found = before.of(name, numbers), after.of(own, numbers)
        assert {field: was[field] for field in STYLED} == {field: list(found[field]) for field in STYLED}


def test_a_cut_episode_has_its_own_rows(lerobot, tmp_path):
    holed = two_cameras.written(tmp_path / "in", empty_at=((0, 3),))
    lerobot(holed)
    pieces = [[row for row in frames(tmp_path / "out") if row["episode_index"] == e] for e in range(2)]
    assert said(pieces[1][0]["language_persistent"], "style", "content", "timestamp")[0] == (
        "subtask",
        "grasp",
        0.0,
    )
    assert len(pieces[1]) == 1


def test_verify_makes_the_rows_again(source, lerobot, tmp_path):
    lerobot(source, samples_per_shard=6)
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []


def test_text_columns_for_older_versions(source, lerobot, tmp_path):
    lerobot(source, language="text")
    row = frames(tmp_path / "out")[0]
    assert "language_persistent" not in row
    assert (row["annotations.subtask"], row["annotations.vqa_user@wrist"]) == ("reach", "")
    output = open_output(str(tmp_path / "out"))
    assert list(rederive(output, [str(source)])) == []


def test_without_texts_there_are_no_language_columns(source, converted, tmp_path):
    converted(source, format="lerobot")
    assert "language_persistent" not in frames(tmp_path / "out")[0]


def test_a_plan_of_the_schema_is_a_row_and_the_annotations_plan_comes_before_it(
    source, converted, table, tmp_path
):
    spec = two_cameras.schema(
        language={"path": "language_instruction", "plan": "language_instruction"},
    )
    converted(source, spec=spec, format="lerobot")
    rows = frames(tmp_path / "out")[0]["language_persistent"]
    assert said(rows, "style", "content") == [("plan", text) for text in two_cameras.TEXTS[:2]]
    Path(table).write_bytes(orjson.dumps({**ROWS[0], "field": "plan", "value": "another"}))
    converted(source, "both", spec=spec, format="lerobot", annotations=(table,))
    row = frames(tmp_path / "both")[0]
    assert said(row["language_persistent"], "content") == [("another",), (None,)]
    assert row["plan"] == two_cameras.TEXTS[0]


def test_the_run_says_which_versions_load_it(source, table, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    given = {"schema": two_cameras.schema(), "format": "lerobot", "annotations": table}
    told = []
    vladata.convert(source, tmp_path / "rows", say=told.append, **given)
    assert "lerobot 0.6.0 and newer loads them. For older versions: --language text." in told[0]
    told.clear()
    vladata.convert(source, tmp_path / "text", say=told.append, language="text", **given)
    assert told == []
    with pytest.raises(UsageError, match="language is only for format lerobot; got 'format rlds'"):
        vladata.convert(source, tmp_path / "no", **{**given, "format": "rlds", "language": "text"})


@pytest.mark.skipif(not NEWEST, reason="VLADATA_LEROBOT_LANGUAGE_PYTHON names no command with lerobot 0.6")
def test_lerobot_loads_the_rows(source, lerobot, tmp_path):
    lerobot(source, samples_per_shard=6)
    reader = Path(__file__).parent / "read_lerobot_language.py"
    told = subprocess.run(
        [NEWEST, str(reader), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
    )
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout.splitlines()[-1])
    expected = frames(tmp_path / "out")
    assert len(found) == len(expected)
    for row, own in zip(found, expected, strict=True):
        assert row["persistent"] == own["language_persistent"]
        assert row["events"] == own["language_events"]
    assert [row["subtask"] for row in found[:5]] == ["reach", "reach", None, "grasp", "grasp"]
