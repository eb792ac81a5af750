"""features.json: the table of leaves, and what is refused."""

import json
from dataclasses import replace

import pytest

from tests.rlds_data import tfds
from vladata.errors import MalformedJson, UnsupportedFeature
from vladata.sources.features import Leaf, parse_features

TFDS = "tensorflow_datasets.core.features."


def tensor(dtype="float32", dimensions=("7",), **more):
    content = {"shape": {"dimensions": list(dimensions)}, "dtype": dtype, "encoding": "none", **more}
    return {"pythonClassName": TFDS + "tensor_feature.Tensor", "tensor": content}


def scalar(dtype):
    return {
        "pythonClassName": TFDS + "scalar.Scalar",
        "tensor": {"shape": {}, "dtype": dtype, "encoding": "none"},
    }


def record(**features):
    return {"pythonClassName": TFDS + "features_dict.FeaturesDict", "featuresDict": {"features": features}}


def listed(feature, length="-1", name="sequence_feature.Sequence"):
    return {"pythonClassName": TFDS + name, "sequence": {"feature": feature, "length": length}}


def steps(**features):
    return record(steps=listed(record(**features), name="dataset_feature.Dataset"))


def leaves(node):
    return dict(parse_features(json.dumps(node).encode(), "1.0.0/features.json", "steps").leaves)


def only(node):
    (leaf,) = leaves(node).values()
    return leaf


TEXT = {"pythonClassName": TFDS + "text_feature.Text", "text": {}}
LABEL = {"pythonClassName": TFDS + "class_label_feature.ClassLabel", "classLabel": {"numClasses": "3"}}
IMAGE = {
    "pythonClassName": TFDS + "image_feature.Image",
    "image": {"shape": {"dimensions": ["-1", "-1", "3"]}, "dtype": "uint8", "encodingFormat": "jpeg"},
}


def test_the_table_of_a_robot_dataset():
    node = steps(
        **{
            "action": tensor(),
            "is_last": scalar("bool"),
            "language": TEXT,
            "observation": record(**{"a/b": IMAGE}),
        }
    )
    node["featuresDict"]["features"]["episode"] = record(label=LABEL, marks=listed(tensor("int32", ()), "4"))
    assert list(leaves(node).values()) == [
        Leaf("steps/action", "number", "float32", (7,), "none", True, (None,), "Tensor"),
        Leaf("steps/is_last", "number", "bool", (), "none", True, (None,), "Scalar"),
        Leaf("steps/language", "text", "string", (), "", True, (None,), "Text"),
        Leaf("steps/observation/a/b", "image", "uint8", (None, None, 3), "jpeg", True, (None,), "Image"),
        Leaf("episode/label", "number", "int64", (), "none", False, (), "ClassLabel"),
        Leaf("episode/marks", "number", "int32", (), "none", False, (4,), "Tensor"),
    ]


def test_lists_within_steps_keep_their_lengths():
    node = steps(inner=listed(listed(tensor("int64", ["2"]), "3")))
    assert only(node) == Leaf("steps/inner", "number", "int64", (2,), "none", True, (None, None, 3), "Tensor")


def test_a_sequence_named_steps_has_steps_too():
    assert only(record(steps=listed(record(action=tensor())))).per_step


def test_a_length_that_protobuf_leaves_out_is_zero():
    node = steps(a={"pythonClassName": TFDS + "sequence_feature.Sequence", "sequence": {"feature": tensor()}})
    assert only(node).lengths == (None, 0)


@pytest.mark.parametrize(
    ("node", "tfds_class", "reason"),
    [
        (tensor("bfloat16"), "Tensor", "dtype 'bfloat16'"),
        (tensor("complex64"), "Tensor", "dtype 'complex64'"),
        (tensor(""), "Tensor", "dtype ''"),
        (tensor(encoding="gzip"), "Tensor", "encoding 'gzip' of dtype float32"),
        (tensor("string", encoding="zlib"), "Tensor", "encoding 'zlib' of dtype string"),
        (tensor(dimensions=["-1"]), "Tensor", "an unknown dimension that is not in the record"),
        (tensor(dimensions=["0"]), "Tensor", "an empty shape, whose values cannot be counted"),
        (tensor(optional=True), "Tensor", "values may be missing (optional)"),
        (
            listed(tensor(dimensions=["-1", "-1"], encoding="zlib")),
            "Tensor",
            "unknown dimensions in a list within a list",
        ),
        (
            listed(tensor(), name="dataset_feature.Dataset"),
            "Dataset",
            'a Dataset can be read only as "steps"',
        ),
        (
            {"pythonClassName": TFDS + "video_feature.Video", "video": {}},
            "Video",
            "its stored form is not known",
        ),
        (
            {"pythonClassName": TFDS + "audio_feature.Audio", "audio": {}},
            "Audio",
            "its stored form is not known",
        ),
        (
            {"pythonClassName": "lab.features.Tensor", "tensor": tensor()["tensor"]},
            "lab.features.Tensor",
            "its stored form is not known",
        ),
        (
            {"pythonClassName": TFDS + "tensor_feature.Tensor", "image": {}},
            "Tensor",
            "its content is not known",
        ),
    ],
)
def test_what_is_not_understood_is_refused_only_when_it_is_wanted(node, tfds_class, reason):
    leaf = only(steps(odd=node))
    assert (leaf.path, leaf.kind, leaf.tfds_class, leaf.reason) == (
        "steps/odd",
        "unsupported",
        tfds_class,
        reason,
    )
    with pytest.raises(UnsupportedFeature) as caught:
        leaf.require_supported()
    assert str(caught.value) == (
        f"steps/odd: the native reader cannot read {tfds_class} here: {reason}.\n"
        "  `--reader tfds` reads it through tensorflow-datasets, or leave the key out of the schema."
    )


