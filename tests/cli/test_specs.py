"""`vladata schemas` and `vladata recipes`: list, show, check."""

import os
import re
import subprocess
import sys

import pytest
import yaml

import vladata
from tests.outcome import PLAIN
from vladata.spec import find

MINE = """name: mine
tasks:
  action: {prompt: "{instruction}", target: "{action}"}
action: {codec: rt2, bounds: min_max}
images: {cameras: all}
"""


def test_the_schemas_that_ship(run):
    said = run("schemas", "list")
    assert (said.code, said.err) == (0, "")
    head, *lines = said.out.splitlines()
    assert head.split() == ["name", "robot", "Hz", "episodes", "dims"]
    assert len(lines) == 86
    assert max(map(len, (head, *lines))) <= 100
    (kuka,) = (line for line in lines if line.startswith("kuka "))
    assert re.split("  +", kuka) == ["kuka", "Kuka iiwa", "10", "580,392", "7"]
    rows = {row["name"]: row for row in run("schemas", "list", "--json").json["schemas"]}
    assert rows["bridge_dataset"] == {
        "name": "bridge_dataset",
        "robot": "WidowX",
        "hz": 5.0,
        "episodes": None,
        "cameras": ["primary", "secondary", "third", "fourth"],
        "action": ["dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"],
        "gripper": {"gripper": "open_absolute"},
        "chains": ["openvla", "octo"],
        "uncertain": [],
    }
    assert rows["viola"]["uncertain"] == ["rotation", "frame", "units"]


def test_a_list_of_schemas_that_hold_the_words(run):
    names = [row["name"] for row in run("schemas", "list", "FRANKA", "wrist", "--json").json["schemas"]]
    assert "viola" in names
    assert "bridge_dataset" not in names
    assert "berkeley_rpt_converted_externally_to_rlds" in names
    assert run("schemas", "list", "frnka").out == "No shipped schema holds frnka.\n"


def test_names_complete(monkeypatch):
    def offered(words, position):
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(position), "_VLADATA_COMPLETE": "bash_complete"}
        found = subprocess.run(
            [sys.executable, "-m", "vladata.cli.main"],
            env={**os.environ, **asked},
            capture_output=True,
            text=True,
        )
        return found.stdout.splitlines()

    assert offered("vladata convert rlds2vla a b --schema bridge", 6) == [
        "plain,bridge",
        "plain,bridge_data_msr",
        "plain,bridge_dataset",
    ]
    assert offered("vladata recipes show rt1", 3) == ["plain,rt1", "plain,rt1-x"]
    assert offered("vladata mix out --mixture rt2", 4) == [
        f"plain,{name}" for name in find.names("mixture") if name.startswith("rt2")
    ]
    assert offered("vladata corpora show ./mine", 3) == ["file,./mine"]


def test_a_recipe_beside_a_dataset(clean, run):
    said = run("recipes", "check", "rt1", "--source", clean, "--schema", "bridge_dataset")
    assert (said.code, said.err) == (0, "")
    head, bins, *remarks = said.out.splitlines()
    assert head == "rt1: in order"
    assert re.fullmatch(r"  bins used: dx \d+ of 256, dy .*; no value is clipped", bins)
    found = run("recipes", "check", "rt1", "--source", clean, "--schema", "bridge_dataset", "--json").json
    assert found["remarks"] == remarks
    assert found["bins"]["dx"]["of"] == 256
    assert run("recipes", "check", "rt1", "--source", clean).err.splitlines()[-1] == (
        "Error: --source and --schema go together: the schema says how the source is read."
    )


def test_what_two_schemas_say_differently(tmp_path, run):
    mine = tmp_path / "mine.yaml"
    mine.write_text(PLAIN.read_text().replace("hz: 5", "hz: 15").replace("reject", "filter"))
    said = run("schemas", "diff", PLAIN, mine)
    assert said.code == 3
    assert said.out == (
        'control_frequency_hz: 5.0 here, 15.0 there\nlanguage.empty: "reject" here, "filter" there\n'
    )
    same = run("schemas", "diff", PLAIN, PLAIN, "--json")
    assert (same.code, same.json["differences"]) == (0, [])


