"""A recipe that names two tasks has two samples a step.

Everything that knows samples knows them by episode, step and task, and counts them beside episodes and steps.
"""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import vladata
from tests.conversion import asked, convert, recipe
from tests.manifests import changed
from tests.mix.made import mix, mixture
from tests.readers.conftest import png
from tests.rlds_data import Faults, write_bridge_like
from vladata.keys import SampleId
from vladata.robot.rederive import rederive
from vladata.runs.index_table import INDEX_COLUMNS, index_table
from vladata.runs.receipts import ROWS, Receipt
from vladata.runs.verify import verify
from vladata.shards.manifest import ShardEntry, write_manifest
from vladata.shards.naming import FORMATS
from vladata.shards.storage import open_output
from vladata.shards.writer import write_shard

BOTH = ("action", "instruction")
STEPS = 16  # of the 24 that are recorded: the schema drops the first and the last of each episode


def two_tasks(**images):
    words = {"prompt": "Q: what is the robot doing? A:", "loss_weight": 0.5}
    return asked({"action": {}, "instruction": words}, cameras=("primary",), **images)


@pytest.fixture(scope="module", params=FORMATS)
def out(request, clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("two") / "out"
    convert(clean, out, recipe=two_tasks(), format=request.param, samples_per_shard=15)
    return out


@pytest.fixture(scope="module")
def one(clean, tmp_path_factory):
    """With the first task alone."""
    out = tmp_path_factory.mktemp("one") / "out"
    convert(clean, out, recipe=recipe(cameras=("primary",)))
    return vladata.open(out)


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for check in (verify(output), rederive(output, str(source))) for finding in check]


def test_a_step_has_a_sample_of_each(out, one):
    by_id = {sample.id: sample for sample in vladata.open(out)}
    assert len(by_id) == len(vladata.open(out)) == 2 * STEPS
    for action in one:
        first, second = by_id[action.id], by_id[action.id._replace(task="instruction")]
        assert first.key == f"{action.key}-action"
        assert second.key == f"{action.key}-instruction"
        assert (first.prompt, first.target) == (action.prompt, action.target)
        assert first.bins.tolist() == action.bins.tolist()
        assert (second.prompt, second.target) == ("Q: what is the robot doing? A:", action.instruction)
        assert second.bins.tolist() == []
        assert (first.loss_weight, second.loss_weight) == (1.0, 0.5)
        for sample in (first, second):  # what both may be rendered from again
            assert sample.action.tolist() == action.action.tolist()
            assert (sample.contract, sample.images) == (action.contract, action.images)


def test_the_ledger_counts_samples_beside_steps(out):
    manifest = vladata.open(out).manifest
    assert manifest.ledger["episodes"]["written"] == 4
    assert manifest.ledger["steps"] == {"read": 24, "written": STEPS, "filtered": 8, "rejected": 0}
    assert manifest.ledger["samples"] == {"action": STEPS, "instruction": STEPS}
    assert manifest.samples == 2 * STEPS


def test_shards_are_planned_by_samples(out):
    assert [shard.samples for shard in vladata.open(out).manifest.shards] == [11, 11, 10]


def test_the_index_names_the_tasks(out):
    dataset = vladata.open(out)
    columns = [dataset.index[name].to_pylist() for name in SampleId._fields]
    assert [SampleId(*row) for row in zip(*columns, strict=True)] == [sample.id for sample in dataset]


def test_it_agrees_with_itself_and_its_source(out, clean):
    assert findings(out, clean) == []


def test_one_task_has_the_keys_and_bytes_of_before(one, clean, tmp_path):
    rules = asked({"action": {}}, cameras=("primary",))
    convert(clean, tmp_path / "out", recipe=rules)
    again = vladata.open(tmp_path / "out").manifest
    assert again.shards == one.manifest.shards
    assert one[0].key.count("-") == 4


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_image_that_does_not_decode_costs_both_samples_and_one_step(fmt, tmp_path):
    cut = png(1)[:400] + png(1)[-12:]  # its header and its end are right
    source = write_bridge_like(tmp_path, episodes=2, steps=4, faults=Faults(images={(0, 1): cut}))
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=two_tasks(size=32), format=fmt)
    assert manifest["ledger"]["steps"] == {"read": 8, "written": 3, "filtered": 4, "rejected": 1}
    assert manifest["ledger"]["samples"] == {"action": 3, "instruction": 3}
    assert manifest["ledger"]["reasons"]["bad_image"] == {"outcome": "rejected", "episodes": 0, "steps": 1}
    lines = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    late = sorted((line["episode"], line["step"], line["task"]) for line in lines if "task" in line)
    assert late == [("train-00000-000000", 1, task) for task in BOTH]
    assert findings(out, source) == []


