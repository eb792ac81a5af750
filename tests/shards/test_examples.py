"""A sample as tf.Example: which features, and back; features.json declares all of them and no other."""

import io

import pytest

from vladata.errors import FormatError
from vladata.fields import flat, spelled
from vladata.formats.example import parse_example
from vladata.formats.tfrecord import HEAD, TAIL
from vladata.records import FIELDS
from vladata.shards import examples

DECLARED = spelled(FIELDS)
TEXT = {"pythonClassName": "tensorflow_datasets.core.features.text_feature.Text", "text": {}}


def record(sample):
    return b"".join(examples.buffers(sample))


def payload(sample):
    return record(sample)[HEAD:-TAIL]


def test_the_features_of_a_sample(sample):
    columns = parse_example(payload(sample(3)))
    texts, numbers = ("key", "prompt", "target"), ("step", "action", "terminate", "bins", "state")
    images, source = ("images/wrist", "images/primary"), ("source/file", "source/offset", "source/length")
    assert list(columns) == sorted([*texts, *numbers, *images, *source])
    assert bytes(columns["key"][0]) == b"set-train-0003"
    arrays = {name: (c.dtype.name, c.tolist()) for name, c in columns.items() if not isinstance(c, list)}
    assert arrays == {
        "step": ("int64", [3]),
        "terminate": ("int64", [0]),
        "bins": ("int64", [1, 0, 255]),
        "source/offset": ("int64", [2**40]),
        "source/length": ("int64", [5]),
        "action": ("float32", [0.10000000149011612, -0.25]),
        "state": ("float32", [0.0, 0.3333333432674408]),
    }


@pytest.mark.parametrize("state", [0, 1, 2])
def test_a_sample_comes_back(state, sample, plain):
    there = plain(sample(0, state=state))
    back = plain(examples.sample_of(payload(sample(0, state=state)), flat(DECLARED)))
    assert (back.key, back.images, back.fields) == (there.key, there.images, there.fields)
    assert [type(back.fields[name]) for name in ("step", "action", "source")] == [int, list, dict]


def test_samples_of_a_shard_and_a_damaged_one(sample):
    data = b"".join(record(sample(n)) for n in range(3))
    assert [s.key for s in examples.samples(io.BytesIO(data), DECLARED)] == [
        f"set-train-000{n}" for n in range(3)
    ]
    damaged = bytearray(data)
    damaged[-TAIL - 1] ^= 1
    with pytest.raises(FormatError, match="the checksum of a record's data does not match"):
        list(examples.samples(io.BytesIO(damaged), DECLARED))


def test_features_json_declares_what_is_written(sample):
    one = sample(0)
    declared = set(_leaves(examples.features_json(DECLARED, one.images, (), {})))
    written = set(parse_example(payload(one)))
    assert written - declared == set()
    assert declared - written == set(DECLARED) - set(one.fields)


def _leaves(tree, path=""):
    for name, child in tree["featuresDict"]["features"].items():
        if "featuresDict" in child:
            yield from _leaves(child, f"{path}{name}/")
        else:
            yield f"{path}{name}"


def test_features_json_in_full():
    features = examples.features_json(DECLARED, ["wrist"], [], {"action": (7,), "state": (0,), "bins": (8,)})
    features = features["featuresDict"]["features"]
    tensor = "tensorflow_datasets.core.features.tensor_feature.Tensor"
    image = {"shape": {"dimensions": ["-1", "-1", "3"]}, "dtype": "uint8"}
    assert (features["key"], features["prompt"]) == (TEXT, TEXT)
    assert features["images"]["featuresDict"]["features"] == {
        "wrist": {"pythonClassName": "tensorflow_datasets.core.features.image_feature.Image", "image": image}
    }
    for name, size, dtype in (("action", "7", "float32"), ("state", "0", "float32"), ("bins", "8", "int64")):
        shaped = {"shape": {"dimensions": [size]}, "dtype": dtype, "encoding": "none"}
        assert features[name] == {"pythonClassName": tensor, "tensor": shaped}
    assert features["step"]["tensor"] == {"shape": {}, "dtype": "int64", "encoding": "none"}
    assert list(features["source"]["featuresDict"]["features"]) == ["file", "offset", "length"]
