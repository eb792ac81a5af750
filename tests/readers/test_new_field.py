"""A new field is a line in the declaration, and whoever gives its value: everything else goes by the declaration.

`speed` stands for such a line in Sample: two numbers a step. `mood` is declared, and nobody gives it a value.
"""

import json
import shutil
from dataclasses import replace

import numpy as np
import orjson
import pytest
import yaml

import vladata
from tests.conversion import convert
from tests.mix.made import mix, mixture
from vladata import records
from vladata.errors import UsageError
from vladata.fields import Floats, TextField
from vladata.records import Sample
from vladata.robot.rederive import rederive
from vladata.robot.samples import Renderer
from vladata.runs.verify import verify
from vladata.shards.manifest import write_manifest
from vladata.shards.naming import FORMATS
from vladata.shards.storage import open_output

NEW = (Floats("speed"), TextField("mood"))


def declare(patch):
    """What two more lines in Sample do, and a line where robots are rendered."""
    for field in NEW:
        patch.setattr(Sample, field.name, field, raising=False)
    patch.setattr(records, "FIELDS", (*records.FIELDS, *NEW))
    given = Renderer._of_task

    def called(self, task, words, by_window, found, episode, images):
        of_task = given(self, task, words, by_window, found, episode, images)
        common = {name: value for name, value in of_task.common.items() if name != "speed"}
        speeds = [np.array([number, 0.1], np.float32) for number in episode.numbers]
        return replace(of_task, common=common, columns={**of_task.columns, "speed": speeds})

    patch.setattr(Renderer, "_of_task", called)


@pytest.fixture
def declared(monkeypatch):
    declare(monkeypatch)


@pytest.fixture(scope="module")
def outs(source, tmp_path_factory):
    """Format -> an output with the new fields."""
    folder = tmp_path_factory.mktemp("new_field")
    with pytest.MonkeyPatch.context() as patch:
        declare(patch)
        for fmt in FORMATS:
            convert(source, folder / fmt, format=fmt, samples_per_shard=5)
    return {fmt: folder / fmt for fmt in FORMATS}


def expected(step):
    return {"speed": [step, pytest.approx(0.1)], "mood": ""}


@pytest.mark.parametrize("fmt", FORMATS)
def test_it_comes_back_as_a_property_of_one_type(fmt, outs, declared):
    for sample in vladata.open(outs[fmt]):
        assert sample.speed.dtype == np.float32
        assert {"speed": sample.speed.tolist(), "mood": sample.mood} == expected(sample.step)


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_manifest_names_it_and_the_output_agrees_with_itself_and_its_source(fmt, outs, source, declared):
    named = vladata.open(outs[fmt]).manifest.fields
    assert list(named.items())[-2:] == [("speed", "floats"), ("mood", "text")]
    output = open_output(str(outs[fmt]))
    assert list(verify(output)) == list(rederive(output, str(source))) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_version_without_the_declaration_reads_and_verifies_it(fmt, outs):
    """The fields are those that the manifest names."""
    sample = vladata.open(outs[fmt])[0]
    assert {name: sample.fields[name] for name in ("speed", "mood")} == expected(sample.step)
    assert list(verify(open_output(str(outs[fmt])))) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [(b"10", "mood is not of kind text: 10"), (b'""', None), (b"[]", "mood is not of kind text: []")],
)
def test_a_value_of_another_kind_is_found(value, says, outs, tmp_path):
    out = shutil.copytree(outs["webdataset"], tmp_path / "out")
    manifest = vladata.open(out).manifest
    for shard in manifest.shards:  # the new value is as long as the old one
        data = (out / shard.path).read_bytes()
        (out / shard.path).write_bytes(data.replace(b'"mood":""', b'"mood":%b' % value))
    output = open_output(str(out))
    entries = [replace(s, checksum=output.measure(s.path).checksum) for s in manifest.shards]
    write_manifest(output, replace(manifest, shards=tuple(entries)))
    said = [finding.says for finding in verify(output)]
    assert said == ([says] * manifest.samples if says else [])


def test_the_card_and_features_json_declare_it(outs):
    front = yaml.safe_load((outs["webdataset"] / "README.md").read_text().split("---\n")[1])
    (struct,) = (column["struct"] for column in front["dataset_info"]["features"] if "struct" in column)
    assert struct[-2:] == [{"name": "speed", "list": "float32"}, {"name": "mood", "dtype": "string"}]
    features = orjson.loads((outs["tfrecord"] / "features.json").read_bytes())["featuresDict"]["features"]
    assert features["speed"]["tensor"] == {
        "shape": {"dimensions": ["-1"]},
        "dtype": "float32",
        "encoding": "none",
    }
    assert "text" in features["mood"]


def test_hugging_face_and_tfds_read_it(outs, read):
    card = f"card={outs['webdataset']}"
    for sample in read("read_huggingface.py", card)[card]["train"]["samples"]:
        assert {name: sample[name] for name in ("speed", "mood")} == expected(sample["step"])
    (found,) = read("read_tfds.py", outs["tfrecord"]).values()
    for sample in found["splits"]["train"]["samples"]:
        assert {name: sample[name] for name in ("speed", "mood")} == expected(sample["step"])
    assert found["warnings"] == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_it_goes_through_a_mixture(fmt, outs, tmp_path, declared):
    manifest = mix(
        mixture({"a": 1}, epoch=20, window=10), tmp_path / "out", {"a": outs["webdataset"]}, format=fmt
    )
    assert list(manifest["fields"])[-2:] == ["speed", "mood"]
    for sample in vladata.open(tmp_path / "out"):
        assert {"speed": sample.speed.tolist(), "mood": sample.mood} == expected(sample.step)
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def test_datasets_of_other_fields_are_not_mixed(outs, tmp_path):
    with pytest.raises(
        UsageError, match=r"other fields than this version of vladata writes; got 'speed, mood'"
    ):
        mix(mixture({"a": 1}, epoch=20), tmp_path / "out", {"a": outs["webdataset"]})


def test_every_field_of_a_written_sample_is_declared(outs):
    """In the order of the declaration, on which the columns of a card depend."""
    manifest = json.loads((outs["webdataset"] / "manifest.json").read_bytes())
    assert list(manifest["fields"]) == [field.name for field in (*records.FIELDS, *NEW)]
