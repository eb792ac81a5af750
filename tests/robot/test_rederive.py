"""What checksums cannot see: outputs that agree with their manifest to the last bit, and not with their source.

`forged` rewrites an output with the product's own writers, so that every length, checksum, count and offset is right.
"""

import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import vladata
from tests.conversion import convert
from tests.damage import copied, edit, files
from tests.manifests import changed
from tests.rlds_data import jpeg, write_bridge_like
from vladata.actions.contract import codec_from_contract
from vladata.errors import OutputError
from vladata.robot.rederive import rederive
from vladata.runs.index_table import INDEX_COLUMNS, index_table
from vladata.runs.receipts import ROWS, Receipt
from vladata.runs.verify import verify
from vladata.shards.manifest import ShardEntry, write_manifest
from vladata.shards.storage import open_output
from vladata.shards.writer import write_shard

FORMATS = ("webdataset", "tfrecord")


@pytest.fixture(scope="module", params=FORMATS)
def whole(request, clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    convert(clean, out, format=request.param, split="train[:3]", order="source")
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def forged(out, change):
    """Rewrites the output, of one shard, with the samples that `change` makes of its own."""
    dataset = vladata.open(out)
    samples, manifest, output = change(list(dataset)), dataset.manifest.as_json(), open_output(str(out))
    shard = write_shard(output, manifest["shards"][0]["path"], samples, manifest["format"])
    columns = {
        "shard": np.zeros(len(samples), np.int32),
        "offset": shard.offsets[:-1],
        "length": np.diff(shard.offsets),
        "episode": [sample.fields.get("episode", "train-00000-000000") for sample in samples],
        "step": np.array([sample.fields.get("step", 1) for sample in samples], np.int32),
    }
    done = ShardEntry("train", shard.path, shard.samples, shard.bytes, shard.checksum)
    receipt = Receipt(0, (done,), (), {}, pa.table(columns, schema=ROWS))
    written = output.write(
        "index.arrow",
        index_table(INDEX_COLUMNS, {"dataset": [manifest["name"]], "task": ["action"]}, [receipt]),
    )
    manifest["shards"] = [vars_of(done)]
    manifest["splits"] = {"train": {"shards": 1, "samples": len(samples)}}
    manifest["files"] = [
        {"path": "index.arrow", "bytes": written.bytes, "checksum": written.checksum}
        if entry["path"] == "index.arrow"
        else entry
        for entry in manifest["files"]
    ]
    steps = manifest["ledger"]["steps"]
    lost = steps["written"] - len(samples)
    manifest["ledger"]["steps"] = {**steps, "written": len(samples), "read": steps["read"] - lost}
    manifest["ledger"]["samples"] = {"action": len(samples)}
    write_manifest(output, changed(dataset.manifest, **manifest))


def vars_of(value):
    return {name: getattr(value, name) for name in type(value).__slots__}


def with_fields(sample, **fields):
    return replace(sample, fields={**sample.fields, **fields})


def another(sample, **fields):
    return replace(with_fields(sample, **fields), key="a-key-of-its-own")


def each(position, change):
    """Changes the sample at one position."""
    return lambda samples: [change(s) if i == position else s for i, s in enumerate(samples)]


def findings(check):
    return [str(finding) for finding in check]


def checked(out, source):
    """What `verify` finds alone, and with the source."""
    output = open_output(str(out))
    return findings(verify(output)), findings(rederive(output, str(source)))


def test_a_whole_output(out, clean):
    assert checked(out, clean) == ([], [])


def test_the_forger_forges_well(out, clean):
    forged(out, lambda samples: samples)
    assert checked(out, clean) == ([], [])


def test_another_target_and_its_bins(out, clean):
    codec = codec_from_contract(vladata.open(out).contract)

    def turn(sample):
        bins = [*sample.fields["bins"][:3], 255 - sample.fields["bins"][3], *sample.fields["bins"][4:]]
        return with_fields(sample, bins=bins, target=codec.text(np.array(bins, np.int32)))

    forged(out, each(1, turn))
    alone, found = checked(out, clean)
    assert alone == []
    assert [line.split(": ")[1].split(" is ")[0].split(" differs ")[0] for line in found] == [
        "target",
        "bins",
        "dz",
    ]
    assert all(line.startswith("train-00000-000000, step 2: ") for line in found)


def test_another_target_alone(out, clean):
    forged(out, each(0, lambda s: with_fields(s, target=f"{s.fields['target']}0")))
    alone, _ = checked(out, clean)
    bins = codec_from_contract(vladata.open(out).contract).text(
        np.array(vladata.open(out)[0].fields["bins"], np.int32)
    )
    (said,) = alone
    assert said.endswith(f"-train-00000-000000-0001: the target does not spell the bins {bins}")


def test_another_instruction(out, clean):
    forged(out, each(0, lambda s: with_fields(s, instruction="dance", prompt="dance")))
    alone, found = checked(out, clean)
    assert alone == []
    assert [line.split(" the source gives")[0] for line in found] == [
        "train-00000-000000, step 1: prompt is 'dance', but",
        "train-00000-000000, step 1: instruction is 'dance', but",
    ]


def test_another_action_in_the_last_digit(out, clean):
    def nudge(sample):
        action = np.array(sample.fields["action"], np.float32)
        action[0] = np.nextafter(action[0], np.float32(1))
        return with_fields(sample, action=action)

    forged(out, each(0, nudge))
    alone, found = checked(out, clean)
    assert alone == []
    (said,) = found
    assert said.startswith("train-00000-000000, step 1: action is [")


def test_another_image(out, clean):
    other = jpeg(np.random.default_rng(99))
    forged(out, each(5, lambda s: replace(s, images={"primary": other})))
    assert checked(out, clean) == (
        [],
        ["train-00000-000001, step 2: the primary image differs from the source's"],
    )


def test_a_sample_that_is_missing(out, clean):
    forged(out, lambda samples: samples[:5] + samples[6:])
    assert checked(out, clean) == (
        [],
        ["train-00000-000001, step 2: the source has this step, but the output does not"],
    )


def test_a_sample_too_many(out, clean):
    forged(out, lambda samples: [*samples, another(samples[0], step=0)])
    assert checked(out, clean) == ([], ["train-00000-000000, step 0: the source gives no such sample"])


def test_a_sample_that_is_there_twice(out, clean):
    key = vladata.open(out)[2].key
    forged(out, lambda samples: [*samples, samples[2]])
    assert checked(out, clean) == (
        [f"key {key}: 2 samples have this key; only one may have it"],
        ["train-00000-000000, step 3: the output has this step more than once"],
    )


def test_an_episode_that_the_source_has_not(out, clean):
    forged(out, lambda samples: [*samples, another(samples[0], episode="train-00009-000000")])
    assert checked(out, clean) == (
        [],
        ["train-00009-000000: 1 samples of an episode that is not in the source"],
    )


@pytest.mark.parametrize("name", ["task", "target", "state", "episode", "step"])
def test_a_sample_whose_fields_are_not_all_there(name, out, clean):
    def without(sample):
        return replace(sample, fields={n: v for n, v in sample.fields.items() if n != name})

    forged(out, each(0, without))
    output = open_output(str(out))
    rows = [
        f for f in findings(verify(output)) if "rows of this shard" not in f
    ]  # where the place is missing
    assert [said.rpartition("fields of the manifest, ")[2] for said in rows] == [
        f"missing or too many: {name}"
    ]
    says = "the source has this step, but the output does not" if name == "step" else f"it has no {name}"
    assert findings(rederive(output, str(clean)))[0].endswith(says)


def test_bins_that_are_none(out):
    wrong = [[1, 2], [1, 0, 0, 0, 0, 0, 0, 256], [-1] * 8]
    if vladata.open(out).manifest.as_json()["format"] == "webdataset":  # JSON holds anything
        wrong += [[1.5] * 8, ["x"] * 8, [[1]], [2**40] * 8, "12345678"]
    for bins in wrong:
        forged(out, each(0, lambda s, bins=bins: with_fields(s, bins=bins)))
        (said,) = findings(verify(open_output(str(out))))
        assert "-train-00000-000000-0001: " in said
        assert "bins" in said


def test_only_the_episodes_that_were_asked_for(clean, tmp_path):
    convert(clean, tmp_path / "out", split="val+train", limit=3)
    assert checked(tmp_path / "out", clean) == ([], [])


def test_an_episode_that_was_left_out_needs_no_sample(clean, tmp_path):
    source = copied(clean, tmp_path)

    def spoil(features):
        features["steps/observation/state"][7 * 3] = np.nan

    edit(files(source)[0], 0, spoil)
    manifest = convert(source, tmp_path / "out")
    assert (
        manifest["ledger"]["steps"]["rejected"] == 2
    )  # the difference to the step before, and to the one after
    assert checked(tmp_path / "out", source) == ([], [])


def test_a_source_with_other_values(out, clean, tmp_path):
    source = copied(clean, tmp_path)

    def move(features):
        features["steps/observation/state"][7 * 2] += 0.001

    edit(files(source)[0], 1, move)
    _, found = checked(out, source)
    steps = {line.partition(": ")[0] for line in found}
    assert steps == {f"train-00000-000001, step {i}" for i in (1, 2)}


def test_a_source_that_has_lost_an_episode(out, clean, tmp_path):
    source = copied(clean, tmp_path)
    files(source)[1].write_bytes(b"")
    assert checked(out, source) == (
        [],
        ["train-00001-000000: 4 samples of an episode that is not in the source"],
    )


def test_another_dataset(out, tmp_path):
    source = write_bridge_like(tmp_path, episodes=4, steps=6, name="another_dataset")
    assert checked(out, source)[1] == [
        f"{source}: this is another_dataset 1.0.0, but the output was made from bridge_dataset 1.0.0"
    ]


@pytest.mark.parametrize("part", ["schema", "recipe"])
def test_an_output_of_another_version_of_vladata(part, out, clean):
    output = open_output(str(out))
    manifest = vladata.open(out).manifest
    write_manifest(output, changed(manifest, **{part: {**manifest.as_json()[part], "of_tomorrow": 1}}))
    with pytest.raises(
        OutputError,
        match=f"this version of vladata cannot read the output's {part}; got 'written by version ",
    ):
        list(rederive(output, str(clean)))


def test_another_version(out, clean, tmp_path):
    source = copied(clean, tmp_path)
    info = source / "dataset_info.json"
    info.write_text(info.read_text().replace('"1.0.0"', '"1.1.0"'))
    assert checked(out, source)[1] == [
        f"{source}: this is bridge_dataset 1.1.0, but the output was made from bridge_dataset 1.0.0"
    ]
