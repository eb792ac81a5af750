"""One unit of a web conversion: rows of the index -> image bytes -> samples -> shuffle -> shards -> receipt."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash

from vladata import keys
from vladata.corpora.pictures import Pictures
from vladata.errors import BadImage, SourceChanged
from vladata.images import suffix
from vladata.records import Sample
from vladata.runs.receipts import (
    ROWS,
    Receipt,
    Rejection,
    rejection_of,
    rows_of,
    shard_receipts,
    write_receipt,
)
from vladata.shards.storage import Output, open_output
from vladata.shards.writer import Shard, write_shard
from vladata.web.blocks import WebUnit, unit_of
from vladata.web.job import WebJob, open_job
from vladata.web.rows import KEPT, Part, Rows
from vladata.web.samples import Renderer

OWN_ROWS = [field for field in KEPT if field.name != "step"]
WEB_ROWS = pa.schema([*ROWS, *OWN_ROWS])

Pictured = tuple[int, Mapping[str, Any], list[bytes]]
"""Its position among all pairs of the unit, its row, its images."""


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of a block, and the bytes of their images, row after row."""

    rows: Rows
    images: list[bytes]

    def __len__(self) -> int:
        return len(self.rows)

    def pictures(self, i: int) -> list[bytes]:
        """The images of row i."""
        ends = self.rows.image_ends
        return self.images[ends[i] : ends[i + 1]]


class WebConversion:
    """Does the units of one job; holds the opened index, the pictures and the renderer."""

    def __init__(self, output: Output, job: WebJob) -> None:
        self.output, self.job = output, job
        self.index = open_output(job.index)
        self.pictures = Pictures(job.corpus)
        layout = job.layout
        self.render = Renderer(layout.name, job.split, job.recipe, layout.seed, job.images, layout.format)

    def __call__(self, unit: WebUnit) -> Receipt:
        """Writes the unit's shards and then its receipt."""
        blocks = list(self._blocks(unit))
        pairs = self._ordered(unit, blocks)
        writing, shards = _Writing(self.render), []
        for plan in unit.shards:
            part = writing.pictured(islice(pairs, plan.samples))
            shards.append(write_shard(self.output, plan.path, part, self.job.layout.format))
        kept = pa.concat_tables(block.rows.kept for block in blocks)
        receipt = writing.receipt(unit, self.job.split, shards, kept)
        write_receipt(self.output, receipt)
        return receipt

    def _blocks(self, unit: WebUnit) -> Iterator[Block]:
        with ExitStack() as files:
            parts: dict[str, Part] = {}
            for name, numbers in unit.places():
                if name not in parts:
                    parts[name] = Part(files.enter_context(self.index.open(name)))
                yield self._block(parts[name].rows(numbers))

    def _block(self, rows: Rows) -> Block:
        places = rows.places()
        images = self.pictures.read(places)
        for place, image, digest in zip(places, images, rows.digests(), strict=True):
            if xxhash.xxh3_64_intdigest(image) != digest:
                raise _changed(*place)
        return Block(rows, images)

    def _ordered(self, unit: WebUnit, blocks: list[Block]) -> Iterator[Pictured]:
        """The unit's pairs, in the order in which they are written."""
        sizes = [len(block) for block in blocks]
        block = np.repeat(np.arange(len(sizes)), sizes)
        row = np.concatenate([np.arange(size) for size in sizes])
        layout, order = self.job.layout, np.arange(len(row))
        if layout.order == "shuffled":
            order = keys.permutation(len(row), layout.seed, "pairs", self.job.split, unit.number)
        for at, b, i in zip(order.tolist(), block[order].tolist(), row[order].tolist(), strict=True):
            yield at, blocks[b].rows[i], blocks[b].pictures(i)


def _changed(file: str, offset: int, length: int) -> SourceChanged:
    return SourceChanged(
        "the image is not the one that was indexed",
        where=f"{file}, byte {offset:,}",
        hint="The files changed since they were indexed: run the command again, and they are indexed anew.",
    )


class _Writing:
    """What becomes of a unit's samples on their way to the disk."""

    def __init__(self, render: Renderer) -> None:
        self.render = render
        self.written: list[int] = []  # the positions of the samples in the unit
        self.episodes: list[str] = []
        self.rejected: list[Rejection] = []
        self.kinds: dict[str, dict[int, str]] = {}  # by an image's first byte, as in vladata/robot/unit.py

    def pictured(self, pairs: Iterable[Pictured]) -> Iterator[Sample]:
        """The samples with their final images; one whose image does not decode is left out, and booked."""
        for at, row, images in pairs:
            sample = self.render(row, images)
            try:
                final = self.render.pictured(sample)
            except BadImage as fault:
                self.rejected.append(rejection_of(sample, fault))
                continue
            for camera, image in final.images.items():
                known = self.kinds.setdefault(camera, {})
                if image[0] not in known:
                    known[image[0]] = suffix(image)
            self.written.append(at)
            self.episodes.append(sample.fields["episode"])
            yield final

    def receipt(self, unit: WebUnit, split: str, shards: list[Shard], kept: pa.Table) -> Receipt:
        """kept: of all pairs of the unit."""
        lost = sorted({r.episode for r in self.rejected} - set(self.episodes))
        own = kept.take(pa.array(self.written, pa.int64())).combine_chunks()
        rows = rows_of(
            shards, (self.episodes, *(own[name].combine_chunks() for name in KEPT.names)), WEB_ROWS
        )
        kinds = {camera: tuple(sorted(found.values())) for camera, found in self.kinds.items()}
        done = shard_receipts(split, shards)
        return Receipt(unit.number, done, tuple(self.rejected), tuple(lost), kinds, rows)


def open_units(url: str) -> Callable[[int], Receipt]:
    """What does the units of the job in `url`, by their numbers."""
    output, job, plan = open_job(url)
    convert = WebConversion(output, job)
    return lambda number: convert(unit_of(plan.batch(number)))
