"""Rendering again, case by case: each against a second conversion of the same source with the asked recipe."""

import json
from itertools import count

import numpy as np
import pytest

import vladata
from tests.loaders.again import assert_same, opened, rules
from tests.loaders.columns import columns_of
from tests.rlds_data import write_bridge_like
from vladata.errors import LoadError, UnknownName, UsageError
from vladata.loaders.rendering.rerender import Rerender

LENGTHS = (9, 21, 5, 14)
ACTION = {"action": {}}
DEALT = {"action": {"share": 3}, "instruction": {"share": 1, "loss_weight": 0.5}}
THREE = ["go to {instruction}:", "{instruction}!", "please, {instruction}"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    return write_bridge_like(folder, len(LENGTHS) * 3, LENGTHS, val_episodes=4, num_shards=3, size=16)


@pytest.fixture(scope="module")
def out(source, tmp_path_factory):
    """rules -> an opened conversion with them, made once."""
    folder, known, number = tmp_path_factory.mktemp("outs"), {}, count()

    def converted(asked, **settings):
        name = json.dumps([asked.model_dump(mode="json"), settings])
        if name not in known:
            known[name] = opened(source, folder / str(next(number)), asked, **settings)
        return known[name]

    return converted


def test_shares_are_dealt_as_at_conversion(out):
    plain, asked = rules(tasks=ACTION), rules(tasks=DEALT)
    stored, converted = (out(each, split="train+val") for each in (plain, asked))
    found = assert_same(stored, converted, asked)
    assert {"action", "instruction"} == set(found["task"])
    other = {"instruction": {"share": 1}, "action": {"share": 6}}
    assert_same(converted, out(rules(tasks=other), split="train+val"), rules(tasks=other))
    assert_same(converted, stored, plain)


def test_shares_are_not_dealt_of_what_is_left_of_a_dataset(out):
    asked = rules(tasks=DEALT, windows={"chunk": 2, "tail": "truncate"})
    with pytest.raises(UsageError, match="its windows are at other steps"):
        Rerender(out(rules(tasks=ACTION, windows={"chunk": 3})), asked)
    with pytest.raises(UsageError, match=r"a split was converted in parts \(tasks\)"):
        Rerender(out(rules(tasks=ACTION), split="train[50%:]+train[:50%]"), rules(tasks=DEALT))


@pytest.mark.parametrize("tail", ["repeat", "truncate"])
@pytest.mark.parametrize(
    "asked",
    [
        {"chunk": 4, "tail": "repeat"},
        {"chunk": 4, "tail": "truncate"},
        {"chunk": 2, "tail": "truncate"},
        {"chunk": 3, "tail": "repeat"},
        {},
    ],
)
def test_chunks_and_their_tails(tail, asked, out):
    stored = out(rules(windows={"chunk": 4, "tail": tail}))
    assert_same(stored, out(rules(windows=asked)), rules(windows=asked))


def test_a_dropped_tail_stays_dropped(out):
    """Statistics of actions are of the same steps as long as no episode was too short for a chunk."""
    stored = out(rules(windows={"chunk": 3}))
    found = assert_same(
        stored,
        out(rules(windows={"chunk": 2, "tail": "repeat"})),
        rules(windows={"chunk": 2, "tail": "repeat"}),
    )
    assert found["valid"].min() == 2
    short = out(rules(windows={"chunk": 8}))  # episodes of 3 steps have none
    with pytest.raises(UsageError, match=r"statistics of the action come from other steps"):
        Rerender(short, rules(windows={}))
    assert len(Rerender(short, rules(action={"codec": "rt1"})).contracts) == 1  # fixed bounds need none


def test_histories(out):
    stored = out(rules(windows={"history": 5, "stride": 2}))
    for asked in ({"history": 3, "stride": 4}, {"history": 2, "stride": 2}, {}):
        assert_same(stored, out(rules(windows=asked)), rules(windows=asked))
    with pytest.raises(UsageError, match=r"it needs frames 3 steps apart, but the stored frames are 2 apart"):
        Rerender(stored, rules(windows={"history": 2, "stride": 3}))
    with pytest.raises(UsageError, match=r"would have to be left out \(windows.head: drop\)"):
        Rerender(stored, rules(windows={"history": 2, "stride": 2, "head": "drop"}))


def test_several_tasks_of_a_step(out):
    tasks = {"action": {}, "words": {"kind": "instruction", "cameras": []}}
    other = {
        "words": {"kind": "instruction", "prompt": "What now?", "cameras": []},
        "action": {"loss_weight": 2.0},
    }
    stored = out(rules(tasks=tasks))
    found = assert_same(stored, out(rules(tasks=other)), rules(tasks=other))
    assert {name: len(images) for name, images in zip(found["task"], found["images"], strict=True)} == {
        "action": 1,
        "words": 0,
    }
    with pytest.raises(UsageError, match=r"it makes 1 samples of each step, but 2 are stored \(tasks\)"):
        Rerender(stored, rules(tasks=ACTION))
    with pytest.raises(
        UsageError, match=r"its tasks are action, text, but the stored ones are action, words"
    ):
        Rerender(stored, rules(tasks={"action": {}, "text": {"kind": "instruction"}}))
    shown = {"action": {}, "words": {"kind": "instruction"}}
    with pytest.raises(UsageError, match="camera primary is not in the samples, which show none"):
        Rerender(stored, rules(tasks=shown))


def test_cameras(out):
    images = {"cameras": "all"}
    stored = out(rules(images=images))
    for cameras in ("first", ["primary"], ["secondary", "primary"]):
        asked = rules(images={"cameras": cameras})
        assert_same(stored, out(asked), asked)
    with pytest.raises(UsageError, match=r"camera secondary is not in the samples, which show primary"):
        Rerender(out(rules(tasks=ACTION)), rules(images={"cameras": ["secondary"]}))
    with pytest.raises(UsageError, match=r"schema bridge_dataset has no camera elbow \(images.cameras\)"):
        Rerender(stored, rules(images={"cameras": ["elbow"]}))


def test_states_and_quantiles(out):
    state = {"codec": "rt2", "bounds": "min_max"}
    asked = rules(state=state, tasks={"action": {"prompt": "{state} {instruction}"}})
    assert_same(out(rules(tasks=ACTION)), out(asked), asked)
    wide = rules(action={"codec": "rt2", "bounds": {"quantiles": [0.1, 0.9]}})
    assert_same(out(wide), out(rules(tasks=ACTION)), rules(tasks=ACTION))
    with pytest.raises(UsageError, match="the statistics do not have this quantile"):
        Rerender(out(rules(tasks=ACTION)), wide)


def test_the_end_of_an_episode(out):
    done = {"success": {"done": 3, "undone": 3, "yes": "it is", "no": "it is not"}}
    stored = out(rules(windows={"chunk": 4, "tail": "repeat"}))
    asked = rules(tasks=done, windows={"chunk": 2, "tail": "repeat"})
    found = assert_same(stored, out(asked), asked)
    assert {"it is", "it is not"} == set(found["target"])
    with pytest.raises(UsageError, match=r"samples show the end of the episode only 1 steps before it"):
        Rerender(out(rules(tasks=ACTION)), rules(tasks=done))


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ({"subgoal": {}}, r"task subgoal says \{subgoal\}: it comes from other steps of the episode"),
        ({"steps_between": {}}, r"a task of kind steps_between chooses its own frames"),
        ({"plan": {}}, r"task plan says \{plan\}: not every sample has a plan from annotations"),
        ({"plan": {"plan_from": "movement"}}, r"says \{plan\}: it comes from other steps"),
    ],
)
def test_what_other_steps_decide_is_refused(task, says, out):
    with pytest.raises(UsageError, match=says):
        Rerender(out(rules(tasks=ACTION)), rules(tasks=task))


