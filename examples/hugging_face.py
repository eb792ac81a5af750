"""Read an output with Hugging Face's datasets, without vladata.

python examples/hugging_face.py out/demo/vla
"""

import glob
import sys

import datasets
import numpy as np


def by_card(folder, split="train", streaming=False):
    """Return a split as the card of the output (README.md) declares it, for any output of tars, on this machine or on the Hub.

    It has a column for each camera and kind of image (None if a sample lacks it), and `json` with every field.
    """
    return datasets.load_dataset(folder, split=split, streaming=streaming)


def by_tars(folder, split="train"):
    """Return a split with the columns of its first samples: enough if all samples have the same columns, as robot samples do."""
    shards = sorted(glob.glob(f"{glob.escape(folder)}/{split}/*.tar"))
    return datasets.load_dataset("webdataset", data_files={split: shards}, split=split)


def arranged(row):
    """Return a sample from a row: `primary.jpg` becomes `images["primary"]`, uint8 [H, W, 3], `json` becomes the fields."""
    images = {name.partition(".")[0]: value for name, value in row.items() if hasattr(value, "convert")}
    pixels = {camera: np.asarray(image.convert("RGB")) for camera, image in images.items()}
    return {**row["json"], "key": row["__key__"], "images": pixels}


def samples(folder, split="train"):
    """Yield the samples of a split in stored order, streamed: nothing is copied into the cache of datasets."""
    yield from map(arranged, by_card(folder, split, streaming=True))


if __name__ == "__main__":
    for sample in samples(sys.argv[1]):
        shapes = {camera: pixels.shape for camera, pixels in sample["images"].items()}
        print(sample["key"], shapes, sample["prompt"], "->", sample["target"])
