"""The stages of a conversion, each alone over the same episodes: `python -m benchmarks.stages SOURCE OUT EPISODES`."""

import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TypeVar

import vladata
from benchmarks.bench import RECIPE, SCHEMA
from benchmarks.floor import example_class
from benchmarks.measure import tell
from vladata.formats.checksum import masked_crc
from vladata.formats.example import parse_example
from vladata.plan.units import Read
from vladata.records import Episode, Place
from vladata.robot.prepare import Prepared
from vladata.robot.run import begin
from vladata.robot.samples import Renderer
from vladata.robot.settings import Settings
from vladata.runs.attempt import Run
from vladata.shards.webdataset import buffers
from vladata.shards.writer import write_shard
from vladata.transforms.standardise import compile_chain

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: str, function: Callable[[Item], Result], items: list[Item], steps: int) -> list[Result]:
    """Call `function` on every item, print the time, and return the results."""
    start = time.perf_counter()
    results = [function(item) for item in items]
    tell(steps, time.perf_counter() - start, work)
    return results


def main(source: str, out: str, episodes: str) -> None:
    settings = Settings(source, out, vladata.schema(str(SCHEMA)), vladata.recipe(RECIPE))
    with begin(settings) as run:
        reads = list(islice((read for unit in run.prepared.plan for read in unit.reads), int(episodes)))
        steps = sum(read.samples for read in reads)
        _write(run, _read(run, reads, steps), steps)


def _read(run: Run[Prepared], reads: list[Read], steps: int) -> list[Episode]:
    job, source = run.prepared.job, run.prepared.sources.source
    standardise = compile_chain(job.spec, job.chain, source.step_columns, source.values)
    places = [Place(r.file, r.shard, r.record, r.offset, r.length) for r in reads]
    records = each("source.read: the file, the CRC", lambda place: source.read(place), places, steps)
    each("  the CRC alone", masked_crc, records, steps)
    each("parse_example", parse_example, records, steps)
    each("  the same by protobuf", example_class().FromString, records, steps)
    pairs = list(zip(places, records, strict=True))
    raw = each(
        "source.decode, parses too",
        lambda p: source.decode("train", *p, standardise.wanted),
        pairs,
        steps,
    )
    return each("standardise", standardise, raw, steps)


def _write(run: Run[Prepared], episodes: list[Episode], steps: int) -> None:
    job = run.prepared.job
    rendered = each("render", Renderer(job.spec, job.recipe, job.contract), episodes, steps)
    samples = each("samples", lambda episode: [episode[i] for i in range(len(episode))], rendered, steps)
    flat = [sample for some in samples for sample in some]
    each("tar members with their JSON", buffers, flat, steps)
    write = partial(write_shard, run.output, "shard", fmt="webdataset")
    each("write_shard, makes the members too", write, [flat], steps)


if __name__ == "__main__":
    main(*sys.argv[1:])
