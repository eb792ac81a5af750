"""One unit of a web conversion: rows of the index -> image bytes -> samples -> shuffle -> shards -> receipt."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import xxhash

from vladata.corpora.pictures import Pictures
from vladata.errors import SourceChanged
from vladata.records import Sample
from vladata.runs.job_file import opened
from vladata.runs.receipts import ROWS, Receipt
from vladata.runs.writing import arranged, write_unit
from vladata.shards.storage import Output, open_output
from vladata.web.blocks import WebUnit, unit_of
from vladata.web.job import WebJob
from vladata.web.rows import KEPT, OpenedPart, PairRows
from vladata.web.samples import WebRenderer

OWN_ROWS = [field for field in KEPT if field.name != "step"]
WEB_ROWS = pa.schema([*ROWS, *OWN_ROWS])


@dataclass(frozen=True, slots=True)
class LoadedBlock:
    """The rows of a block, and the bytes of their images, row after row."""

    rows: PairRows
    images: list[bytes]

    def __len__(self) -> int:
        return len(self.rows)

    def pictures(self, i: int) -> list[bytes]:
        """Return the images of row i."""
        ends = self.rows.image_ends
        return self.images[ends[i] : ends[i + 1]]


class WebConversion:
    """A function that converts the units of one job. It holds the opened index, the pictures and the renderer."""

    def __init__(self, output: Output, job: WebJob) -> None:
        self.output, self.job = output, job
        self.index = open_output(job.index)
        self.pictures = Pictures(job.corpus)
        layout = job.layout
        self.render = WebRenderer(layout.name, job.split, job.recipe, layout.seed, job.images, layout.format)

    def __call__(self, unit: WebUnit) -> Receipt:
        """Write the unit's shards and then its receipt."""
        blocks = list(self._blocks(unit))
        order, block, row = arranged(
            [len(block) for block in blocks], self.job.layout, "pairs", self.job.split, unit.number
        )
        kept = pa.concat_tables(block.rows.kept for block in blocks)

        def more(written: np.ndarray) -> list[pa.Array]:
            own = kept.take(pa.array(order[written])).combine_chunks()
            return [own[field.name].combine_chunks() for field in OWN_ROWS]

        return write_unit(
            self.output,
            self.job.layout,
            self.job.split,
            unit,
            self._samples(blocks, block, row),
            finish=self.render.pictured,
            schema=WEB_ROWS,
            more=more,
        )

    def _blocks(self, unit: WebUnit) -> Iterator[LoadedBlock]:
        with ExitStack() as files:
            parts: dict[str, OpenedPart] = {}
            for name, numbers in unit.places():
                if name not in parts:
                    parts[name] = OpenedPart(files.enter_context(self.index.open(name)))
                yield self._block(parts[name].rows(numbers))

    def _block(self, rows: PairRows) -> LoadedBlock:
        places = rows.places()
        images = self.pictures.read(places)
        for place, image, digest in zip(places, images, rows.digests(), strict=True):
            if xxhash.xxh3_64_intdigest(image) != digest:
                raise _changed(*place)
        return LoadedBlock(rows, images)

    def _samples(self, blocks: list[LoadedBlock], block: np.ndarray, row: np.ndarray) -> Iterator[Sample]:
        """Yield the unit's samples, with their images as in the corpus."""
        for b, i in zip(block.tolist(), row.tolist(), strict=True):
            yield self.render(blocks[b].rows[i], blocks[b].pictures(i))


def _changed(file: str, offset: int, length: int) -> SourceChanged:
    return SourceChanged(
        "the image changed after it was indexed",
        where=f"{file}, byte {offset:,}",
        hint="The files changed since they were indexed. Run the command again, which indexes them anew.",
    )


def open_units(url: str) -> Callable[[int], Receipt]:
    """Open the job at `url` and return a function that converts one unit, given its number."""
    output, job, plan = opened(url, WebJob.from_json, mapped=True)
    convert = WebConversion(output, job)
    return lambda number: convert(unit_of(plan.batch(number)))
