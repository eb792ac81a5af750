"""Read an output of `--format tfrecord` with tf.data or with TFDS, without vladata.

python examples/tf_data.py out/demo/vla-tfrecord
"""

import json
import sys
from pathlib import Path

import tensorflow as tf

KINDS = {
    "text": tf.string,
    "integer": tf.int64,
    "integers": tf.int64,
    "integer_rows": tf.int64,
    "number": tf.float32,
    "floats": tf.float32,
    "float_rows": tf.float32,
}


def samples(folder, split="train"):
    """Return a tf.data.Dataset of the samples of a split, in stored order.

    Fields are tensors, including `source/file`, `source/offset` and `source/length`. With chunks, `action` and `bins` have their
    rows one after another; `mask` has one number for each row. images/CAMERA is uint8 [H, W, 3], or [0, 0, 3] without a picture.
    """
    manifest = json.loads((Path(folder) / "manifest.json").read_bytes())
    layout = layout_of(manifest)

    def decoded(record):
        sample = tf.io.parse_single_example(record, layout)
        for name in [f"images/{camera}" for camera in manifest["cameras"]]:
            there = tf.strings.length(sample[name]) > 0
            sample[name] = tf.cond(
                there, lambda name=name: pixels(sample[name]), lambda: tf.zeros([0, 0, 3], tf.uint8)
            )
        return sample

    shards = [f"{folder}/{shard['path']}" for shard in manifest["shards"] if shard["split"] == split]
    return tf.data.TFRecordDataset(shards).map(decoded, tf.data.AUTOTUNE, deterministic=True)


def pixels(encoded):
    """Return the image, decoded as by Pillow and simplejpeg: `INTEGER_ACCURATE` is libjpeg's default, not TensorFlow's."""
    kind = tf.strings.substr(encoded, 0, 2)
    return tf.cond(
        kind == b"\xff\xd8",
        lambda: tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_png(encoded, channels=3),
    )


def layout_of(manifest):
    """Return the features for tf.io.parse_single_example, from the fields and cameras that the manifest lists."""
    texts = ("key", *(f"images/{camera}" for camera in manifest["cameras"]))
    layout = {name: tf.io.FixedLenFeature([], tf.string, default_value="") for name in texts}
    for name, kind in manifest["fields"].items():
        if isinstance(kind, dict):
            layout |= {
                f"{name}/{part}": tf.io.FixedLenFeature([], KINDS[each]) for part, each in kind.items()
            }
        elif kind in ("text", "integer", "number"):
            layout[name] = tf.io.FixedLenFeature([], KINDS[kind])
        else:
            layout[name] = tf.io.FixedLenSequenceFeature([], KINDS[kind], allow_missing=True)
    return layout


def by_tfds(folder, split="train"):
    """Return a tf.data.Dataset made by TFDS, which finds the features by itself."""
    import tensorflow_datasets

    return tensorflow_datasets.builder_from_directory(folder).as_dataset(split=split)


if __name__ == "__main__":
    for sample in samples(sys.argv[1]):
        print(
            sample["key"].numpy().decode(), sample["images/primary"].shape, sample["target"].numpy().decode()
        )
    # The images of a robot output have one size, so batches need only one call:
    # samples(folder).shuffle(1000).batch(32).prefetch(tf.data.AUTOTUNE)
