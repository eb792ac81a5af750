"""Other loaders, and the limit of all: each alone in a process, random order, 224 x 224 x 3 uint8, batches of 32.

    python benchmarks/peers.py NAME FOLDER [--workers N] [--samples N] [--seconds S]

FOLDER is the output of benchmarks/peer_data.py. Only `ours` imports vladata, so that a peer may have a Python of its own. A peer
is a generator: it imports, yields None, and then yields batches, (pixels [B, 224, 224, 3], B texts), for ever. All decode by the
same call, the fastest one for 256 -> 224: the inverse DCT at 7/8. Output is a line of JSON: seconds from the end of the imports
to the first batch, then samples and seconds without this batch.
"""

import argparse
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZE, BATCH, BUFFER, SEED, THREADS = 224, 32, 1000, 0, 2
Batches = Iterator[Any]


def decode(data: Any) -> Any:
    """Return the pixels of a JPEG, uint8 [224, 224, 3]."""
    import simplejpeg

    return simplejpeg.decode_jpeg(data, "RGB", min_height=SIZE, min_width=SIZE)


def stacked(samples: Any) -> Any:
    """Return a batch of (pixels, text) as numpy arrays."""
    import numpy as np

    return np.stack([pixels for pixels, _ in samples]), [text for _, text in samples]


def as_tensors(samples: Any) -> Any:
    """Return a batch of (pixels, text) as tensors, as torch's loaders do."""
    import torch

    pixels, texts = stacked(samples)
    return torch.from_numpy(pixels), texts


def for_ever(loader: Any) -> Batches:
    """Yield the batches of one epoch after the other."""
    while True:
        yield from loader


def ours(folder: Path, workers: int) -> Batches:
    """vladata.load with its threads. `import vladata` imports almost nothing; the name vladata.load imports the rest."""
    import vladata

    load = vladata.load
    yield None
    for batch in load(folder / "vla", BATCH, image_size=SIZE, workers=workers or None, endless=True):
        yield batch["images"].reshape(-1, SIZE, SIZE, 3), batch["target"]


def limit(folder: Path, workers: int) -> Batches:
    """No loader: two threads decode JPEGs from memory one after the other, and drop the pixels."""
    import pyarrow as pa

    file = pa.ipc.open_file(pa.memory_map(str(folder / "arrow" / "all.arrow")))
    images = [bytes(image.as_buffer()) for image in file.get_batch(0)["jpg"]]
    decode(images[0])
    yield None
    counts, pixels = [0] * THREADS, decode(images[0])

    def work(number: int) -> None:
        while True:
            decode(images[(counts[number] * THREADS + number) % len(images)])
            counts[number] += 1

    for number in range(THREADS):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    given = 0
    while True:
        while sum(counts) < given + BATCH:
            time.sleep(0.001)
        given += BATCH
        yield pixels[None].repeat(BATCH, 0) if given == BATCH else None, [""] * BATCH


def torch_arrow(folder: Path, workers: int) -> Batches:
    """A map-style dataset of torch over one memory-mapped Arrow file, as many people write it."""
    import pyarrow as pa
    from torch.utils.data import DataLoader

    yield None

    class Rows:
        def __init__(self) -> None:
            table = pa.ipc.open_file(pa.memory_map(str(folder / "arrow" / "all.arrow"))).read_all()
            self.images, self.texts = table["jpg"], table["text"]

        def __len__(self) -> int:
            return len(self.images)

        def __getitem__(self, i: int) -> Any:
            return decode(memoryview(self.images[i].as_buffer()).cast("B")), self.texts[i].as_py()

    kept = {"persistent_workers": True} if workers else {}
    yield from for_ever(
        DataLoader(Rows(), BATCH, shuffle=True, num_workers=workers, collate_fn=as_tensors, **kept)
    )


