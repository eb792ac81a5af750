"""Tasks with shares: one sample a step, of the task whose turn it is; the same for any cut into units and for any order."""

import json

import numpy as np
import pytest

import vladata
from tests.conversion import asked, convert
from tests.manifests import changed
from tests.rlds_data import write_bridge_like
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.manifest import write_manifest
from vladata.shards.storage import open_output
from vladata.spec.windows import Windows

LENGTHS = (9, 30, 5, 17, 22, 12, 8, 25)  # of which the schema drops two each
TASKS = {"action": {"share": 3}, "instruction": {"share": 1}, "again": {"kind": "instruction", "share": 0.5}}
STEPS = sum(LENGTHS) - 2 * len(LENGTHS)


@pytest.fixture(scope="module")
def episodes(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("shares"), len(LENGTHS), LENGTHS, size=16)


@pytest.fixture(scope="module")
def outs(episodes, tmp_path_factory):
    folder, rules = tmp_path_factory.mktemp("outs"), asked(TASKS)
    record = max(path.stat().st_size for path in episodes.iterdir()) // len(LENGTHS)
    convert(episodes, folder / "source", recipe=rules, order="source")
    convert(episodes, folder / "shuffled", recipe=rules)
    convert(episodes, folder / "cut", recipe=rules, order="source", memory=3 * record, samples_per_shard=7)
    return folder


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for check in (verify(output), rederive(output, str(source))) for finding in check]


def test_a_step_has_one_sample_and_every_run_its_shares(outs):
    samples = list(vladata.open(outs / "source"))
    assert len(samples) == STEPS == len({(sample.episode, sample.step) for sample in samples})
    tasks = [sample.task for sample in samples]
    for name, share in (("action", 3 / 4.5), ("instruction", 1 / 4.5), ("again", 0.5 / 4.5)):
        ahead = np.cumsum(np.array(tasks) == name) - share * np.arange(1, STEPS + 1)
        assert np.abs(ahead).max() < 3
    assert [len(sample.bins) for sample in samples] == [8 if task == "action" else 0 for task in tasks]
    assert {sample.key.rsplit("-", 1)[1] for sample in samples} == set(TASKS)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
@pytest.mark.parametrize("tail", ["repeat", "truncate"])
def test_chunks_beside_tasks_that_spell_no_action(episodes, tmp_path, fmt, tail):
    rules = asked(TASKS).model_copy(update={"windows": Windows(chunk=3, tail=tail, history=2)})
    convert(episodes, tmp_path / "out", recipe=rules, format=fmt)
    assert findings(tmp_path / "out", episodes) == []
    for sample in vladata.open(tmp_path / "out"):
        rows = (sample.valid if tail == "truncate" else 3) if sample.task == "action" else 0
        assert sample.bins.shape == ((rows, 8) if rows else (0, 0))


def test_any_cut_and_any_order_has_the_same_samples(outs):
    plain = {sample.key: (sample.images, sample.fields) for sample in vladata.open(outs / "source")}
    for name in ("shuffled", "cut"):
        dataset = vladata.open(outs / name)
        assert {sample.key: (sample.images, sample.fields) for sample in dataset} == plain
    assert len(vladata.open(outs / "cut").manifest.shards) > 5


def test_the_ledger_has_the_shares_that_came_of_it(outs):
    manifest = vladata.open(outs / "source").manifest
    tasks = [sample.task for sample in vladata.open(outs / "source")]
    assert manifest.ledger["samples"] == {name: tasks.count(name) for name in TASKS}
    assert manifest.ledger["steps"]["written"] == STEPS


@pytest.mark.parametrize("name", ["source", "shuffled", "cut"])
def test_it_agrees_with_itself_and_its_source(name, outs, episodes):
    assert findings(outs / name, episodes) == []


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_leaves_the_turns_of_what_is_taken(limit, outs, episodes, tmp_path):
    convert(episodes, tmp_path / "out", recipe=asked(TASKS), order="source", limit=limit)
    few = [(sample.key, sample.task) for sample in vladata.open(tmp_path / "out")]
    assert few == [(sample.key, sample.task) for sample in vladata.open(outs / "source")][: len(few)]
    assert findings(tmp_path / "out", episodes) == []


def test_turns_are_of_the_steps_that_are_taken(outs, episodes, tmp_path):
    """A split that begins later begins its turns anew, and a selection counts what it leaves."""
    convert(episodes, tmp_path / "out", recipe=asked(TASKS), order="source", split="train[2:]")
    tasks = [sample.task for sample in vladata.open(tmp_path / "out")]
    assert tasks == [sample.task for sample in vladata.open(outs / "source")][: len(tasks)]
    assert findings(tmp_path / "out", episodes) == []


def test_another_turn_is_found(outs, episodes, tmp_path):
    """The output's recipe says other shares than those that its samples were dealt by."""
    out = tmp_path / "out"
    convert(episodes, out, recipe=asked(TASKS), order="source")
    manifest = vladata.open(out).manifest
    recipe = json.loads(json.dumps(manifest.as_json()["recipe"]))
    recipe["tasks"]["action"]["share"] = 2.0
    write_manifest(open_output(str(out)), changed(manifest, recipe=recipe))
    said = findings(out, episodes)
    assert any("the source gives no such sample" in line for line in said)


def test_a_task_without_pictures(episodes, tmp_path):
    """Its samples are text alone, in either format, and are read, verified and remade as such."""
    for fmt in ("webdataset", "tfrecord"):
        tasks = {"action": {"share": 1}, "words": {"kind": "action", "share": 1, "cameras": []}}
        out = tmp_path / fmt
        convert(episodes, out, recipe=asked(tasks), format=fmt)
        dataset = vladata.open(out)
        shown = {task: {tuple(s.images) for s in dataset if s.task == task} for task in tasks}
        assert shown == {"action": {("primary",)}, "words": {()}}
        assert dataset.manifest.partly == ("primary",)
        assert findings(out, episodes) == []


def test_a_picture_that_a_task_does_not_show_is_found(episodes, tmp_path):
    out = tmp_path / "out"
    convert(episodes, out, recipe=asked({"action": {"cameras": []}}))
    manifest = vladata.open(out).manifest
    recipe = json.loads(json.dumps(manifest.as_json()["recipe"]))
    recipe["tasks"]["action"]["cameras"] = None
    write_manifest(open_output(str(out)), changed(manifest, recipe=recipe))
    assert any("the primary image differs from the source's" in line for line in findings(out, episodes))
