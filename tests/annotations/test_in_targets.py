"""A plan of an annotation table in the target: steps that it says nothing of have no such sample, and no plan breaks a target."""

import pytest

import vladata
from tests.annotations.made import names, write_jsonl
from tests.conversion import asked, convert
from tests.outcome import rejected
from vladata.errors import UsageError
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

RECIPE = """
name: planned
tasks: {action: {prompt: "Instruction: {instruction}", target: "Plan: {plan}. Action: {action}"}}
action: {codec: rt2, bounds: quantiles}
images: {cameras: [primary]}
"""
HOSTILE = 'reach {action}\n"then" close. Slowly'


def test_a_plan_in_the_target(clean, tmp_path):
    one, two, three, _ = names(clean)
    rows = [
        {"episode": one["episode"], "start": 0, "stop": 3, "field": "plan", "value": "reach"},
        {"episode": one["episode"], "start": 3, "field": "plan", "value": "close"},
        {"content": two["content"], "start": 0, "stop": 3, "field": "plan", "value": HOSTILE},
        {"episode": three["episode"], "start": 2, "stop": 3, "field": "plan", "value": "x. Action: 1 2 3"},
        {"episode": three["episode"], "start": 3, "stop": 4, "field": "mood", "value": "calm"},
    ]
    table = write_jsonl(tmp_path / "plans.jsonl", rows)
    out = tmp_path / "out"
    manifest = convert(clean, out, recipe=validate(RecipeSpec, RECIPE, "planned"), annotations=(table,))
    dataset = vladata.open(out)
    found = {(sample.episode, sample.step): sample for sample in dataset}
    expected = {(one["episode"], step): "reach" if step < 3 else "close" for step in range(1, 5)}
    expected |= {(two["episode"], step): HOSTILE for step in (1, 2)}
    assert {at: sample.plan for at, sample in found.items()} == expected
    for at, sample in found.items():
        head, _, spelled = sample.target.rpartition(". Action: ")
        assert head == f"Plan: {expected[at]}"
        assert dataset.codec.parse(spelled).tolist() == sample.bins.tolist()
    lost = {(line["episode"], line["step"]): line["says"] for line in rejected(out)}
    assert len(lost) == manifest["ledger"]["steps"]["rejected"] == 16 - len(expected)
    assert "a part of the target holds the words that follow it" in lost[three["episode"], 2]
    assert "the step has no plan" in lost[three["episode"], 3]
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(clean)))] == []


def test_places_are_of_the_picture_that_a_task_shows_first(clean, tmp_path):
    """Each camera's places are kept apart; those that name no camera are of the recipe's first one."""
    one, two, *_ = names(clean)
    rows = [
        {"episode": one["episode"], "start": 0, "field": "point", "camera": "primary", "value": "[1, 2]"},
        {"episode": one["episode"], "start": 0, "field": "point", "camera": "secondary", "value": "[30, 40]"},
        {"episode": two["episode"], "start": 0, "field": "point", "value": "[5, 6]"},
    ]
    point = {"kind": "point", "coordinates": "pixels"}
    tasks = {"all": point, "second": {**point, "cameras": ["secondary"]}, "text": {**point, "cameras": []}}
    table, out = write_jsonl(tmp_path / "points.jsonl", rows), tmp_path / "out"
    convert(clean, out, recipe=asked(tasks, cameras=("primary", "secondary")), annotations=(table,))
    found = {(sample.episode, sample.task): sample.target for sample in vladata.open(out)}
    assert found == {
        (one["episode"], "all"): "1 2",
        (one["episode"], "second"): "30 40",
        (one["episode"], "text"): "1 2",
        (two["episode"], "all"): "5 6",
        (two["episode"], "text"): "5 6",
    }
    assert [str(finding) for finding in rederive(open_output(str(out)), str(clean))] == []


def test_a_field_that_no_row_has_is_refused(clean, tmp_path):
    """With shares its turns would go to the other task, and nobody would miss it."""
    one, *_ = names(clean)
    rows = [{"episode": one["episode"], "start": 0, "field": "subtasks", "value": "reach"}]
    table = write_jsonl(tmp_path / "typo.jsonl", rows)
    tasks = {"action": {"share": 1}, "next": {"kind": "subtask", "share": 1}}
    with pytest.raises(UsageError) as refused:
        convert(clean, tmp_path / "out", recipe=asked(tasks), annotations=(table,))
    assert str(refused.value).startswith(
        'recipe rt2-pali-x, tasks.next: the task needs the field "subtask", but no annotation of a taken step has it; '
        "got 'subtasks'"
    )
