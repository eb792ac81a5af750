"""Read an output with Megatron-Energon, with nothing of vladata in the process.

    python examples/energon.py out/demo/vla

The first time, `energon prepare` adds what Energon keeps of a dataset: a folder .nv-meta and an index beside each tar. The files
of the output stay as they are, and vladata goes on reading it. After another conversion into the folder that is done again: an
index of other tars would find other bytes.
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

# A sample that cannot be read ends the run: by default Energon leaves it out, and says so on the screen.
ONE_PROCESS = {"rank": 0, "world_size": 1, "num_workers": 0, "global_error_handler": reraise_exception}


def prepare(folder):
    """Let Energon index the tars, each split of the output as its part of that name."""
    splits = sorted({tar.parent.name for tar in Path(folder).glob("*/*.tar")})
    parts = [word for split in splits for word in ("--split-parts", f"{split}:{split}/.*\\.tar")]
    options = ["--non-interactive", "--no-progress", "--sample-type", "CrudeWebdataset"]
    energon(["prepare", str(folder), "--force-overwrite", *options, *parts], standalone_mode=False)


def prepared(folder):
    """Return whether Energon's files are there, and of the dataset that lies in the folder now."""
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
    """Return a sample of Energon's members: `primary.jpg` becomes `images["primary"]`, `json` the fields."""
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
