"""Episodes as TFRecord and as ArrayRecord, both written by TFDS: every record is read and checked, and all are converted.

Kept equal: the same records, in memory or the page cache; one process and one thread; the ways in turn, forwards and back. Rates
are by processor time, not by the clock, so that other processes on the machine matter less. The floor is TFRecord. The package
array_record reads with the options that need least memory, 8 records a call, and its records are checked by the same CRC as ours.
This makes the numbers of docs/datasets.md:

    python -m benchmarks array_record --rounds 5
"""

import json
import os
import shutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import vladata
from benchmarks.bench import RECIPE, SCHEMA, Bench, Row
from vladata.formats.checksum import masked_crc
from vladata.records import Place
from vladata.sources.readers import open_source
from vladata.sources.source import Source

INFO = "dataset_info.json"
OPTIONS = "readahead_buffer_size:0,max_parallelism:0"
BATCH = 8
Way = Callable[[], int]


def main(bench: Bench) -> Iterator[Row]:
    with bench.out() as out:
        written = _as_array_record(bench.small, out)
        one, other = open_source(bench.small), open_source(written)
        places = [record.place for shard in other.shards("train") for record in other.scan(shard)]
        yield from _rows(
            bench,
            "MB/s",
            {
                "TFRecord, scanned": lambda: _scanned(one),
                "ArrayRecord, scanned": lambda: _scanned(other),
                "ArrayRecord, record by record": lambda: _read(other, places),
                "ArrayRecord, by the package": lambda: _package(written),
            },
        )
        yield from _rows(
            bench,
            "steps/s",
            {
                "TFRecord, converted": lambda: _converted(bench, bench.small),
                "ArrayRecord, converted": lambda: _converted(bench, written),
            },
        )


def _rows(bench: Bench, unit: str, ways: dict[str, Way]) -> Iterator[Row]:
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(bench.rounds):
        for name in list(ways)[:: -1 if number % 2 else 1]:
            start = _seconds()
            amount = ways[name]()
            rates[name].append(amount / (_seconds() - start) / (1e6 if unit == "MB/s" else 1))
    floor = next(iter(rates.values()))
    for name, each in rates.items():
        ratio = statistics.median(a / b for a, b in zip(each, floor, strict=True))
        yield Row(name, statistics.median(each), unit, None, statistics.median(floor), ratio)


def _seconds() -> float:
    """Return the seconds of processor time of this process and of the child processes that have ended."""
    return sum(os.times()[:4])


def _as_array_record(source: Path, out: Path) -> Path:
    """Return the version folder of the same records as ArrayRecord, each in a chunk of its own."""
    from array_record.python.array_record_module import ArrayRecordWriter

    out.mkdir()
    opened = open_source(source)
    for shard in opened.shards("train"):
        writer = ArrayRecordWriter(
            str(out / shard.file.replace(".tfrecord-", ".array_record-")), "group_size:1"
        )
        for record in opened.scan(shard):
            writer.write(bytes(record.data))
        writer.close()
    info = json.loads((source / INFO).read_text()) | {"fileFormat": "array_record"}
    (out / INFO).write_text(json.dumps(info))
    shutil.copy(source / "features.json", out)
    return out


def _scanned(source: Source) -> int:
    return sum(len(record.data) for shard in source.shards("train") for record in source.scan(shard))


def _read(source: Source, places: list[Place]) -> int:
    return sum(len(source.read(place)) for place in places)


def _package(folder: Path) -> int:
    from array_record.python.array_record_module import ArrayRecordReader

    total = 0
    for file in sorted(folder.glob("*.array_record-*")):
        reader = ArrayRecordReader(str(file), OPTIONS)
        count = reader.num_records()
        for start in range(0, count, BATCH):
            for data in reader.read(start, min(start + BATCH, count)):
                masked_crc(data)
                total += len(data)
        reader.close()
    return total


def _converted(bench: Bench, source: Path) -> int:
    with bench.out() as out:
        manifest = vladata.convert(source, out, schema=str(SCHEMA), recipe=RECIPE)
        return int(manifest["ledger"]["steps"]["written"])
