"""Read an output with webdataset, without vladata.

python examples/webdataset_plain.py out/demo/vla
"""

import glob
import sys

import webdataset


def samples(folder, split="train"):
    """Yield the samples of a split in stored order: fields, `key`, and `images`: camera -> uint8 [H, W, 3]."""
    yield from map(arranged, webdataset.WebDataset(shards(folder, split), shardshuffle=False).decode("rgb8"))


def batches(folder, size, split="train"):
    """Yield an epoch of lists of samples, shuffled as webdataset does it: shards, then samples within a buffer.

    With several GPUs, each reads shards of its own. Leave out both shuffles for a mixture: its samples are shuffled already, and
    its ratio is exact in stored order.
    """
    files = shards(folder, split)
    found = webdataset.WebDataset(files, shardshuffle=len(files), nodesplitter=webdataset.split_by_node)
    yield from found.shuffle(1000).decode("rgb8").map(arranged).batched(size, collation_fn=list)


def shards(folder, split):
    return sorted(glob.glob(f"{glob.escape(folder)}/{split}/*.tar"))


def arranged(members):
    """Return a sample from webdataset's members: `primary.jpg` becomes `images["primary"]`, `json` becomes the fields."""
    images = {name.partition(".")[0]: value for name, value in members.items() if hasattr(value, "shape")}
    return {**members["json"], "key": members["__key__"], "images": images}


if __name__ == "__main__":
    for sample in samples(sys.argv[1]):
        shapes = {camera: pixels.shape for camera, pixels in sample["images"].items()}
        print(sample["key"], shapes, sample["prompt"], "->", sample["target"])
