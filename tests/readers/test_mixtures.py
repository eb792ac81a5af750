"""Mixtures of samples that do not look alike, and corpora alone, are read whole by every reader, with nothing of vladata in its
process: each field and each camera of each sample is what vladata.open gives, and a camera that a sample lacks is not there.

How a reader says that: Hugging Face None; webdataset no such member; tf.data its default; TFDS a list of no images."""

import json

import pytest

from tests.bridge_samples import comparable
from tests.readers.mixtures import FORMATS, written

NAMES = ("robot_web", "web_robot", "robots", "documents", "mixed_docs", "nested")


@pytest.fixture(scope="module")
def outputs(source, tmp_path_factory):
    return written(source, tmp_path_factory.mktemp("mixtures"))


def read_by(read, outputs, script, fmt, prefix=""):
    """Name -> what one process that read all of them found."""
    folders = {name: f"{prefix}{outputs[f'{name} {fmt}'].path}" for name in NAMES}
    found = read(script, *folders.values())
    return {name: found[folder] for name, folder in folders.items()}


@pytest.fixture(scope="module")
def huggingface(read, outputs):
    return read_by(read, outputs, "read_huggingface.py", "webdataset", "card=")


@pytest.fixture(scope="module")
def webdataset(read, outputs):
    return read_by(read, outputs, "read_webdataset.py", "webdataset")


@pytest.fixture(scope="module")
def tfds(read, outputs):
    return read_by(read, outputs, "read_tfds.py", "tfrecord")


@pytest.fixture(scope="module")
def tf_data(read, outputs):
    return read_by(read, outputs, "read_tf_data.py", "tfrecord")


def agree(expected, samples):
    """Whether the samples, with their images as SHA-256, are those of vladata.open, in whatever order."""
    found = {sample["key"]: {**comparable(sample), "contract": sample["contract"]} for sample in samples}
    assert len(found) == len(samples)
    assert found == expected.samples


@pytest.mark.parametrize("name", NAMES)
def test_huggingface(name, outputs, huggingface):
    expected, found = outputs[f"{name} webdataset"], huggingface[name]
    samples = found["train"]["samples"]
    columns = {column.partition(".")[0] for column in found["train"]["columns"]}
    assert columns == {*expected.cameras, "json", "__key__", "__url__"}
    for sample in samples:
        there = {column.partition(".")[0] for column, image in sample["images"].items() if image}
        lacks = {column for column in sample["images"] if column.partition(".")[0] not in there}
        assert [sample["images"][column] for column in lacks] == [None] * len(lacks)
        sample["images"] = {c.partition(".")[0]: image[0] for c, image in sample["images"].items() if image}
    agree(expected, samples)


@pytest.mark.parametrize("name", NAMES)
def test_webdataset(name, outputs, webdataset):
    samples = webdataset[name]["train"]
    for sample in samples:
        order = [camera for camera in outputs[f"{name} webdataset"].cameras if camera in sample["images"]]
        assert list(sample["images"]) == order, "members come in the order that the manifest says"
        sample["images"] = {camera: image[1] for camera, image in sample["images"].items()}
    agree(outputs[f"{name} webdataset"], samples)


@pytest.mark.parametrize("name", NAMES)
def test_tfds(name, outputs, tfds):
    expected, found = outputs[f"{name} tfrecord"], tfds[name]
    content = found["splits"]["train"]
    assert content["examples"] == len(expected.samples)
    for sample in content["samples"]:
        assert set(sample["images"]) == set(expected.cameras)
        sample["images"] = {camera: image[0] for camera, image in sample["images"].items() if image}
    agree(expected, content["samples"])
    partly = {camera for camera, feature in found["images"].items() if feature.startswith("Sequence(")}
    assert partly == {
        c for c in expected.cameras if any(c not in s["images"] for s in expected.samples.values())
    }
    # TFDS says this of its own reading of lists.
    assert [line for line in found["warnings"] if "dtype` is deprecated" not in line] == []


@pytest.mark.parametrize("name", NAMES)
def test_tf_data(name, outputs, tf_data):
    samples = tf_data[name]["train"]
    for sample in samples:
        sample["images"] = {camera: image[0] for camera, image in sample["images"].items() if image}
    agree(outputs[f"{name} tfrecord"], samples)


@pytest.mark.parametrize("fmt", FORMATS)
def test_they_hold_what_they_are_named_for(fmt, outputs):
    """Without this the tests above would say little: that there are samples of each kind to be read."""
    kinds = {
        name: {
            (tuple(sorted(s["images"])), len(s["action"])) for s in outputs[f"{name} {fmt}"].samples.values()
        }
        for name in NAMES
    }
    pair, robot = (("primary",), 0), (("fourth", "primary"), 7)
    documents = {(("primary",), 0), (("image_1", "primary"), 0), (("image_1", "image_2", "primary"), 0)}
    assert kinds["robot_web"] == kinds["web_robot"] == {pair, robot}
    assert kinds["robots"] == {robot, (("side",), 2)}
    assert kinds["documents"] == documents
    assert kinds["mixed_docs"] == kinds["nested"] == {*documents, robot}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_names_its_contract_and_the_manifest_has_it(name, outputs):
    written_there = outputs[f"{name} webdataset"]
    manifest = json.loads((written_there.path / "manifest.json").read_bytes())
    named = {sample["contract"] for sample in written_there.samples.values()} - {""}
    assert named == set(manifest.get("contracts", {}))
    assert len(named) == {"robots": 2, "documents": 0}.get(name, 1)
