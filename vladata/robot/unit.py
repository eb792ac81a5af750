"""One work unit, from bytes to shards. This is the whole way of an episode, and the hot path.

read ranges -> episodes -> standardise -> samples -> shuffle -> shards -> receipt
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from vladata import keys
from vladata.errors import BadImage
from vladata.images import suffix
from vladata.plan.units import Read, WorkUnit
from vladata.records import Episode, Place, Sample
from vladata.robot.job import Job, open_job
from vladata.robot.room import Room
from vladata.robot.samples import Rendered, Renderer
from vladata.runs.receipts import Receipt, Rejection, rejection_of, rows_of, shard_receipts, write_receipt
from vladata.shards.storage import Output
from vladata.shards.writer import Shard, write_shard
from vladata.transforms.standardise import compile_chain

SKIPPED = "left_out"


def taken(episode: Episode, skips: Sequence[int], instruction: str) -> Episode:
    """What a plan takes of a standardised episode: Read has the meaning of `skips` and `instruction`."""
    if instruction:
        texts = [instruction] * len(episode)
        episode = replace(episode, steps={**episode.steps, "instruction": texts})
    if not skips:
        return episode
    # Every pair opens a gap and closes it: a step lies in one where an odd number of bounds is not above it.
    bounds = np.searchsorted(np.array(skips), episode.numbers, side="right")
    return episode.select(bounds % 2 == 0, SKIPPED)


class Conversion:
    """Does the units of one job; holds the opened source, the compiled chain, the renderer and the room."""

    def __init__(self, output: Output, job: Job) -> None:
        self.output, self.job = output, job
        self.source = job.open_source()
        self.standardise = compile_chain(
            job.spec, job.chain, self.source.step_columns, self.source.values, job.every
        )
        self.wanted = self.standardise.wanted
        self.render = Renderer(job.spec, job.recipe, job.contract)
        self.room = Room()

    def __call__(self, unit: WorkUnit) -> Receipt:
        """Writes the unit's shards and then its receipt."""
        places = self.room.places([read.length for read in unit.reads])
        reads = zip(unit.reads, places, strict=True)
        episodes = [self.render(self._episode(unit.split, read, place)) for read, place in reads]
        samples = self._ordered(unit, episodes)
        writing = _Writing(self.render)
        shards = []
        for plan in unit.shards:
            part = writing.pictured(islice(samples, plan.samples))
            shards.append(write_shard(self.output, plan.path, part, self.job.layout.format))
        receipt = writing.receipt(unit, shards)
        write_receipt(self.output, receipt)
        return receipt

    def _episode(self, split: str, read: Read, room: memoryview) -> Episode:
        """The episode of `read`; where its record is bytes they lie in `room`, and its images are views of that."""
        place = Place(read.file, read.shard, read.record, read.offset, read.length)
        data = self.source.read(place, read.crc, room)
        episode = self.standardise(self.source.decode(split, place, data, self.wanted))
        return taken(episode, read.skips, read.instruction)

    def _ordered(self, unit: WorkUnit, episodes: list[Rendered]) -> Iterator[Sample]:
        """The unit's samples, in the order in which they are written."""
        sizes = [len(episode) for episode in episodes]
        episode = np.repeat(np.arange(len(sizes)), sizes)
        step = np.concatenate([np.arange(size) for size in sizes])
        layout = self.job.layout
        if layout.order == "shuffled":
            order = keys.permutation(len(step), layout.seed, "steps", unit.split, unit.number)
            episode, step = episode[order], step[order]
        for e, i in zip(episode.tolist(), step.tolist(), strict=True):
            yield episodes[e][i]


class _Writing:
    """What becomes of a unit's samples on their way to the disk."""

    def __init__(self, render: Renderer) -> None:
        self.render = render
        self.episodes: list[str] = []
        self.steps: list[int] = []
        self.rejected: list[Rejection] = []
        # By an image's first byte, which differs from kind to kind: asking for the kind of each costs 3% of the time.
        self.kinds: dict[str, dict[int, str]] = {camera: {} for camera in render.cameras}

    def pictured(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """The samples with their final images; one whose image does not decode is left out, and booked."""
        for sample in samples:
            try:
                final = self.render.pictured(sample)
            except BadImage as fault:
                self.rejected.append(rejection_of(sample, fault))
                continue
            for camera, image in final.images.items():
                if image[0] not in self.kinds[camera]:
                    self.kinds[camera][image[0]] = suffix(image)
            self.episodes.append(sample.fields["episode"])
            self.steps.append(sample.fields["step"])
            yield final

    def receipt(self, unit: WorkUnit, shards: list[Shard]) -> Receipt:
        lost = sorted({r.episode for r in self.rejected} - set(self.episodes))
        rows = rows_of(shards, (self.episodes, np.array(self.steps, np.int32)))
        kinds = {camera: tuple(sorted(found.values())) for camera, found in self.kinds.items()}
        done = shard_receipts(unit.split, shards)
        return Receipt(unit.number, done, tuple(self.rejected), tuple(lost), kinds, rows)


def open_units(url: str) -> Callable[[int], Receipt]:
    """What does the units of the job in `url`, by their numbers."""
    output, job, plan = open_job(url)
    convert = Conversion(output, job)
    return lambda number: convert(plan[number])
