"""webdataset reads an output, with nothing of vladata in its process."""

import pytest

from tests.bridge_samples import comparable

OUTPUTS = ("plain", "several", "mixed")


@pytest.fixture(scope="module")
def found(read, request):
    """{name of the output: {split: [sample]}}, all read by one process."""
    outputs = {name: request.getfixturevalue(name) for name in OUTPUTS}
    read_back = read("read_webdataset.py", *(output.path for output in outputs.values()))
    return {name: read_back[str(output.path)] for name, output in outputs.items()}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_sample_comes_back(name, found, request):
    expected = request.getfixturevalue(name)
    samples = [sample for split in found[name].values() for sample in split]
    assert len(samples) == len(expected.samples)
    for sample in samples:
        images = {camera: digest for camera, (_, digest, *_) in sample["images"].items()}
        assert comparable({**sample, "images": images}) == expected.samples[sample["key"]]
        assert sample["contract"] == expected.contract


def test_splits_are_folders(found, plain):
    keys = {split: {sample["key"] for sample in samples} for split, samples in found["plain"].items()}
    assert keys == {split: plain.keys(split) for split in ("train", "val")}


def test_members_are_named_after_what_they_hold(found):
    kinds = {s["key"]: [image[0] for image in s["images"].values()] for s in found["mixed"]["train"]}
    assert {tuple(kind) for key, kind in kinds.items() if "-000000-" in key} == {("jpg",)}
    assert {tuple(kind) for key, kind in kinds.items() if "-000000-" not in key} == {("png",)}


def test_cameras_come_in_the_order_of_the_recipe(found):
    assert {tuple(sample["images"]) for sample in found["several"]["train"]} == {("fourth", "primary")}


def test_the_order_of_the_source_stays(found, several):
    keys = [sample["key"] for split in ("train", "val") for sample in found["several"][split]]
    assert keys == list(several.samples)
