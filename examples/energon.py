"""Read an output with Megatron-Energon, without vladata.

    python examples/energon.py out/demo/vla

The first run of `energon prepare` adds Energon's files: a folder .nv-meta, and an index next to each tar. The files of the output
are not changed, and vladata can still read it. After another conversion into the folder, `energon prepare` runs again, since the
old index does not fit the new tars.
"""

import sys
from pathlib import Path

from megatron.energon import (
    Cooker,
    DefaultTaskEncoder,
    SampleDecoder,
    WorkerConfig,
    get_loader,
    get_train_dataset,
    stateless,
)
from megatron.energon.cli.main import main as energon
from megatron.energon.errors import reraise_exception

# A sample that cannot be read ends the run. By default Energon leaves it out and prints a message.
ONE_PROCESS = {"rank": 0, "world_size": 1, "num_workers": 0, "global_error_handler": reraise_exception}


def prepare(folder):
    """Let Energon index the tars. Each split of the output becomes the part with the same name."""
    splits = sorted({tar.parent.name for tar in Path(folder).glob("*/*.tar")})
    parts = [word for split in splits for word in ("--split-parts", f"{split}:{split}/.*\\.tar")]
    options = ["--non-interactive", "--no-progress", "--sample-type", "CrudeWebdataset"]
    energon(["prepare", str(folder), "--force-overwrite", *options, *parts], standalone_mode=False)


def prepared(folder):
    """Return True if Energon's files exist and belong to the dataset that is in the folder now."""
    info, manifest = Path(folder) / ".nv-meta" / ".info.json", Path(folder) / "manifest.json"
    return info.exists() and info.stat().st_mtime_ns > manifest.stat().st_mtime_ns


def samples(folder, split="train"):
    """Yield an epoch of the samples of a split, shuffled by Energon: fields, `key`, and `images`: camera -> uint8 [H, W, 3]."""
    if not prepared(folder):
        prepare(folder)
    dataset = get_train_dataset(
        folder,
        split_part=split,
        worker_config=WorkerConfig(**ONE_PROCESS),
        batch_size=None,
        shuffle_buffer_size=1000,
        max_samples_per_sequence=None,
        task_encoder=Encoder(),
        repeat=False,
    )
    yield from get_loader(dataset)


@stateless
def arranged(members):
    """Return a sample from Energon's members: `primary.jpg` becomes `images["primary"]`, `json` becomes the fields."""
    images = {name.partition(".")[0]: value for name, value in members.items() if hasattr(value, "shape")}
    energons = {name: value for name, value in members.items() if name.startswith("__")}
    return {**energons, **members["json"], "key": members["__key__"], "images": images}


class Encoder(DefaultTaskEncoder):
    decoder = SampleDecoder(image_decode="rgb8")
    cookers = (Cooker(arranged),)


if __name__ == "__main__":
    for sample in samples(sys.argv[1]):
        shapes = {camera: pixels.shape for camera, pixels in sample["images"].items()}
        print(sample["key"], shapes, sample["prompt"], "->", sample["target"])