def test_equal_shares_keep_the_task_of_every_sample(out):
    """Frames of steps_between are drawn, success leaves steps out, whose turn goes to action: all of it stays."""
    tasks = {
        "action": {"share": 3},
        "steps_between": {"share": 1, "most": 5},
        "success": {"share": 1, "undone": 3},
    }
    other = {name: {**task, "prompt": f"{name} {{instruction}}?"} for name, task in tasks.items()}
    stored, asked = out(rules(tasks=tasks)), rules(tasks=other)
    found = assert_same(stored, out(asked), asked)
    assert set(found["task"]) == set(tasks)
    batch = stored.read_batch(range(len(stored)))
    again = Rerender(stored, asked).columns(batch)
    assert again["prompt"] == found["prompt"]
    np.testing.assert_array_equal(again["frames"], found["frames"])
    less = {**other, "success": {**other["success"], "undone": 1}}
    with pytest.raises(UsageError, match="tasks take turns among those that have words for a step"):
        Rerender(stored, rules(tasks=less))


def test_parts_of_stored_targets_are_taken_from_there(out):
    stored = rules(
        tasks={"action": {"target": "Plan: {plan} ({movement}). Do: {action}", "plan_from": "subgoal"}}
    )
    asked = rules(
        tasks={
            "action": {
                "prompt": "{instruction} ({movement})",
                "target": "{action}; {plan}",
                "plan_from": "subgoal",
            }
        }
    )
    assert_same(out(stored), out(asked), asked)
    other = rules(tasks={"plan": {"plan_from": "movement"}})
    with pytest.raises(UsageError, match=r"says \{plan\}"):
        Rerender(out(stored), other)


