"""One work unit of whole episodes, from bytes to files.

read ranges -> episodes -> standardise -> stretches -> files -> receipt

A unit writes whole files, and a file holds whole episodes in the order of the source: those whose steps the plan counts for it.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate

import numpy as np
import pyarrow as pa

from vladata.annotations.stored import Commentary
from vladata.images import suffix
from vladata.plan.units import Read, ShardPlan, WorkUnit
from vladata.records import Place
from vladata.robot.annotated import open_work
from vladata.robot.job import Job
from vladata.robot.room import Room
from vladata.robot.unit import taken
from vladata.robot.whole.columns import Rule
from vladata.robot.whole.stretches import Cut, Stretches
from vladata.runs.receipts import ROWS, Receipt, Rejection, rows_of, shard_entries, write_receipt
from vladata.shards.episodes import rlds
from vladata.shards.episodes.stretch import Stretch
from vladata.shards.storage import Output
from vladata.shards.writer import Shard

STRETCH_ROWS = pa.schema([*ROWS, ("steps", pa.int32()), ("piece", pa.int32())])
"""Rows of a receipt: one a stretch. step: the number of its first step."""


class Cutting:
    """Reads the episodes of a job and cuts them; their pictures are views of the room, gone with the next unit."""

    def __init__(self, job: Job, annotations: Commentary) -> None:
        self.source = job.open_source()
        self.stretches = Stretches(Rule.of(job), annotations, self.source)
        self.room = Room()

    def __call__(self, split: str, reads: Sequence[Read]) -> Iterator[Cut]:
        """What becomes of each episode of `reads`, one after another."""
        places = self.room.places([read.length for read in reads])
        for read, room in zip(reads, places, strict=True):
            place = Place(read.file, read.shard, read.record, read.offset, read.length)
            data = self.source.read(place, read.crc, room)
            raw = self.source.decode(split, place, data, self.stretches.wanted)
            yield self.stretches(raw, partial(taken, skips=read.skips, instruction=read.instruction))


class Conversion:
    """Does the units of one job."""

    def __init__(self, output: Output, job: Job) -> None:
        self.output = output
        self.cutting = Cutting(job, open_work(output, job.annotated))

    def __call__(self, unit: WorkUnit) -> Receipt:
        """Write the unit's files and then its receipt."""
        note = _Noted()
        shards = [
            self._file(plan, note.seen(self.cutting(unit.split, reads)))
            for plan, reads in zip(unit.shards, of_files(unit), strict=True)
        ]
        receipt = Receipt(
            unit.number,
            shard_entries(unit.split, shards),
            tuple(note.rejected),
            {camera: tuple(sorted(kinds)) for camera, kinds in note.kinds.items()},
            rows_of(shards, note.columns(), STRETCH_ROWS),
        )
        write_receipt(self.output, receipt)
        return receipt

    def _file(self, plan: ShardPlan, stretches: Iterator[Stretch]) -> Shard:
        offsets, steps = [0], [0]

        def buffers() -> Iterator[bytes]:
            for stretch in stretches:
                pieces = rlds.buffers(stretch)
                offsets.append(offsets[-1] + sum(map(len, pieces)))
                steps[0] += len(stretch)
                yield from pieces

        written = self.output.write(plan.path, buffers())
        return Shard(plan.path, steps[0], written.bytes, written.checksum, np.array(offsets, np.int64))


def of_files(unit: WorkUnit) -> list[tuple[Read, ...]]:
    """The episodes of each file of a unit: those whose steps make what the plan counts for it."""
    ends = list(accumulate(read.samples for read in unit.reads))
    found, first = [], 0
    for stop in accumulate(shard.samples for shard in unit.shards):
        behind = ends.index(stop) + 1
        found.append(unit.reads[first:behind])
        first = behind
    return found


class _Noted:
    """What is noted of stretches while they are written."""

    def __init__(self) -> None:
        self.rejected: list[Rejection] = []
        self.kinds: dict[str, set[str]] = {}
        self._rows: list[tuple[str, int, int, int]] = []

    def seen(self, cuts: Iterator[Cut]) -> Iterator[Stretch]:
        """Yield the stretches of all cuts."""
        for cut in cuts:
            self.rejected += cut.rejected
            for stretch in cut.stretches:
                self._rows.append((stretch.episode, int(stretch.numbers[0]), len(stretch), stretch.piece))
                for camera, pictures in stretch.images.items():
                    self.kinds.setdefault(camera, set()).update(map(suffix, pictures))
                yield stretch

    def columns(self) -> Sequence[Sequence[object]]:
        """Those of STRETCH_ROWS after the places."""
        return list(zip(*self._rows, strict=True)) if self._rows else [()] * 4
