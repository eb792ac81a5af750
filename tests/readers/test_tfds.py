"""TFDS reads a TFRecord output from its folder, with nothing of vladata in its process."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.bridge_samples import comparable

OUTPUTS = ("tfrecord", "tfrecord_stateless", "tfrecord_mixed")


@pytest.fixture(scope="module")
def found(read, request):
    """{name of the output: what TFDS found}, all read by one process."""
    outputs = {name: request.getfixturevalue(name) for name in OUTPUTS}
    read_back = read("read_tfds.py", *(output.path for output in outputs.values()))
    return {name: read_back[str(output.path)] for name, output in outputs.items()}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_sample_comes_back(name, found, request):
    expected = request.getfixturevalue(name)
    for split, content in found[name]["splits"].items():
        assert sorted(sample["key"] for sample in content["samples"]) == sorted(expected.keys(split))
        for sample in content["samples"]:
            images = {camera: image[0] for camera, image in sample["images"].items()}
            assert comparable({**sample, "images": images}) == expected.samples[sample["key"]]
            assert sample["contract"] == expected.contract


@pytest.mark.parametrize("name", OUTPUTS)
def test_images_are_decoded_whatever_their_kind(name, found, request):
    images = request.getfixturevalue(name).images
    for content in found[name]["splits"].values():
        for sample in content["samples"]:
            for camera, (_, height, width, mean) in sample["images"].items():
                expected = np.asarray(Image.open(io.BytesIO(images[sample["key"], camera])))
                assert (height, width, 3) == expected.shape
                assert mean == pytest.approx(expected.mean(), abs=1)


@pytest.mark.parametrize(("name", "state"), [("tfrecord", [7]), ("tfrecord_stateless", [0])])
def test_shapes_are_declared(name, state, found):
    assert found[name]["shapes"] == {"action": [7], "state": state, "bins": [8], "step": []}


@pytest.mark.parametrize("name", OUTPUTS)
def test_splits_are_counted(name, found, request):
    expected = request.getfixturevalue(name)
    for split, content in found[name]["splits"].items():
        files = expected.path.glob(f"bridge_dataset-{split}.tfrecord-*")
        assert content["examples"] == len(expected.keys(split))
        assert content["bytes"] == sum(file.stat().st_size for file in files)


def test_the_order_of_the_source_stays(found, tfrecord_stateless):
    splits = found["tfrecord_stateless"]["splits"]
    assert [s["key"] for n in ("train", "val") for s in splits[n]["samples"]] == list(
        tfrecord_stateless.samples
    )


@pytest.mark.parametrize("name", OUTPUTS)
def test_it_says_what_it_is(name, found):
    full_name, description, citation, homepage = found[name]["about"]
    assert full_name == "bridge_dataset/1.0.0"
    assert "schema bridge_dataset, recipe rt2-pali-x" in description
    assert citation.startswith("Walke et al., BridgeData V2")
    assert homepage == "https://rail-berkeley.github.io/bridgedata/"


@pytest.mark.parametrize("name", OUTPUTS)
def test_tfds_warns_of_nothing(name, found):
    assert found[name]["warnings"] == []