def test_prompts_are_those_of_the_conversion_and_drawn_anew_in_later_epochs(out):
    asked = rules(tasks={"action": {"prompt": THREE}})
    stored, converted = out(rules(tasks=ACTION)), out(asked)
    assert_same(stored, converted, asked)
    batch = columns_of(list(stored))
    again = Rerender(stored, asked, seed=7)
    epochs = [again.columns(batch, epoch)["prompt"] for epoch in range(3)]
    assert len({tuple(prompts) for prompts in epochs}) == 3
    backwards = columns_of(list(stored)[::-1])
    assert again.columns(backwards, 2)["prompt"] == epochs[2][::-1]
    assert Rerender(stored, asked, seed=8).columns(batch, 1)["prompt"] != epochs[1]
    assert Rerender(stored, asked, prompts="kept").columns(batch, 2)["prompt"] == epochs[0]
    assert again.columns(batch, 1)["target"] == again.columns(batch)["target"]


def test_prompts_alone(out):
    stored = out(rules(tasks={"action": {"prompt": THREE, "share": 3}, "instruction": {"share": 1}}))
    batch = columns_of(list(stored))
    again = Rerender(stored)
    assert again.contracts == stored.contracts
    assert again.columns(batch) == batch
    later = again.columns(batch, 1)
    changed = [before != after for before, after in zip(batch["prompt"], later["prompt"], strict=True)]
    assert (
        0.4
        < np.mean([one for one, task in zip(changed, batch["task"], strict=True) if task == "action"])
        < 0.9
    )
    assert not any(one for one, task in zip(changed, batch["task"], strict=True) if task == "instruction")
    for name in ("target", "task", "plan", "instruction", "contract"):
        assert later[name] == batch[name]
    np.testing.assert_array_equal(later["bins"], batch["bins"])
    with pytest.raises(UsageError, match="no task of the samples' recipes has several prompts"):
        Rerender(out(rules(tasks=ACTION)))


def test_a_sample_that_cannot_be_rendered_is_named(out):
    stored = out(rules(tasks=ACTION))
    batch = columns_of(list(stored[:4]))
    batch["valid"] = np.array([1, 1, 0, 1], np.int32)
    again = Rerender(stored, "rt2-palm-e")
    with pytest.raises(LoadError, match=f"{stored[2].key}: the sample has no action"):
        again.columns(batch)
    faults = []
    found = again.columns(batch, faults=faults)
    assert [place for place, _ in faults] == [2]
    assert found["key"] == [stored[i].key for i in (0, 1, 3)]
    assert found["action"].shape == (3, 1, 7)
    batch["valid"][:] = 0
    found = again.columns(batch, faults=[])
    assert (found["key"], found["prompt"], found["bins"].shape) == ([], [], (0, 1, 8))


def test_what_is_no_recipe(out, tmp_path):
    stored = out(rules(tasks=ACTION))
    with pytest.raises(UnknownName, match='there is no recipe "rt2-palm"'):
        Rerender(stored, "rt2-palm")
    with pytest.raises(UsageError, match="unknown kind of recipe; got 3"):
        Rerender(stored, 3)
    with pytest.raises(UnknownName, match='there is no source of the mixture "bridge"'):
        Rerender(stored, {"bridge": "rt2-palm-e"})
    with pytest.raises(UsageError, match='unknown prompts; got "often"'.replace('"', "'")):
        Rerender(stored, "rt2-palm-e", prompts="often")
    with pytest.raises(UsageError, match=r"it takes other episodes or steps \(select\)"):
        Rerender(stored, rules(select={"every": 2}))
    with pytest.raises(UsageError, match="codec fast learns from all chunks of the dataset"):
        Rerender(out(rules(windows={"chunk": 4})), rules(windows={"chunk": 4}, action={"codec": "fast"}))
    assert vladata.open(stored.url).contracts == Rerender(stored, rules(tasks=ACTION)).contracts
