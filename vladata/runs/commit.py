"""Receipts -> a dataset: the last step of every run, of any kind.

The order leaves an unfinished run or a finished dataset after a kill at any moment: the ledger is balanced with the
receipts; the shards are synced to the disk; the tables, the card and the list of rejections are written; the manifest is
written; the job is removed, and the run is no longer unfinished.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vladata.errors import NoSteps
from vladata.fields import Spelled
from vladata.index.ledger import Ledger
from vladata.plan.units import Layout
from vladata.runs.index_table import index_table, with_units
from vladata.runs.job_file import remove_job
from vladata.runs.receipts import Receipt, Rejection, read_all
from vladata.shards.card import card
from vladata.shards.croissant import croissant
from vladata.shards.examples import Shapes, features_json
from vladata.shards.manifest import (
    FORMAT_VERSION,
    PRETTY,
    CreatedBy,
    FileEntry,
    Manifest,
    ShardEntry,
    splits_of,
    write_manifest,
)
from vladata.shards.naming import CARD, CROISSANT, INDEX, REJECTED
from vladata.shards.parts import Part
from vladata.shards.storage import Output
from vladata.shards.tfds_files import tfds_files
from vladata.version import __version__


@dataclass(frozen=True, eq=False)
class Done:
    """The results of the units.

    rejected: the samples that they had to leave out.
    receipts: yields their receipts with all rows, in order, one at a time.
    """

    rejected: Sequence[Rejection]
    receipts: Callable[[], Iterator[Receipt]]


def accept(output: Output, late: Sequence[Rejection]) -> None:
    """Accept an output with any samples rejected while it was written."""


def _no_files(described: Manifest, done: Done) -> Mapping[str, Iterable[bytes]]:
    return {}


@dataclass(frozen=True, eq=False)
class Committing:
    """The input of a commit beside the receipts.

    units:      the number of receipts that there must be.
    ledger:     of the index or plan; rejections during conversion are added to it.
    rejections: the lines of rejected.jsonl that are known before the conversion.
    files:      path -> bytes of further files of the output.
    part:       makes the manifest's part of this kind, about sources and settings, from the results of the units.
    fields:     of every sample, as the manifest names them.
    cameras:    in the order of a sample's members; partly: the cameras that not every sample has.
    index:      the columns of index.arrow.
    names:      text column of index.arrow -> all its names; if there is only one, receipts may leave the column out.
    shapes:     of the fields of numbers, for TFDS.
    about:      the description of the dataset that TFDS and Croissant show.
    identities: of its units, for an output that can be made again (again.py).
    refuse:     called with the output and the samples rejected while it was written; raises if the output needs one of them.
    notes:      Markdown that the card has after its introduction.
    of_format:  given the manifest without `files`, returns path -> bytes of the files that a format has beside its shards.
    """

    layout: Layout
    units: int
    ledger: Ledger
    rejections: Iterable[Mapping[str, Any]]
    files: Mapping[str, Iterable[bytes]]
    part: Callable[[Done], Part]
    fields: Spelled
    cameras: Sequence[str]
    partly: Sequence[str]
    index: pa.Schema
    names: Mapping[str, Sequence[str]]
    shapes: Shapes
    about: Mapping[str, Any]
    identities: Sequence[str] = ()
    refuse: Callable[[Output, Sequence[Rejection]], None] = accept
    notes: str = ""
    of_format: Callable[[Manifest, Done], Mapping[str, Iterable[bytes]]] = _no_files


def commit(output: Output, committing: Committing) -> Manifest:
    """Make the folder a dataset and return its manifest. Raises NoSteps if not one sample could be written."""
    ledger = committing.ledger
    receipts = list(_without_rows(output, committing.units))
    shards = [shard for receipt in receipts for shard in receipt.shards]
    late = [entry for receipt in receipts for entry in receipt.rejected]
    committing.refuse(output, late)
    _book(ledger, late, read_all(output, committing.units))
    if ledger.dealt is not None:
        ledger.dealt = _dealt(ledger.tasks, read_all(output, committing.units))
    written = sum(shard.samples for shard in shards)
    ledger.check(written, output.url)
    if not written:
        raise NoSteps(
            "not one sample could be written",
            where=output.url,
            hint=f"The first, {late[0].episode}: {late[0].says}",
        )
    output.sync(shard.path for shard in shards)
    lines = (orjson.dumps(line) + b"\n" for line in (*committing.rejections, *map(asdict, late)))
    columns = committing.index
    if committing.identities:
        columns = with_units(columns, committing.identities, receipts)
    index = index_table(columns, committing.names, read_all(output, committing.units))
    done = Done(late, partial(read_all, output, committing.units))
    described = _described(committing, shards, receipts, committing.part(done))
    files = {
        REJECTED: lines,
        **committing.files,
        INDEX: index,
        CARD: [card(described, committing.notes).encode()],
    }
    if described.format:
        about = croissant(described, committing.about)
        files[CROISSANT] = [orjson.dumps(about, option=PRETTY)]
    if committing.layout.format == "tfrecord":
        features = features_json(described.fields, described.cameras, described.partly, committing.shapes)
        counts = {shard.path: shard.samples for shard in shards}
        files |= tfds_files(described, features, counts, committing.about)
    files |= committing.of_format(described, done)
    beside = [(path, output.write(path, buffers)) for path, buffers in files.items()]
    output.sync(path for path, _ in beside)
    entries = tuple(FileEntry(path, written.bytes, written.checksum) for path, written in beside)
    manifest = write_manifest(output, replace(described, files=entries))
    remove_job(output)
    return manifest


def _without_rows(output: Output, units: int) -> Iterator[Receipt]:
    """Yield the receipts without their rows, which together are as long as the dataset."""
    for receipt in read_all(output, units):
        yield replace(receipt, rows=receipt.rows.schema.empty_table())


def _book(ledger: Ledger, late: Sequence[Rejection], receipts: Iterable[Receipt]) -> None:
    """Count the samples that were rejected while they were written.

    An episode (in a web corpus a record, which may lie in several units) is lost if no unit could write a sample of it, which is
    known only here. It counts under the reason of its first rejection.
    """
    by_step: dict[tuple[str, int], list[Rejection]] = {}
    for entry in late:
        by_step.setdefault((entry.episode, entry.step), []).append(entry)
    for entries in by_step.values():
        ledger.reject_written(entries[0].reason, {entry.task for entry in entries})
    lost: dict[str, str] = {}
    for entry in late:
        lost.setdefault(entry.episode, entry.reason)
    for receipt in receipts if lost else ():
        there = receipt.rows["episode"]
        for episode in pc.unique(there.filter(pc.is_in(there, pa.array(lost, pa.string())))).to_pylist():
            del lost[episode]
        if not lost:
            break
    for reason in lost.values():
        ledger.lose_written(reason)


def _dealt(tasks: Sequence[str], receipts: Iterable[Receipt]) -> Counter[str]:
    """Return task -> the number of its samples that were written, for steps with a sample of one task only."""
    found: Counter[str] = Counter()
    for receipt in receipts:
        if len(tasks) == 1:
            found[tasks[0]] += len(receipt.rows)
        else:
            counts = receipt.rows["task"].value_counts()
            found.update(
                dict(zip(*(counts.field(name).to_pylist() for name in ("values", "counts")), strict=True))
            )
    return found


def _described(
    committing: Committing, shards: Sequence[ShardEntry], receipts: Sequence[Receipt], part: Part
) -> Manifest:
    """Return the manifest without `files` and `digest`."""
    layout = committing.layout
    return Manifest(
        format_version=FORMAT_VERSION,
        kind=part.KIND,
        name=layout.name,
        created_by=CreatedBy("vladata", __version__),
        part=part,
        fields=committing.fields,
        cameras=tuple(committing.cameras),
        partly=tuple(committing.partly),
        image_kinds=_image_kinds(committing.cameras, receipts),
        format=layout.format,
        order=layout.order,
        seed=layout.seed,
        samples_per_shard=layout.samples_per_shard,
        memory=layout.memory,
        splits=splits_of(shards),
        shards=tuple(shards),
        ledger=committing.ledger.as_json(),
    )


def _image_kinds(cameras: Sequence[str], receipts: Sequence[Receipt]) -> dict[str, tuple[str, ...]]:
    """Return camera -> the kinds of its images, sorted: ("jpg",), or ("jpg", "png") if it recorded both."""
    return {
        camera: tuple(sorted({kind for r in receipts for kind in r.kinds.get(camera, ())}))
        for camera in cameras
    }