def test_features_that_the_data_has_otherwise(clean, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    declared = """
features:
  action: {dtype: float64, shape: [7]}
  observation/state: {dtype: float32, shape: [8]}
  observation/image_0: {dtype: image, shape: [480, 640, 3]}
  observation/image_1: {dtype: image, shape: null}
  language_instruction: {dtype: string, shape: []}
  is_terminal: {dtype: bool, shape: [1]}
"""
    mine.write_text(PLAIN.read_text() + declared)
    said = run("schemas", "check", mine, "--source", clean, "--verbose")
    assert said.code == 3
    assert said.out.splitlines() == [
        f"{mine}: {clean} has 2 of its features otherwise",
        "  action: declared float64[7], but the data has float32[7]",
        "  observation/state: declared float32[8], but the data has float32[7]",
    ]
    assert "observation/image_0: declared image[480,640,3], but the data has image[64,64,3]" in said.err
    assert run("schemas", "check", mine).code == 0


def test_a_field_that_is_not_what_the_schema_takes_it_for(clean, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    mine.write_text(PLAIN.read_text().replace("path: language_instruction", "path: is_first"))
    said = run("schemas", "check", mine, "--source", clean)
    assert said.code == 3
    assert said.out.splitlines() == [
        f"{mine}: {clean} has 1 of its features otherwise",
        "  is_first: declared the instruction (language.path), but the data has bool, not text",
    ]
    said = run("stats", clean, "--schema", mine)
    assert (said.code, said.out) == (1, "")
    assert "SourceError: " in said.err
    assert "1 field does not fit schema plain" in said.err


def test_the_recipes_that_ship(run):
    lines = run("recipes", "list").out.splitlines()
    assert (
        "rt2-pali-x  action  Q: what action should the robot take to {instruction}? A: -> {action}" in lines
    )
    openvla = "In: What action should the robot take to {instruction}?\\nOut: -> {action}"
    assert f"openvla  action  {openvla}" in lines
    recipes = run("recipes", "list", "--json").json["recipes"]
    assert [recipe["name"] for recipe in recipes] == [
        *("ecot", "episodes", "octo", "openvla", "pi0-fast", "rt1", "rt1-x", "rt2-cot", "rt2-language-table"),
        *("rt2-pali-x", "rt2-palm-e", "vla0"),
    ]
    asked = [(recipe["name"], task) for recipe in recipes for task in recipe["tasks"]]
    assert [tuple(line.split("  ")[:2]) for line in lines] == asked


@pytest.mark.parametrize(
    ("kind", "name", "load"),
    [
        ("schemas", name, vladata.schema)
        for name in ("bridge_dataset", "fractal20220817_data", "language_table")
    ]
    + [("recipes", "rt2-pali-x", vladata.recipe)],
)
def test_what_is_shown_is_the_whole_spec(kind, name, load, tmp_path, run):
    plain = load(name).model_dump(mode="json")
    assert run(kind, "show", name, "--json").json == plain
    text = run(kind, "show", name).out
    assert yaml.safe_load(text) == plain
    (tmp_path / "again.yaml").write_text(text)
    assert load(str(tmp_path / "again.yaml")) == load(name)
    assert run(kind, "check", tmp_path / "again.yaml").code == 0


def test_a_check_that_passes(clean, tmp_path, run):
    assert run("schemas", "check", PLAIN).out == f"{PLAIN}: in order\n"
    said = run("schemas", "check", PLAIN, "--source", clean)
    assert (said.code, said.out) == (0, f"{PLAIN}: in order, and {clean} has every key that it names\n")
    assert run("schemas", "check", PLAIN, "--source", clean, "--json").json == {
        "name": "plain",
        "in_order": True,
        "source": str(clean),
        "differences": [],
    }
    (tmp_path / "mine.yaml").write_text(MINE)
    assert run("recipes", "check", tmp_path / "mine.yaml", "--json").json == {
        "name": "mine",
        "in_order": True,
    }


def test_a_check_that_fails(clean, tmp_path, run):
    (tmp_path / "mine.yaml").write_text(MINE.replace("min_max", "min_man").replace("cameras", "camera"))
    said = run("recipes", "check", tmp_path / "mine.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"SpecError: {tmp_path}/mine.yaml: 2 problems\n"
        '  line 4    action.bounds  got "min_man"; did you mean "min_max"? allowed: quantiles, min_max, rt1, rt1-x\n'
        '  line 5    images.camera  unknown key; did you mean "cameras"?\n'
    )
    assert run("schemas", "check", "bridgo").code == 2
    said = run("schemas", "check", "fractal20220817_data", "--source", clean)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("MissingKey: schema fractal20220817_data")
    assert 'the data has no keys "observation/image" (cameras.primary), ' in said.err
    assert 'Did you mean "observation/image_3" for "observation/image", ' in said.err


def test_every_chain_of_a_schema_is_held_against_the_data(clean, tmp_path, run):
    text = PLAIN.read_text().replace(
        "terminate:",
        "    other:\n      gripper: none\n      names: [x]\n      operations:\n"
        "        - {op: concat, of: [action/x]}\nterminate:",
    )
    (tmp_path / "mine.yaml").write_text(text)
    assert run("schemas", "check", tmp_path / "mine.yaml").code == 0
    said = run("schemas", "check", tmp_path / "mine.yaml", "--source", clean)
    assert (said.code, said.out) == (1, "")
    assert '"action/x" (actions.chains.other.operations[0].of[0])' in said.err


def test_verbose_says_what_a_chain_reads(clean, run):
    said = run("schemas", "check", PLAIN, "--source", clean, "--verbose")
    assert said.err == (
        "recorded: action, is_terminal, language_instruction, observation/image_0, observation/image_1, "
        "observation/state\n"
    )
    assert "arXiv:2308.12952" in run("schemas", "list", "--verbose").err


def test_quiet_says_nothing(run):
    for command in (
        ["schemas", "list"],
        ["schemas", "show", "bridge_dataset"],
        ["recipes", "check", "rt2-pali-x"],
    ):
        assert run(*command, "--quiet").out == ""


def test_a_draft_is_printed_or_written_once(clean, tmp_path, run):
    said = run("schemas", "infer", clean)
    assert said.code == 0
    assert said.out.startswith("name: bridge_dataset\n")
    assert said.err == "A schema for bridge_dataset ships: vladata schemas show bridge_dataset\n"
    mine = tmp_path / "mine.yaml"
    said = run("schemas", "infer", clean, "--out", mine)
    assert said.out.startswith(
        f"{mine}: a draft with 7 guesses. Look at each, then: vladata schemas check {mine}"
    )
    assert (
        said.out.splitlines()[1] == "  It does not read, and lists at its end, success: reward; and 9 more."
    )
    assert run("schemas", "check", mine, "--source", clean).code == 0
    before = mine.read_text()
    said = run("schemas", "infer", clean, "--out", mine)
    assert (said.code, said.out) == (1, "")
    assert "OutputError: " in said.err
    assert "cannot write the draft: File exists" in said.err
    assert mine.read_text() == before
