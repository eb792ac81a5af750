"""Other projects' annotations: Embodied CoT's JSON and LeRobot's language columns, read and written."""

import json
from collections import Counter

import pyarrow.parquet as pq
import pytest

from vladata.annotations.forms import read_form, write_form
from vladata.annotations.lerobot import EVENTS, PERSISTENT
from vladata.annotations.row import checked
from vladata.annotations.texts import AnnotatedSpans, texts_at
from vladata.errors import FormatError, MalformedJson, UsageError

PATH = "/nfs/data/drawer/train/out.npy"
ECOT = {
    PATH: {
        "11": {
            "metadata": {"episode_id": 11, "n_steps": 4},
            "reasoning": {
                "0": {"plan": "Reach. Close.", "move": "move left", "subtask": ""},
                "1": {"plan": "Reach. Close.", "move": "move left"},
                "2": {"plan": "Reach. Close.", "move": "stop"},
                "10": {"plan": "Reach. Close.", "move": "stop"},
            },
            "features": {
                "gripper_position": [[1, 2], [1, 2], None, [3, 4]],
                "bboxes": [[], [[0.9, "mug", [1, 2, 3, 4]]]],
            },
        }
    }
}


def short(rows):
    return [(row["episode_key"], row["field"], row["start"], row["stop"], row["value"]) for row in rows]


def test_ecot_is_read_step_for_step(tmp_path):
    path = tmp_path / "ecot.json"
    path.write_text(json.dumps(ECOT))
    rows, lost = read_form("ecot", str(path))
    name = f"{PATH}--11"
    assert short(rows) == [
        (name, "plan", 0, 3, "Reach. Close."),
        (name, "plan", 10, 11, "Reach. Close."),
        (name, "move", 0, 2, "move left"),
        (name, "move", 2, 3, "stop"),
        (name, "move", 10, 11, "stop"),
        (name, "gripper", 0, 2, "[1,2]"),
        (name, "gripper", 3, 4, "[3,4]"),
        (name, "bboxes", 1, 2, '[[0.9,"mug",[1,2,3,4]]]'),
    ]
    assert lost == Counter(
        {"steps at which a field is empty": 3, "rows that go beyond n_steps; they are kept": 2}
    )


def test_ecot_is_written_as_it_was_read(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(ECOT))
    rows, _ = read_form("ecot", str(tmp_path / "a.json"))
    write_form("ecot", str(tmp_path / "b.json"), rows)
    again, _ = read_form("ecot", str(tmp_path / "b.json"))
    assert sorted(short(again)) == sorted(short(rows))
    said = json.loads((tmp_path / "b.json").read_text())[PATH]["11"]
    assert said["reasoning"]["1"] == {"plan": "Reach. Close.", "move": "move left"}
    assert said["features"]["gripper_position"] == [[1, 2], [1, 2], None, [3, 4], *[None] * 7]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([1], "this is not a file of Embodied Chain of Thought"),
        ({"p": []}, "this is not a file of Embodied Chain of Thought; got \\[\\]; allowed: an object"),
        ({"p": {"1": {"reasoning": {"first": {}}}}}, "a step must be a number; got 'first'"),
        ({"p": {"1": {"reasoning": {}}}}, "the file has no text for any step"),
    ],
    ids=range(4),
)
def test_what_is_no_ecot(content, says, tmp_path):
    path = tmp_path / "ecot.json"
    path.write_text(json.dumps(content))
    with pytest.raises((MalformedJson, FormatError), match=says):
        read_form("ecot", str(path))


def row(key="3", start=0, stop=None, field="subtask", value="reach", **more):
    return checked(
        {"episode_key": key, "start": start, "stop": stop, "field": field, "value": value, **more}, "here"
    )


LEROBOT = [
    row(start=0, stop=2, value="reach"),
    row(start=2, stop=4, value="grasp"),
    row(start=5, stop=6, value="lift"),
    row(field="plan", value="reach, grasp, lift"),
    row(field="paraphrase", value="take it"),
    row(field="paraphrase_2", value="grab it"),
    row(start=1, stop=2, field="vqa_user", value="where is it?", camera="observation.images.top"),
    row(
        start=1,
        stop=2,
        field="vqa_assistant",
        value='{"bbox": [1, 2, 3, 4]}',
        camera="observation.images.top",
    ),
    row(start=1, stop=2, field="vqa_user_2", value="what colour?", camera="observation.images.top"),
    row(start=3, stop=4, field="interjection", value="stop!"),
    row(key="4", start=0, stop=8, field="memory", value="the drawer is open"),
]