def forged(out, change):
    """Rewrites the output, as one shard with right index and checksums, with the samples that `change` makes of its own."""
    dataset, output = vladata.open(out), open_output(str(out))
    samples, manifest = change(list(dataset)), dataset.manifest
    shard = write_shard(output, manifest.shards[0].path, samples, manifest.format)
    columns = {
        "shard": np.zeros(len(samples), np.int32),
        "offset": shard.offsets[:-1],
        "length": np.diff(shard.offsets),
        **{name: [getattr(sample, name) for sample in samples] for name in SampleId._fields},
    }
    done = ShardEntry("train", shard.path, shard.samples, shard.bytes, shard.checksum)
    rows = pa.table(columns).cast(pa.schema([*ROWS, ("task", pa.string())]))
    names = {"dataset": [manifest.name], "task": list(BOTH)}
    written = output.write(
        "index.arrow", index_table(INDEX_COLUMNS, names, [Receipt(0, (done,), (), {}, rows)])
    )
    entry = {"path": "index.arrow", "bytes": written.bytes, "checksum": written.checksum}
    shards = [{name: getattr(done, name) for name in type(done).__slots__}]
    files = [entry if file["path"] == "index.arrow" else file for file in manifest.as_json()["files"]]
    for path in (other.path for other in manifest.shards[1:]):
        output.remove(path)
    write_manifest(
        output,
        changed(
            manifest, shards=shards, files=files, splits={"train": {"shards": 1, "samples": len(samples)}}
        ),
    )


def renamed(sample, task):
    return replace(
        sample, fields={**sample.fields, "task": task}, key=sample.key.rsplit("-", 1)[0] + f"-{task}"
    )


@pytest.mark.parametrize("fmt", FORMATS)
def test_samples_are_told_apart_by_their_task(fmt, clean, tmp_path):
    """One task of a step for the other: as many samples of each step as before, and not those of the source."""
    out = tmp_path / "out"
    convert(clean, out, recipe=two_tasks(), format=fmt, order="source")
    lost = vladata.open(out)[1].id
    assert lost.task == "instruction"
    forged(out, lambda samples: [samples[0], renamed(samples[0], "action"), *samples[2:]])
    said = [str(finding) for finding in rederive(open_output(str(out)), str(clean))]
    where = f"{lost.episode}, step {lost.step}"
    assert said == [
        f"{where}, task action: the output has this step more than once",
        f"{where}, task instruction: the source has this step, but the output does not",
    ]


def test_an_index_with_the_tasks_swapped_is_found(clean, tmp_path):
    out = tmp_path / "out"
    convert(clean, out, recipe=two_tasks(), order="source")
    dataset, output = vladata.open(out), open_output(str(out))
    index = dataset.index.combine_chunks()
    names = (
        pa.array(index["task"].to_pylist()[::-1]).dictionary_encode().cast(index.schema.field("task").type)
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, index.schema) as writer:
        writer.write_table(index.set_column(index.column_names.index("task"), "task", names))
    written = output.write("index.arrow", [sink.getvalue().to_pybytes()])
    entry = {"path": "index.arrow", "bytes": written.bytes, "checksum": written.checksum}
    files = [entry if file["path"] == "index.arrow" else file for file in dataset.manifest.as_json()["files"]]
    write_manifest(output, changed(dataset.manifest, files=files))
    assert [str(finding) for finding in verify(output)] == [
        f"index.arrow, {dataset.manifest.shards[0].path}: the rows of this shard do not match its samples in order"
    ]


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        ({"action": 15, "instruction": 16}, "31 samples written, its splits hold 32 samples"),
        ({"action": 17, "instruction": 15}, "17 samples of task action, of 16 steps written"),
        ({"action": 33, "instruction": -1}, "-1 samples of task instruction, of 16 steps written"),
    ],
)
def test_a_ledger_of_other_samples_is_found(samples, says, clean, tmp_path):
    out = tmp_path / "out"
    manifest = convert(clean, out, recipe=two_tasks())
    output = open_output(str(out))
    ledger = {**manifest["ledger"], "samples": samples}
    write_manifest(output, changed(vladata.open(out).manifest, ledger=ledger))
    assert f"manifest.json, ledger: {says}" in [str(finding) for finding in verify(output)]


def test_both_tasks_go_into_a_mixture(out, tmp_path):
    mix(mixture({"a": 1}, epoch=60, window=10), tmp_path / "mixed", {"a": out})
    mixed = vladata.open(tmp_path / "mixed")
    assert len({sample.key for sample in mixed}) == 60
    assert {sample.task for sample in mixed} == set(BOTH) == set(mixed.index["task"].to_pylist())
    assert list(verify(open_output(str(tmp_path / "mixed")))) == []
