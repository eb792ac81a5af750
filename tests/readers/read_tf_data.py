"""Reads folders of TFRecord shards with tf.data. Prints {folder: {split: [sample]}}; an image is [SHA-256, height, width]."""

import glob
import hashlib
import json
import os
import sys

import tensorflow as tf

TEXTS = ("key", "prompt", "target", "task", "dataset", "split", "episode", "instruction", "plan", "contract")


def features_of(folder):
    """What a user writes down who looked into the manifest. Where samples differ, lists are as long as they are, and a camera
    that one lacks is empty."""
    with open(f"{folder}/manifest.json") as file:
        manifest = json.load(file)
    texts = {name: tf.io.FixedLenFeature([], tf.string) for name in (*TEXTS, "source/file")}
    optional = set(manifest["fields"]) & {"frames", "mask", "valid"}
    numbers = ("step", "terminate", "source/offset", "source/length", *(optional & {"valid"}))
    scalars = {name: tf.io.FixedLenFeature([], tf.int64) for name in numbers}
    scalars["loss_weight"] = tf.io.FixedLenFeature([], tf.float32)
    known, lists = "statistics" in manifest, {"action": tf.float32, "state": tf.float32, "bins": tf.int64}
    lists |= dict.fromkeys(optional - {"valid"}, tf.int64)
    in_rows = manifest["fields"]["action"] == "float_rows"
    if known and not in_rows:
        widths = {name: len(manifest["statistics"][name]["names"]) for name in ("action", "state")}
        widths["bins"] = widths["action"] + 1
        columns = {name: tf.io.FixedLenFeature([widths[name]], kind) for name, kind in lists.items()}
    else:
        columns = {n: tf.io.FixedLenSequenceFeature([], k, allow_missing=True) for n, k in lists.items()}
    image = tf.io.FixedLenFeature([], tf.string, default_value=None if known else "")
    return {**texts, **scalars, **columns, **{f"images/{camera}": image for camera in manifest["cameras"]}}


def sample_of(parsed):
    sample = {"images": {}, "source": {}}
    for name, tensor in parsed.items():
        value = tensor.numpy()
        outer, _, inner = name.partition("/")
        if outer == "images" and value == b"":
            sample["images"][inner] = None
        elif outer == "images":
            shape = tf.io.decode_image(tensor).shape
            sample["images"][inner] = [hashlib.sha256(value).hexdigest(), *shape[:2]]
        elif inner:
            sample[outer][inner] = plain(value)
        else:
            sample[name] = plain(value)
    return sample


def plain(value):
    return value.decode() if isinstance(value, bytes) else value.tolist()


def main(folders):
    found = {}
    for folder in folders:
        features, splits = features_of(folder), {}
        for file in sorted(glob.glob(f"{folder}/*.tfrecord-*")):
            split = os.path.basename(file).split(".")[0].rsplit("-", 1)[1]
            records = tf.data.TFRecordDataset(file)
            parsed = records.map(
                lambda record, features=features: tf.io.parse_single_example(record, features)
            )
            splits.setdefault(split, []).extend(map(sample_of, parsed))
        found[folder] = splits
    assert not [name for name in sys.modules if name.split(".")[0] == "vladata"]
    print(json.dumps(found))


main(sys.argv[1:])