def told(rows, numbers=range(8)):
    """(episode, step, field) -> text, whatever the rows that say it."""
    found = {}
    for key in {row["episode_key"] for row in rows}:
        own = [row for row in rows if row["episode_key"] == key]
        for number in numbers:
            for one in own:
                stop = 99 if one["stop"] is None else one["stop"]
                if one["start"] <= number < stop:
                    found[key, number, one["field"]] = one["value"]
    return found


def test_lerobot_says_the_same_when_it_is_read_again(tmp_path):
    path = str(tmp_path / "language.parquet")
    write_form("lerobot", path, LEROBOT, hz=10)
    rows, lost = read_form("lerobot", path)
    assert told(rows, range(6)) == told(LEROBOT, range(6))
    assert lost == Counter()


def test_lerobot_columns_as_lerobot_has_them(tmp_path):
    path = str(tmp_path / "language.parquet")
    write_form("lerobot", path, LEROBOT, hz=10)
    frames = [frame for frame in pq.read_table(path).to_pylist() if frame["episode_index"] == 3]
    assert [(frame["frame_index"], round(frame["timestamp"], 3)) for frame in frames] == [
        (t, t / 10) for t in range(6)
    ]
    assert all(frame[PERSISTENT] == frames[0][PERSISTENT] for frame in frames)
    lasting = [(r["style"], r["role"], r["content"], round(r["timestamp"], 3)) for r in frames[0][PERSISTENT]]
    assert ("task_aug", "user", "grab it", 0.0) in lasting
    assert ("subtask", "assistant", None, 0.4) in lasting  # nothing is said of step 4
    assert ("subtask", "assistant", "lift", 0.5) in lasting
    assert [(r["style"], r["role"], r["content"]) for r in frames[1][EVENTS]] == [
        ("vqa", "user", "where is it?"),
        ("vqa", "assistant", '{"bbox": [1, 2, 3, 4]}'),
        ("vqa", "user", "what colour?"),
    ]
    assert frames[2][EVENTS] == []


@pytest.mark.parametrize(
    ("rows", "hz", "says"),
    [
        ([row()], None, "a lerobot table needs times"),
        ([row(key="a--3")], 5, "form lerobot cannot name this episode; got 'a--3'"),
        ([row(stop=6), row(start=3, stop=9)], 5, "episode 3, step 3: two rows give the subtask of one step"),
    ],
    ids=range(3),
)
def test_what_lerobot_cannot_say(rows, hz, says, tmp_path):
    with pytest.raises(UsageError, match=says):
        write_form("lerobot", str(tmp_path / "t.parquet"), rows, hz)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**row(), "episode_key": "", "episode": "t"}, "cannot name this episode"),
        ({**row(key="p--1")}, "the row has no stop"),
        ({**row(key="p--1", stop=3, camera="top")}, "form ecot cannot hold cameras"),
    ],
    ids=range(3),
)
def test_what_ecot_cannot_say(wrong, says, tmp_path):
    with pytest.raises(UsageError, match=says):
        write_form("ecot", str(tmp_path / "t.json"), [wrong])


def test_lerobot_that_has_no_language(tmp_path):
    import pyarrow as pa

    pq.write_table(pa.table({"episode_index": [0]}), tmp_path / "t.parquet")
    with pytest.raises(FormatError, match="the table has no language columns; got 'episode_index'"):
        read_form("lerobot", str(tmp_path / "t.parquet"))


def test_a_later_row_counts_over_an_earlier_one():
    import numpy as np

    said = AnnotatedSpans(["plan", "plan", "box@top"], np.array([0, 2, 1]), np.array([9, 4, 2]))
    assert texts_at(said, ["a", "b", "c"], np.array([0, 2, 3, 4, 7])) == {
        "plan": ["a", "b", "b", "a", "a"],
        "box@top": ["", "", "", "", ""],
    }
