"""tf.data reads a TFRecord output, with nothing of vladata in its process."""

import pytest

from tests.bridge_samples import comparable

OUTPUTS = ("tfrecord", "tfrecord_stateless")


@pytest.fixture(scope="module")
def found(read, request):
    """{name of the output: {split: [sample]}}, all read by one process."""
    outputs = {name: request.getfixturevalue(name) for name in OUTPUTS}
    read_back = read("read_tf_data.py", *(output.path for output in outputs.values()))
    return {name: read_back[str(output.path)] for name, output in outputs.items()}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_sample_comes_back(name, found, request):
    expected = request.getfixturevalue(name)
    for split, samples in found[name].items():
        assert sorted(sample["key"] for sample in samples) == sorted(expected.keys(split))
        for sample in samples:
            assert {tuple(image[1:]) for image in sample["images"].values()} == {(64, 64)}
            images = {camera: image[0] for camera, image in sample["images"].items()}
            assert comparable({**sample, "images": images}) == expected.samples[sample["key"]]
            assert sample["contract"] == expected.contract


def test_the_order_of_the_source_stays(found, tfrecord_stateless):
    keys = [s["key"] for split in ("train", "val") for s in found["tfrecord_stateless"][split]]
    assert keys == list(tfrecord_stateless.samples)
