"""`vladata annotations`, and `--annotations` of a conversion: what the commands say of rows that are not used as they stand."""

import json

import pytest

from tests.annotations.made import names, write_jsonl

SCHEMA = ["--schema", "bridge_dataset"]


@pytest.fixture
def table(clean, tmp_path):
    """A table with a row of every kind: 6 steps an episode, of which a conversion takes 1 to 4."""
    one, two, *_ = names(clean)
    said = [
        {"episode": one["episode"], "start": 0, "stop": 5, "field": "plan", "value": "used"},
        {"content": one["content"], "start": 2, "stop": 4, "field": "plan", "value": "over it"},
        {"episode_key": two["episode_key"], "start": 0, "stop": 1, "field": "plan", "value": "of a dropped step"},
        {"episode": two["episode"], "start": 3, "stop": 9, "field": "plan", "value": "beyond the end"},
        {"episode": "train-00077-000000", "start": 0, "field": "plan", "value": "nobody's"},
        {"episode_key": "somewhere", "start": 0, "field": "plan", "value": "nobody's"},
        {"dataset": "fractal", "episode": one["episode"], "start": 0, "field": "plan", "value": "another's"},
    ]  # fmt: skip
    return write_jsonl(tmp_path / "plans.jsonl", said), one, two


def told(one, two):
    key = json.dumps(one["episode_key"])[1:-1]
    return [
        "Annotations: 3 of 7 rows are used, for 2 episodes; steps with a text: plan 6.",
        "  2 rows name an episode that is not read: plans.jsonl line 5: train-00077-000000, plan, steps 0 to the end; "
        "plans.jsonl line 6: somewhere, plan, steps 0 to the end.",
        f"  1 rows are about another dataset: plans.jsonl line 7: {one['episode']}, plan, steps 0 to the end.",
        "  1 rows are about steps that are not taken: "
        f"plans.jsonl line 3: {two['episode_key']}, plan, steps 0 to 1.",
        "  1 rows cover steps that an earlier row of the same field covers too; the later row counts: "
        f"plans.jsonl line 2: {one['content']}, plan, steps 2 to 4.",
        "  1 rows go beyond the last step of their episode: "
        f"plans.jsonl line 4: {two['episode']}, plan, steps 3 to 9.",
        f"  For example, an episode that is read has episode '{one['episode']}'.",
        f"  For example, an episode that is read has episode_key '{key}'.",
    ]


def test_check_names_every_row_that_is_not_used_as_it_stands(table, clean, run):
    path, one, two = table
    said = run("annotations", "check", path, clean, *SCHEMA)
    assert (said.code, said.out.splitlines()) == (3, told(one, two))
    counts = run("annotations", "check", path, clean, *SCHEMA, "--json").json
    kinds = ("rows", "used", "unused", "unmatched", "ambiguous", "other_dataset", "overlapping", "beyond_end")
    assert [counts[kind] for kind in kinds] == [7, 3, 1, 2, 0, 1, 1, 1]


def test_a_conversion_says_the_same(table, clean, tmp_path, run):
    path, one, two = table
    out = tmp_path / "out"
    options = [clean, out, *SCHEMA, "--recipe", "rt2-pali-x", "--annotations", path]
    said = run("convert", "rlds2vla", *options, "--dry-run")
    assert [line.removeprefix("  ") for line in said.out.splitlines()[-8:]] == told(one, two)
    said = run("convert", "rlds2vla", *options, "--json")
    assert said.code == 0
    assert said.json["annotations"] == json.loads((out / "manifest.json").read_text())["annotations"]
    assert said.json["annotations"]["unmatched"] == 2
    assert run("verify", out, "--source", clean).code == 0


def test_another_table_is_another_job(table, clean, tmp_path, run):
    path, one, _ = table
    row = {"episode": one["episode"], "start": 0, "field": "plan", "value": "x"}
    other = write_jsonl(tmp_path / "other.jsonl", [row])
    out = tmp_path / "out"
    options = [clean, out, *SCHEMA, "--recipe", "rt2-pali-x"]
    assert run("convert", "rlds2vla", *options, "--annotations", path).code == 0
    said = run("convert", "rlds2vla", *options, "--annotations", other)
    assert (said.code, "a finished dataset is here already" in said.err) == (1, True)


def test_a_good_table_is_no_finding(clean, tmp_path, run):
    row = {"episode": names(clean)[0]["episode"], "start": 0, "field": "plan", "value": "reach"}
    said = run("annotations", "check", write_jsonl(tmp_path / "a.jsonl", [row]), clean, *SCHEMA)
    line = "Annotations: 1 of 1 rows are used, for 1 episodes; steps with a text: plan 4.\n"
    assert (said.code, said.out) == (0, line)


def test_a_key_that_several_episodes_share_says_nothing(clean, tmp_path, run):
    """In this dataset episodes of train and val have the same file and number: nothing tells which one is meant."""
    keys = [episode["episode_key"] for episode in names(clean)]
    shared = [key for key in keys if key in ("/data/episode_0000.npy--0", "/data/episode_0001.npy--1")]
    assert (len(keys), len(shared)) == (4, 2)
    rows = [{"episode_key": key, "start": 0, "field": "plan", "value": "x"} for key in keys]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    alone = run("annotations", "check", path, clean, *SCHEMA, "--json")
    assert (alone.code, alone.json["used"], alone.json["ambiguous"]) == (0, 4, 0)
    said = run("annotations", "check", path, clean, *SCHEMA, "--split", "train+val")
    lines = said.out.splitlines()
    assert (said.code, len(lines)) == (3, 2)
    assert "2 of 4 rows are used, for 2 episodes" in lines[0]
    assert (
        "2 rows have an episode_key that several episodes share, and are left out: a.jsonl line" in lines[1]
    )


def test_forms_are_converted(tmp_path, run):
    said = {"p": {"1": {"reasoning": {"0": {"plan": "a"}, "1": {"plan": ""}}}}}
    (tmp_path / "e.json").write_text(json.dumps(said))
    dry = run(
        "annotations", "convert", tmp_path / "e.json", tmp_path / "t.jsonl", "--from", "ecot", "--dry-run"
    )
    assert (dry.code, (tmp_path / "t.jsonl").exists()) == (0, False)
    done = run("annotations", "convert", tmp_path / "e.json", tmp_path / "t.jsonl", "--from", "ecot")
    assert done.out == f"{tmp_path / 't.jsonl'}: 1 rows\n  1 steps at which a field is empty\n"
    row = {"episode_key": "p--1", "start": 0, "stop": 1, "field": "plan", "value": "a"}
    assert json.loads((tmp_path / "t.jsonl").read_text()) == row