def webdataset(folder: Path, workers: int) -> Batches:
    """webdataset over vladata's shards: shards are shuffled, and samples within a buffer of 1,000."""
    import webdataset as wds

    yield None
    urls = sorted(map(str, (folder / "vla" / "train").glob("*.tar")))
    split = {"nodesplitter": wds.split_by_node, "workersplitter": wds.split_by_worker}
    shards = wds.WebDataset(urls, shardshuffle=len(urls), seed=SEED, **split).shuffle(BUFFER)
    samples = shards.map(lambda sample: (decode(sample["primary.jpg"]), sample["json"]))
    batches = samples.batched(BATCH, collation_fn=as_tensors)
    yield from for_ever(wds.WebLoader(batches, batch_size=None, num_workers=workers))


def grain(folder: Path, workers: int) -> Batches:
    """grain over ArrayRecord, with its own 16 threads for reading."""
    import grain as g

    yield None
    source = g.sources.ArrayRecordDataSource(sorted(map(str, (folder / "arrayrecord").iterdir())))
    shuffled = g.MapDataset.source(source).seed(SEED).shuffle().repeat().map(_unpacked)
    read = shuffled.to_iter_dataset(g.ReadOptions(num_threads=16, prefetch_buffer_size=500))
    batches = read.batch(BATCH, batch_fn=stacked)
    if workers:
        batches = batches.mp_prefetch(g.multiprocessing.MultiprocessingOptions(num_workers=workers))
    yield from batches


def _unpacked(record: bytes) -> Any:
    length = int.from_bytes(record[:4], "little")
    return decode(record[4 + length :]), record[4 : 4 + length].decode()


def hugging_face(folder: Path, workers: int) -> Batches:
    """Hugging Face datasets, map-style over parquet, in torch's DataLoader."""
    import datasets
    from torch.utils.data import DataLoader

    yield None
    files = sorted(map(str, (folder / "parquet").iterdir()))
    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(folder / "hf"))
    rows = rows.with_transform(
        lambda batch: {"both": [(decode(j), t) for j, t in zip(batch["jpg"], batch["text"], strict=True)]}
    )
    kept = {"persistent_workers": True} if workers else {}
    collate = lambda rows: as_tensors([row["both"] for row in rows])  # noqa: E731
    yield from for_ever(
        DataLoader(rows, BATCH, shuffle=True, num_workers=workers, collate_fn=collate, **kept)
    )


def lerobot(folder: Path, workers: int) -> Batches:
    """LeRobotDataset, images in Parquet files, resized by torch as its policies do. Its floats become bytes again."""
    import torch
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from torch.utils.data import DataLoader

    yield None
    rows = LeRobotDataset("bench/synth", root=str(folder / "lerobot"))
    for batch in for_ever(DataLoader(rows, BATCH, shuffle=True, num_workers=workers)):
        small = torch.nn.functional.interpolate(
            batch["observation.images.primary"], size=(SIZE, SIZE), mode="bilinear"
        )
        yield (small * 255).to(torch.uint8).permute(0, 2, 3, 1), batch["task"]


PEERS: dict[str, Callable[[Path, int], Batches]] = {
    peer.__name__: peer for peer in (limit, ours, torch_arrow, webdataset, grain, hugging_face, lerobot)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--samples", type=int, default=9_600)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    batches = PEERS[given.name](given.folder, given.workers)
    next(batches)
    start = time.perf_counter()
    pixels, texts = next(batches)
    first = time.perf_counter()
    assert tuple(pixels.shape) == (BATCH, SIZE, SIZE, 3), pixels.shape
    assert str(pixels.dtype).endswith("uint8"), pixels.dtype
    assert len(texts) == BATCH, len(texts)
    samples = 0
    while samples < given.samples and time.perf_counter() < first + given.seconds:
        samples += len(next(batches)[1])
    seconds = time.perf_counter() - first
    print(json.dumps({"first_s": first - start, "samples": samples, "seconds": seconds}), flush=True)
    # The end of a loader is not measured. A remaining worker would keep open the pipe with the output.
    for worker in multiprocessing.active_children():
        worker.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
