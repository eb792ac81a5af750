"""One work unit of whole episodes, from bytes to files.

read ranges -> episodes -> standardise -> stretches -> files -> receipt

A unit writes whole files. A file holds whole episodes in the order of the source; the plan gives its number of steps.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate

import numpy as np

from vladata.annotations.stored import Commentary
from vladata.plan.units import Read, ShardPlan, WorkUnit
from vladata.records import Place
from vladata.robot.annotated import open_work
from vladata.robot.job import Job
from vladata.robot.room import Room
from vladata.robot.unit import taken
from vladata.robot.whole.columns import Rule
from vladata.robot.whole.lerobot import LeRobotFiles
from vladata.robot.whole.noted import STRETCH_ROWS, Noted
from vladata.robot.whole.stretches import Cut, Stretches
from vladata.runs.receipts import Receipt, rows_of, shard_entries, write_receipt
from vladata.shards.episodes import rlds
from vladata.shards.storage import Output
from vladata.shards.writer import Shard


class Cutting:
    """A function that reads and cuts the episodes of a job. Their pictures are views of one Room, which each call overwrites."""

    def __init__(self, job: Job, annotations: Commentary) -> None:
        self.source = job.open_source()
        self.stretches = Stretches(Rule.of(job), annotations, self.source)
        self.room = Room()

    def __call__(self, split: str, reads: Sequence[Read]) -> Iterator[Cut]:
        """Yield the cut of each episode of `reads`."""
        places = self.room.places([read.length for read in reads])
        for read, room in zip(reads, places, strict=True):
            place = Place(read.file, read.shard, read.record, read.offset, read.length)
            data = self.source.read(place, read.crc, room)
            raw = self.source.decode(split, place, data, self.stretches.wanted)
            yield self.stretches(raw, partial(taken, skips=read.skips, instruction=read.instruction))


class EpisodeConversion:
    """A function that converts the units of one job."""

    def __init__(self, output: Output, job: Job) -> None:
        self.output = output
        self.cutting = Cutting(job, open_work(output, job.annotated))
        columns = self.cutting.stretches.columns
        self.write = (
            LeRobotFiles(output, job, columns) if job.layout.format == "lerobot" else RldsFiles(output)
        )

    def __call__(self, unit: WorkUnit) -> Receipt:
        """Write the files of a unit, and then its receipt."""
        noted = Noted()
        shards: list[Shard] = []
        for plans, reads in zip(by_file(unit), of_files(unit), strict=True):
            shards += self.write(plans, reads[0], self.cutting(unit.split, reads), noted)
        receipt = Receipt(
            unit.number,
            shard_entries(unit.split, shards),
            tuple(noted.rejected),
            noted.image_kinds(),
            rows_of(shards, noted.columns(), STRETCH_ROWS),
        )
        write_receipt(self.output, receipt)
        return receipt


class RldsFiles:
    """A writer of RLDS files."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def __call__(
        self, plans: Sequence[ShardPlan], first: Read, cuts: Iterator[Cut], noted: Noted
    ) -> list[Shard]:
        """Write the stretches of `cuts` into one file."""
        (plan,) = plans
        offsets, steps = [0], [0]

        def buffers() -> Iterator[bytes]:
            for stretch in noted.seen(cuts):
                noted.row(stretch)
                pieces = rlds.buffers(stretch)
                offsets.append(offsets[-1] + sum(map(len, pieces)))
                steps[0] += len(stretch)
                yield from pieces

        written = self.output.write(plan.path, buffers())
        return [Shard(plan.path, steps[0], written.bytes, written.checksum, np.array(offsets, np.int64))]


def by_file(unit: WorkUnit) -> list[tuple[ShardPlan, ...]]:
    """Return the files of a unit in groups: a file of episodes, and its videos."""
    found: list[tuple[ShardPlan, ...]] = []
    for plan in unit.shards:
        if plan.samples:
            found.append((plan,))
        else:
            found[-1] += (plan,)
    return found


def of_files(unit: WorkUnit) -> list[tuple[Read, ...]]:
    """Return the episodes of each file of a unit. Their steps add up to the number that the plan gives for the file."""
    ends = list(accumulate(read.samples for read in unit.reads))
    found, first = [], 0
    for stop in accumulate(shard.samples for shard in unit.shards if shard.samples):
        behind = ends.index(stop) + 1
        found.append(unit.reads[first:behind])
        first = behind
    return found
