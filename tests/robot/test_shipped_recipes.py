"""Every recipe that ships, on three episodes: what its samples say, literally; and held against their source."""

import json
from pathlib import Path

import pytest

import vladata
from tests.conversion import convert
from tests.rlds_data import write_bridge_like
from tests.said import LENGTHS, NOTES
from vladata.images import probe
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

EXPECTED = {
    "ecot": (
        "In: What action should the robot take to close the blue sponge?\nOut:",
        (
            'TASK: pick it up PLAN: reach. Then lift: {all} VISIBLE OBJECTS: [["cup", [1, 2, 3, 4]]] SUBTASK '
            "REASONING: it is near SUBTASK: reach MOVE REASONING: it is left MOVE: move left GRIPPER "
            "POSITION: 112 56 ACTION: 150 146 197 58 48 41 255"
        ),
    ),
    "episodes": (
        "close the blue sponge",
        "1 150 146 197 58 48 41 255",
    ),
    "octo": (
        "close the blue sponge",
        (
            "151 147 198 58 48 42 255 234 45 156 66 122 136 255 172 138 13 190 124 30 255 140 233 123 155 "
            "121 152 255"
        ),
    ),
    "openvla": (
        "In: What action should the robot take to close the blue sponge?\nOut:",
        "150 146 197 58 48 41 255",
    ),
    "pi0-fast": (
        "Task: close the blue sponge, State: 244 4 251 254 14 45 0;\n",
        (
            "Action: 84 79 62 125 67 131 55 62 43 151 53 60 118 63 50 115 56 64 55 55 59 65 53 62 111 61 72 "
            "67 68 58 58 61 58 80 53 82 56 88 121 54 83 56 95 70 65 50 94 63 58 54 60 59 57|"
        ),
    ),
    "rt1": (
        "close the blue sponge",
        "1 128 128 128 126 124 125 255",
    ),
    "rt1-x": (
        "close the blue sponge",
        "1 127 128 128 126 124 125 255",
    ),
    "rt2-cot": (
        "Instruction: close the blue sponge",
        "Plan: reach. Then lift: {all}. Action: 1 150 146 197 58 48 41 255",
    ),
    "rt2-pali-x": (
        "Q: what action should the robot take to close the blue sponge? A:",
        "1 150 146 197 58 48 41 255",
    ),
    "rt2-palm-e": (
        "Q: what action should the robot take to close the blue sponge? A:",
        "1 150 146 197 58 48 41 255",
    ),
    "vla0": (
        (
            "What should the robot do in the next 8 steps to close the blue sponge? Say the numbers of each "
            "step, 0 to 1000, nothing else."
        ),
        (
            "588 583 768 217 273 183 1000 909 228 615 246 528 539 1000 672 552 84 688 533 138 1000 548 887 "
            "490 561 523 599 1000 488 561 725 494 706 427 1000 310 0 479 773 498 774 1000 612 207 575 19 528 "
            "685 0 498 485 850 1000 719 78 0"
        ),
    ),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("recipes"), len(LENGTHS), LENGTHS, size=32)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """A table of annotations: one row a field and episode."""
    file = tmp_path_factory.mktemp("notes") / "notes.jsonl"
    rows = [
        {"episode": f"train-00000-{number:06d}", "start": 0, "field": field, "value": value}
        for number in range(len(LENGTHS))
        for field, value in NOTES.items()
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def of_bridge():
    """The recipes that Bridge's schema can say; rt2-language-table has a test of its own."""
    return [name for name in find.names("recipe") if name != "rt2-language-table"]


@pytest.mark.parametrize("name", of_bridge())
def test_what_it_says(name, source, notes, tmp_path):
    recipe = find.recipe(name)
    annotations = (notes,) if any(task.noted for task in recipe.tasks.values()) else ()
    convert(source, tmp_path / "out", recipe=recipe, order="source", annotations=annotations)
    dataset = vladata.open(tmp_path / "out")
    sample = dataset[2]
    assert (sample.prompt, sample.target) == EXPECTED[name]
    output = open_output(str(tmp_path / "out"))
    assert [str(found) for check in (verify(output), rederive(output, str(source))) for found in check] == []
    history, size = recipe.windows.history, recipe.images.size
    cameras = ["primary", "secondary", "third", "fourth"] if name == "episodes" else ["primary"]
    assert list(sample.images) == [*cameras, *(f"primary-{k}" for k in range(1, history))]
    assert {probe(bytes(image)) for image in sample.images.values()} == {(size or 32, size or 32)}
    parts = dataset.task("action").parse(sample.target)
    decoded = dataset.codec.decode(dataset.codec.parse(parts["action"].text))
    assert decoded.shape[-1] in (7, 8)
    assert sample.plan == (NOTES["plan"] if annotations else "")


def test_all_that_ship_are_tried():
    assert sorted([*EXPECTED, "rt2-language-table"]) == sorted(find.names("recipe"))
    folder = Path(vladata.__file__).parent.parent / "schemas" / "recipes"
    assert len(list(folder.glob("*.yaml"))) == len(EXPECTED) + 1
