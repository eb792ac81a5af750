"""One work unit, from bytes to shards. Most time of a conversion is spent here.

read ranges -> episodes -> standardise -> samples -> shuffle -> shards -> receipt
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from vladata.annotations.stored import Commentary
from vladata.plan.units import Read, WorkUnit
from vladata.records import Episode, Place
from vladata.robot.annotated import open_work
from vladata.robot.job import Job
from vladata.robot.picturing import cameras
from vladata.robot.room import Room
from vladata.robot.samples import Rendered, Renderer
from vladata.runs.job_file import opened
from vladata.runs.receipts import ROWS, Receipt
from vladata.runs.writing import Columns, arranged, write_unit
from vladata.shards.naming import EPISODES
from vladata.shards.storage import Output
from vladata.sources.cameras import gives_pixels
from vladata.transforms.standardise import compile_chain

SKIPPED = "left_out"
TASK_ROWS = pa.schema([*ROWS, ("task", pa.string())])


def taken(episode: Episode, skips: Sequence[int], instruction: str) -> Episode:
    """Return the steps of a standardised episode that a plan takes. skips, instruction: as in Read (plan/units.py)."""
    if instruction:
        texts = [instruction] * len(episode)
        episode = replace(episode, steps={**episode.steps, "instruction": texts})
    if not skips:
        return episode
    # Each pair is the start and the end of a gap: a step is in a gap if an odd number of bounds is not above it.
    bounds = np.searchsorted(np.array(skips), episode.numbers, side="right")
    return episode.select(bounds % 2 == 0, SKIPPED)


class Rendering:
    """A renderer of the episodes of one job. It holds the opened source, the compiled chain, the renderer and the room."""

    def __init__(self, job: Job, annotations: Commentary) -> None:
        self.annotations = annotations
        self.source = job.open_source()
        taken = cameras(job.spec, job.recipe).values()
        from_pixels = gives_pixels(job.spec, self.source, taken)
        self.render = Renderer(job.spec, job.recipe, job.contract, from_pixels)
        self.standardise = compile_chain(
            job.spec,
            job.chain,
            self.source.step_columns,
            self.source.values,
            job.every,
            taken,
        )
        self.wanted = self.standardise.wanted
        self.room = Room()

    def __call__(self, split: str, reads: Sequence[Read]) -> list[Rendered]:
        """Return the samples of each episode of `reads`. Their images are views of the room, which the next call overwrites."""
        places = self.room.places([read.length for read in reads])
        return [self._rendered(split, read, place) for read, place in zip(reads, places, strict=True)]

    def _rendered(self, split: str, read: Read, room: memoryview) -> Rendered:
        episode = self._episode(split, read, room)
        said = self.annotations.of(episode.id, episode.numbers)
        return self.render(episode, read.first, said, read.failed)

    def _episode(self, split: str, read: Read, room: memoryview) -> Episode:
        """Return the episode of `read`. A record of bytes is copied into `room`, and the episode's images are views of it."""
        place = Place(read.file, read.shard, read.record, read.offset, read.length)
        data = self.source.read(place, read.crc, room)
        episode = self.standardise(self.source.decode(split, place, data, self.wanted))
        return taken(episode, read.skips, read.instruction)


class Conversion:
    """A function that converts the units of one job of samples."""

    def __init__(self, output: Output, job: Job) -> None:
        self.output, self.job = output, job
        self.rendering = Rendering(job, open_work(output, job.annotated))

    def __call__(self, unit: WorkUnit) -> Receipt:
        """Write the unit's shards and then its receipt."""
        episodes = self.rendering(unit.split, unit.reads)
        # e, at: of each sample in the order of writing, its episode and its number in that episode.
        sizes, layout = [len(episode) for episode in episodes], self.job.layout
        _, e, at = arranged(sizes, layout, "steps", unit.split, unit.number)
        samples = (episodes[i][k] for i, k in zip(e.tolist(), at.tolist(), strict=True))
        rows = self._rows_of_tasks(episodes, e, at)
        pictured = self.rendering.render.pictured
        return write_unit(self.output, layout, unit.split, unit, samples, pictured, *rows)

    def _rows_of_tasks(
        self, episodes: Sequence[Rendered], e: np.ndarray, at: np.ndarray
    ) -> tuple[pa.Schema, Columns]:
        """Return the columns of samples in receipts in addition to the places: the task, if a step has several."""
        tasks = tuple(self.job.recipe.tasks)
        if len(tasks) == 1:
            return ROWS, lambda written: ()
        if self.job.recipe.dealt:
            turns = np.concatenate([np.array(episode.turns, np.int64) for episode in episodes])
            before = np.cumsum([0, *map(len, episodes)])
            names = np.array(tasks)[turns[before[e] + at]]
        else:
            names = np.array(tasks)[at % len(tasks)]
        return TASK_ROWS, lambda written: (names[written],)


def _conversion(output: Output, job: Job) -> Callable[[WorkUnit], Receipt]:
    """Return the function that converts the units of a job of samples or of whole episodes."""
    if job.layout.format not in EPISODES:
        return Conversion(output, job)
    from vladata.robot.whole.unit import EpisodeConversion

    return EpisodeConversion(output, job)


def open_units(url: str) -> Callable[[int], Receipt]:
    """Open the job at `url` and return a function that converts one unit, given its number."""
    output, job, plan = opened(url, Job.from_json)
    convert = _conversion(output, job)
    return lambda number: convert(plan[number])
