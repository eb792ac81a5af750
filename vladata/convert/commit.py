"""Receipts -> a dataset: the last step of every run.

Order, so that a kill at any moment leaves an unfinished run or a finished dataset: the shards are synced to the disk; the
tables, the card and the list of rejections are written; the ledger is balanced against what the receipts say; the manifest is
written; the job goes, and with it the run is no longer unfinished.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from vladata import __version__
from vladata.convert.index_table import index_table
from vladata.convert.job import Job, remove_job
from vladata.convert.receipts import Receipt, read_all
from vladata.convert.samples import TEXTS, cameras
from vladata.index.ledger import Ledger
from vladata.shards.card import card
from vladata.shards.examples import features_json
from vladata.shards.manifest import FORMAT_VERSION, PRETTY, write_manifest
from vladata.shards.naming import CARD, FEATURES, INDEX, INFO, REJECTED
from vladata.shards.storage import Output
from vladata.shards.whole import Written


@dataclass(frozen=True, eq=False)
class Committing:
    """What a commit needs beside the receipts.

    ledger:     of the index; conversion-time rejections are booked here.
    rejections: the lines of rejected.jsonl that the index knows.
    chosen:     path -> bytes of the files that say what was taken.
    version:    of the source dataset.
    units:      how many receipts there must be.
    """

    job: Job
    ledger: Ledger
    rejections: Iterable[Mapping[str, Any]]
    chosen: Mapping[str, Iterable[bytes]]
    version: str
    units: int


def commit(output: Output, committing: Committing) -> dict[str, Any]:
    """Makes the folder a dataset and returns its manifest."""
    job, ledger = committing.job, committing.ledger
    receipts = list(_without_rows(output, committing.units))
    shards = [asdict(shard) for receipt in receipts for shard in receipt.shards]
    for receipt in receipts:
        _book(ledger, receipt)
    ledger.check(sum(shard["samples"] for shard in shards), output.url)
    output.sync(shard["path"] for shard in shards)
    late = [asdict(entry) for receipt in receipts for entry in receipt.rejected]
    lines = (orjson.dumps(line) + b"\n" for line in (*committing.rejections, *late))
    index = index_table(job.layout.name, job.recipe.task, read_all(output, committing.units))
    described = _described(job, ledger, shards, committing.version)
    described["image_kinds"] = _image_kinds(job, receipts)
    files = {REJECTED: lines, **committing.chosen, INDEX: index, CARD: [card(described).encode()]}
    if job.layout.format == "tfrecord":
        files |= _tfds_files(job, described)
    written = [(path, output.write(path, buffers)) for path, buffers in files.items()]
    output.sync(path for path, _ in written)
    manifest = write_manifest(output, {**described, "files": [_file(path, w) for path, w in written]})
    remove_job(output)
    return manifest


def _without_rows(output: Output, units: int) -> Iterator[Receipt]:
    """The receipts without their rows, which together are as long as the dataset."""
    for receipt in read_all(output, units):
        yield replace(receipt, rows=receipt.rows.schema.empty_table())


def _image_kinds(job: Job, receipts: list[Receipt]) -> dict[str, list[str]]:
    """Camera -> the kinds of its images, sorted: ["jpg"], or ["jpg", "png"] where it recorded both."""
    names = cameras(job.spec, job.recipe)
    return {camera: sorted({kind for r in receipts for kind in r.kinds[camera]}) for camera in names}


def _book(ledger: Ledger, receipt: Receipt) -> None:
    first: dict[str, bool] = {}
    for entry in receipt.rejected:
        whole = entry.episode in receipt.lost and not first.setdefault(entry.episode, False)
        first[entry.episode] = True
        ledger.reject_written(entry.reason, 1, whole)


def _file(path: str, written: Written) -> dict[str, Any]:
    return {"path": path, "bytes": written.bytes, "checksum": written.checksum}


def _described(job: Job, ledger: Ledger, shards: list[dict[str, Any]], version: str) -> dict[str, Any]:
    """The manifest but for `files` and `digest`."""
    layout = job.layout
    splits: dict[str, dict[str, int]] = {}
    for shard in shards:
        counts = splits.setdefault(shard["split"], {"shards": 0, "samples": 0})
        counts["shards"] += 1
        counts["samples"] += shard["samples"]
    return {
        "format_version": FORMAT_VERSION,
        "name": layout.name,
        "created_by": {"name": "vladata", "version": __version__},
        "source": {
            "name": layout.name,
            "version": version,
            "split": job.split,
            "limit": job.limit,
            "measured": job.measured or job.split,
        },
        "schema": job.spec.model_dump(mode="json"),
        "chain": job.chain,
        "every": job.every,
        "keep_ranges": job.keep_ranges,
        "errata": job.errata,
        "recipe": job.recipe.model_dump(mode="json"),
        "cameras": list(cameras(job.spec, job.recipe)),
        "format": layout.format,
        "order": layout.order,
        "seed": layout.seed,
        "samples_per_shard": layout.samples_per_shard,
        "memory": layout.memory,
        "splits": splits,
        "shards": shards,
        "ledger": ledger.as_json(),
        "statistics": job.statistics,
        "contract": job.contract,
    }


def _tfds_files(job: Job, described: Mapping[str, Any]) -> dict[str, list[bytes]]:
    """What tfds.builder_from_directory reads beside the shards."""
    statistics = job.statistics
    action, state = (len(statistics[name]["names"]) for name in ("action", "state"))
    features = features_json(described["cameras"], action, state, TEXTS)
    splits = []
    for split in described["splits"]:
        shards = [shard for shard in described["shards"] if shard["split"] == split]
        splits.append(
            {
                "name": split,
                "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
                "shardLengths": [str(shard["samples"]) for shard in shards],
                "numBytes": str(sum(shard["bytes"] for shard in shards)),
            }
        )
    info = {**_tfds_about(job), "fileFormat": "tfrecord", "splits": splits}
    return {
        FEATURES: [orjson.dumps(features, option=PRETTY)],
        INFO: [orjson.dumps(info, option=PRETTY)],
    }


def _tfds_about(job: Job) -> dict[str, Any]:
    """What TFDS shows of a dataset. disableShuffling: it reads the shards one after the other, so order "source" stays."""
    spec = job.spec
    about = {
        "name": job.layout.name,
        "version": "1.0.0",
        "description": f"Vision-language-action samples by vladata: schema {spec.name}, recipe {job.recipe.name}.",
        "disableShuffling": job.layout.order == "source",
    }
    given = {
        "citation": spec.citation,
        "redistributionInfo": spec.licence and {"license": spec.licence},
        "location": spec.homepage and {"urls": [spec.homepage]},
    }
    return about | {name: value for name, value in given.items() if value}
