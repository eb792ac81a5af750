"""The examples read our outputs in processes that cannot import vladata, and find what vladata.open finds, sample by sample."""

import importlib.util
import os

import numpy as np
import pytest

import vladata
from tests.examples.conftest import NAMES

FLOATS = ("action", "state", "loss_weight")
ENERGON = pytest.mark.skipif(importlib.util.find_spec("megatron") is None, reason="no megatron-energon here")


def comparable(sample):
    """A sample with its floats as the float32 that they are, and rows one after another, as TFRecords have them."""
    flat = {name: np.float32(sample[name]).ravel().tolist() for name in FLOATS}
    return {**sample, **flat, "bins": np.int64(sample["bins"]).ravel().tolist()}


def equal(expected, found):
    assert len(found) == len(expected)
    by_key = {sample["key"]: comparable(sample) for sample in found}
    assert by_key == {key: comparable(sample) for key, sample in expected.items()}


def nearly(samples):
    """The samples without digests of pixels; means in levels, to within one: TFDS decodes fast, not accurately."""
    for sample in samples:
        images = {
            camera: (*size, pytest.approx(mean, abs=1))
            for camera, (_, *size, mean) in sample["images"].items()
        }
        yield {**sample, "images": images}


@pytest.fixture(scope="module")
def read(run, outputs):
    """Runs one function of an example on every output of a format; name -> samples."""

    def found(example, fmt, functions=("samples",)):
        asked = [(function, outputs[f"{name} {fmt}"]) for function in functions for name in NAMES]
        samples = list(run(example, *asked).values())
        parts = [samples[i : i + len(NAMES)] for i in range(0, len(samples), len(NAMES))]
        return [dict(zip(NAMES, part, strict=True)) for part in parts]

    return found


def test_webdataset_plain(read, opened):
    found, batches = read("webdataset_plain.py", "webdataset", ("samples", "batches:7"))
    for name in NAMES:
        expected = opened(f"{name} webdataset")
        assert [sample["key"] for sample in found[name]] == list(expected)
        equal(expected, found[name])
        equal(expected, batches[name])
        for sample in found[name]:
            assert sample["action"] == expected[sample["key"]]["action"], "rows stay rows"


def test_tf_data(read, opened):
    found, by_tfds = read("tf_data.py", "tfrecord", ("samples", "by_tfds"))
    for name in NAMES:
        expected = opened(f"{name} tfrecord")
        assert [sample["key"] for sample in found[name]] == list(expected)
        equal(expected, found[name])
        nearly_expected = {sample["key"]: sample for sample in nearly(expected.values())}
        without_digests = [
            {**s, "images": {camera: tuple(image[1:]) for camera, image in s["images"].items()}}
            for s in by_tfds[name]
        ]
        equal(nearly_expected, without_digests)


def test_hugging_face(read, opened):
    (found,) = read("hugging_face.py", "webdataset")
    for name in NAMES:
        expected = opened(f"{name} webdataset")
        assert [sample["key"] for sample in found[name]] == list(expected)
        equal(expected, found[name])


@ENERGON
def test_energon(read, opened, outputs):
    # Over `one` lies what was prepared of other tars before.
    stale = outputs["one webdataset"] / ".nv-meta" / ".info.json"
    stale.parent.mkdir()
    stale.write_text('{"energon_version": "7.4.1", "shard_counts": {}}')
    os.utime(stale, (0, 0))
    for tar in outputs["one webdataset"].glob("*/*.tar"):
        tar.with_name(f"{tar.name}.idx").write_bytes(bytes(16))
    (found,) = read("energon.py", "webdataset")
    for name in NAMES:
        equal(opened(f"{name} webdataset"), found[name])
        assert vladata.verify(outputs[f"{name} webdataset"]) == []


def test_an_example_that_imports_vladata_is_caught(run, tmp_path):
    example = tmp_path / "example.py"
    example.write_text("def samples(folder):\n    import vladata\n    yield from vladata.open(folder)\n")
    done = run(example, ("samples", tmp_path), check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ImportError: vladata is out of reach here"


def test_the_outputs_are_what_they_are_named_for(opened):
    """Without this the tests above would say little."""
    for fmt in ("webdataset", "tfrecord"):
        cameras = {name: {tuple(s["images"]) for s in opened(f"{name} {fmt}").values()} for name in NAMES}
        both = ("fourth", "primary", "fourth-1", "primary-1")
        assert cameras == {
            "one": {("primary",)},
            "chunks": {both},
            "web": {("primary",)},
            "mixed": {("primary",), both},
        }
        assert {len(s["action"]) for s in opened(f"mixed {fmt}").values()} == {0, 2}
