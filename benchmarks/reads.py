"""Random samples read from an output, 32 at a time: as columns, as samples, and one by one, from tars and from TFRecord.

Kept equal: the same samples in both formats, in the page cache; one process and one thread; each batch has 32 positions of one
permutation. The floor only reads: the bytes of the same samples, by os.pread from open files.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

import vladata
from benchmarks.bench import RECIPE, SCHEMA, Bench, Row
from vladata.shards.dataset import Dataset, open_dataset
from vladata.shards.naming import FORMATS

BATCH, BATCHES = 32, 60


def main(bench: Bench) -> Iterator[Row]:
    rates: dict[str, list[float]] = {}
    with bench.out() as out:
        for fmt in FORMATS:
            place = out.with_name(fmt)
            vladata.convert(
                bench.small, place, schema=str(SCHEMA), recipe=RECIPE, format=fmt, limit=bench.limit
            )
        datasets = {fmt: open_dataset(str(out.with_name(fmt))) for fmt in FORMATS}
        ways_of = {fmt: _ways(dataset) for fmt, dataset in datasets.items()}
        for number in range(bench.rounds):
            for fmt, dataset in datasets.items():
                ways = ways_of[fmt]
                for name in list(ways)[:: -1 if number % 2 else 1]:
                    rates.setdefault(f"{fmt}: {name}", []).append(_rate(dataset, ways[name], number))
    for fmt in FORMATS:
        floor = rates[f"{fmt}: bytes alone"]
        for name, each in rates.items():
            if name.startswith(fmt):
                ratio = statistics.median(a / b for a, b in zip(each, floor, strict=True))
                yield Row(name, statistics.median(each), "samples/s", None, statistics.median(floor), ratio)


def _ways(dataset: Dataset) -> dict[str, Callable[[np.ndarray], object]]:
    """Return name -> a function that reads 32 positions in one way."""
    handles = [os.open(f"{dataset.url}/{shard.path}", os.O_RDONLY) for shard in dataset.manifest.shards]
    shard, offset, length = (dataset.index[name].to_pylist() for name in ("shard", "offset", "length"))
    return {
        "bytes alone": lambda at: [os.pread(handles[shard[i]], length[i], offset[i]) for i in at.tolist()],
        "read_batch": dataset.read_batch,
        "read_batch, images and action": lambda at: dataset.read_batch(at, ["images", "action"]),
        "read": dataset.read,
        "one by one": lambda at: [dataset[i] for i in at.tolist()],
    }


def _rate(dataset: Dataset, way: Callable[[np.ndarray], object], seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(dataset))[: BATCH * BATCHES]
    batches = np.array_split(order, max(1, len(order) // BATCH))
    way(batches[0])
    start = time.perf_counter()
    for batch in batches:
        way(batch)
    return len(order) / (time.perf_counter() - start)
