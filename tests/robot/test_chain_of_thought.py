"""Plans before actions: from annotations, from the dataset's own field and by rule; what cannot be read back is left out."""

import json

import pytest

import vladata
from tests.conversion import asked, convert
from tests.rlds_data import write_bridge_like
from tests.robot.test_rederive import each, forged, with_fields
from vladata.errors import UnknownName, UsageError
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

COT = {"prompt": "Instruction: {instruction}", "target": "Plan: {plan}. Action: {action}"}
HOSTILE = ["pick. Action: 1 2", "go\non", "{action}", "Action: 1", "stop.", "Plan: x"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("cot"), 2, (8, 5), size=16)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """A plan of each of the steps 1 to 6 of the first episode, and none of the second."""
    rows = [
        {"episode": "train-00000-000000", "start": step, "stop": step + 1, "field": "plan", "value": plan}
        for step, plan in enumerate(HOSTILE, 1)
    ]
    file = tmp_path_factory.mktemp("notes") / "plans.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return (str(file),)


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for check in (verify(output), rederive(output, str(source))) for finding in check]


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_hostile_plans_are_read_back_or_left_out_with_a_reason(fmt, source, notes, tmp_path):
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=asked({"action": COT}), annotations=notes, format=fmt)
    dataset = vladata.open(out)
    target = dataset.task("action")
    plans = {sample.step: sample.plan for sample in dataset}
    assert plans == dict(enumerate(HOSTILE[1:], 2))
    for sample in dataset:
        parts = target.parse(sample.target)
        assert parts["plan"].text == sample.plan
        assert dataset.codec.parse(parts["action"].text).tolist() == sample.bins.tolist()
        part = parts["action"]
        assert sample.target[part.start : part.stop] == part.text
    lines = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    late = {(line["episode"][-1], line["step"]): line for line in lines if line["reason"] == "unsayable"}
    assert sorted(late) == [("0", 1), ("1", 1), ("1", 2), ("1", 3)]
    assert "a part of the target holds the words that follow it" in late["0", 1]["says"]
    assert late["1", 2]["says"] == "task action: the step has no plan."
    assert manifest["ledger"]["steps"]["rejected"] == 4
    assert manifest["ledger"]["reasons"]["unsayable"] == {"outcome": "rejected", "episodes": 1, "steps": 4}
    assert findings(out, source) == []


def test_a_plan_that_the_target_does_not_say_is_named(source, notes, tmp_path):
    convert(source, tmp_path / "out", recipe=asked({"action": COT}), annotations=notes, order="source")
    forged(tmp_path / "out", each(0, lambda sample: with_fields(sample, plan="another")))
    assert [line.partition(": ")[2] for line in findings(tmp_path / "out", source)] == [
        "the target does not spell the plan 'another'",
        f"plan is 'another', but the source gives {HOSTILE[1]!r}",
    ]


def test_a_step_without_a_plan_goes_to_the_first_task_that_can(source, notes, tmp_path):
    tasks = {"cot": {"kind": "action", "share": 1, **COT}, "action": {"share": 1}}
    manifest = convert(source, tmp_path / "out", recipe=asked(tasks), annotations=notes, order="source")
    found = [(sample.step, sample.task, sample.plan) for sample in vladata.open(tmp_path / "out")]
    drawn = ["cot", "action"] * 5
    planned = dict(enumerate(HOSTILE, 1))
    expected = []
    for i, step in enumerate([*range(1, 7), 1, 2, 3]):
        plan = planned[step] if i < 6 else ""
        can = plan and ". Action: " not in plan
        expected.append((step, drawn[i] if can else "action", plan))
    assert found == expected
    assert manifest["ledger"]["samples"] == {"cot": 2, "action": 7}
    assert manifest["ledger"]["steps"]["rejected"] == 0
    assert findings(tmp_path / "out", source) == []


def test_the_datasets_own_plan_comes_first(source, notes, tmp_path):
    schema = find.schema("bridge_dataset")
    language = schema.language.model_copy(update={"plan": schema.language.path})
    own = schema.model_copy(update={"language": language})
    convert(source, tmp_path / "out", spec=own, recipe=asked({"action": COT}), annotations=notes)
    samples = list(vladata.open(tmp_path / "out"))
    assert len(samples) == 9
    assert {sample.plan == sample.instruction != "" for sample in samples} == {True}
    assert findings(tmp_path / "out", source) == []


def test_a_plan_by_rule_needs_no_annotations(source, tmp_path):
    convert(source, tmp_path / "out", recipe=asked({"action": {**COT, "plan_from": "movement"}}))
    plans = {sample.plan for sample in vladata.open(tmp_path / "out")}
    assert all(
        plan == "stop" or plan.split()[0] in ("move", "tilt", "rotate", "open", "close") for plan in plans
    )
    assert findings(tmp_path / "out", source) == []


def test_annotations_are_asked_for_before_anything_is_read(source, tmp_path):
    with pytest.raises(UsageError) as caught:
        convert(source, tmp_path / "out", recipe=asked({"action": COT}))
    assert str(caught.value) == (
        'recipe rt2-pali-x, tasks.action: the task needs annotations for "plan".\n'
        "  Give a table that has it: --annotations FILE (docs/annotations.md). A plan can also be made by a rule: "
        "plan_from: subgoal."
    )


def test_movements_need_a_state_that_tells(source, tmp_path):
    schema = find.schema("bridge_dataset").model_copy(update={"state": None})
    with pytest.raises(
        UsageError, match=r"which the schema does not declare; allowed: at least one of x y z roll"
    ):
        convert(source, tmp_path / "out", spec=schema, recipe=asked({"movement": {}}))


def test_a_camera_that_is_not_taken(source, tmp_path):
    with pytest.raises(
        UnknownName, match=r'recipe rt2-pali-x, tasks\.action\.cameras: there is no camera "wrist"'
    ):
        convert(source, tmp_path / "out", recipe=asked({"action": {"cameras": ["wrist"]}}))


def test_a_state_that_no_schema_has(source, tmp_path):
    schema = find.schema("bridge_dataset").model_copy(update={"state": None})
    rules = find.recipe("pi0-fast")
    with pytest.raises(UsageError, match="the recipe spells the state, but the schema declares no state"):
        convert(source, tmp_path / "out", spec=schema, recipe=rules)


def test_the_target_of_a_task(source, tmp_path):
    convert(source, tmp_path / "out", recipe=asked({"action": {}, "instruction": {}}))
    dataset = vladata.open(tmp_path / "out")
    assert dataset.task("action").parse("1 2")["action"].text == "1 2"
    assert dataset.task("instruction").places == ("instruction",)
    with pytest.raises(UnknownName, match='there is no task "plan"'):
        dataset.task("plan")