def test_what_is_understood_is_not_refused():
    assert only(steps(action=tensor())).require_supported() is None


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({}, "1.0.0/features.json: a feature has no pythonClassName"),
        (steps(a={}), "1.0.0/features.json, 'steps/a': a feature has no pythonClassName"),
        (
            steps(a=tensor(dimensions=["-2"])),
            "'steps/a': a negative dimension; got -2; allowed: -1 (unknown) or more",
        ),
        (steps(a=tensor(dimensions=["x"])), "dimensions: a value of the wrong type; got 'x'"),
        (steps(a=tensor(dimensions=["9" * 15, "9" * 15])), "the shape is too large"),
        (steps(a=tensor(dimensions=["1"] * 17)), "allowed: at most 16 dimensions and 2**48 values"),
        (steps(a=listed(tensor(), "-3")), "a negative length; got -3; allowed: -1 (any) or more"),
        (steps(a=tensor(5)), "dtype: a value of the wrong type; got 5"),
        (record(a=record(b=tensor()), **{"a/b": tensor()}), "two features have one path; got 'a/b'"),
        (record(a=5), "a: a value of the wrong type; got 5; allowed: an object"),
    ],
)
def test_malformed(node, says):
    with pytest.raises(MalformedJson) as caught:
        leaves(node)
    assert says in str(caught.value)


@pytest.mark.parametrize("wrap", [lambda node: record(a=node), listed])
def test_deep_nesting_is_refused(wrap):
    node = tensor()
    for _ in range(100):
        node = wrap(node)
    with pytest.raises(MalformedJson, match="features are nested too deeply; allowed: 64 levels"):
        leaves(node)


def test_text_that_is_no_json():
    with pytest.raises(MalformedJson, match=r"1.0.0/features.json: this is not JSON"):
        parse_features(b'{"pythonClassName": "tensor', "1.0.0/features.json", "steps")


LEGACY = {
    "type": TFDS + "features_dict.FeaturesDict",
    "content": {
        "steps": {
            "type": TFDS + "dataset_feature.Dataset",
            "content": {
                "feature": {
                    "type": TFDS + "features_dict.FeaturesDict",
                    "content": {
                        "action": {
                            "type": TFDS + "feature.Tensor",
                            "content": {"shape": [7], "dtype": "float32"},
                        },
                        "image": {
                            "type": TFDS + "image_feature.Image",
                            "content": {"shape": [None, 64, 3], "dtype": "uint8", "encoding_format": "png"},
                        },
                        "text": {"type": TFDS + "text_feature.Text", "content": {}},
                        "label": {
                            "type": TFDS + "class_label_feature.ClassLabel",
                            "content": {"num_classes": 3},
                        },
                        "marks": {
                            "type": TFDS + "sequence_feature.Sequence",
                            "content": {
                                "feature": {
                                    "type": TFDS + "tensor_feature.Tensor",
                                    "content": '{"shape": {"dimensions": ["2"]}, "dtype": "int32"}',
                                    "proto_cls": "tensorflow_datasets.TensorFeature",
                                },
                                "length": 4,
                            },
                        },
                    },
                },
                "length": None,
            },
        },
    },
}


def test_files_of_older_tfds_mean_what_tfds_says():
    node = tfds().features.FeatureConnector.from_json(json.loads(json.dumps(LEGACY)))
    from google.protobuf import json_format

    assert leaves(LEGACY) == leaves(json_format.MessageToDict(node.to_proto()))
    assert {leaf.kind for leaf in leaves(LEGACY).values()} == {"number", "image", "text"}


def test_plain_json_in_the_newer_envelope():
    holder = {"json": '{"shape": [null, 2], "dtype": "int32", "encoding": "zlib"}'}
    node = {"pythonClassName": TFDS + "tensor_feature.Tensor", "jsonFeature": holder}
    expected = Leaf("steps/a", "number", "int32", (None, 2), "zlib", True, (None,), "Tensor")
    assert only(steps(a=node)) == expected
    assert not expected.dynamic
    assert replace(expected, shape=(None, None)).dynamic


def test_text_with_a_vocabulary_is_refused():
    node = {"type": TFDS + "text_feature.Text", "content": {"use_encoder": True}}
    assert only(steps(a=node)).kind == "unsupported"
