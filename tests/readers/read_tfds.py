"""Reads folders with TFDS's builder_from_directory. Prints {folder: {splits, about, shapes, warnings}}.

Of each split: its counts as TFDS knows them, and the samples: images as [SHA-256 of the encoded bytes, height,
width, mean of the decoded pixels], None where a sample lacks the camera. Warnings are what TFDS logged while it read.
"""

import hashlib
import json
import logging
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # TFDS's own deprecations
    import tensorflow_datasets as tfds
    from absl import logging as absl_logging


class Said(logging.Handler):
    """Keeps what is logged at warning level or above."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def sample_of(example):
    plain = {name: value_of(value) for name, value in example.items() if name not in ("images", "source")}
    return {**plain, "source": {name: value_of(value) for name, value in example["source"].items()}}


def value_of(value):
    return value.decode() if isinstance(value, bytes) else value.tolist()


def images_of(decoded, encoded):
    assert decoded["key"] == encoded["key"]
    both = {camera: (pixels, encoded["images"][camera]) for camera, pixels in decoded["images"].items()}
    return {camera: image_of(*each) if of_one(*each) else None for camera, each in both.items()}


def of_one(pixels, data):
    """Whether the sample has the image; a camera that some samples lack is a list, of one image or none."""
    if isinstance(data, bytes):
        return True
    assert len(pixels) == len(data) <= 1
    return len(data) == 1


def image_of(pixels, data):
    (pixels, data) = (pixels, data) if isinstance(data, bytes) else (pixels[0], data[0])
    return [hashlib.sha256(data).hexdigest(), *pixels.shape[:2], float(pixels.mean())]


def split_of(builder, split):
    cameras = builder.info.features["images"]
    skip = {"images": {camera: tfds.decode.SkipDecoding() for camera in cameras}}
    decoded = tfds.as_numpy(builder.as_dataset(split=split))
    encoded = tfds.as_numpy(builder.as_dataset(split=split, decoders=skip))
    both = zip(decoded, encoded, strict=True)
    samples = [{**sample_of(one), "images": images_of(one, other)} for one, other in both]
    info = builder.info.splits[split]
    return {"examples": info.num_examples, "bytes": int(info.num_bytes), "samples": samples}


def main(folders):
    said, found = Said(), {}
    absl_logging.get_absl_logger().addHandler(said)
    for folder in folders:
        said.lines = []
        builder = tfds.builder_from_directory(folder)
        splits = {split: split_of(builder, split) for split in builder.info.splits}
        info = builder.info
        found[folder] = {
            "splits": splits,
            "about": [info.full_name, info.description, info.citation, info.homepage],
            "images": {name: str(feature) for name, feature in info.features["images"].items()},
            "shapes": {name: info.features[name].shape for name in ("action", "state", "bins", "step")},
            "warnings": said.lines,
        }
    assert not [name for name in sys.modules if name.split(".")[0] == "vladata"]
    print(json.dumps(found))


main(sys.argv[1:])
