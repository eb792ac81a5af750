"""The stages of a conversion, each alone over the same episodes: `python -m benchmarks.stages SOURCE OUT EPISODES`."""

import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

import vladata
from benchmarks.bench import RECIPE, SCHEMA
from benchmarks.floor import example_class
from benchmarks.measure import tell
from vladata.convert.prepare import Settings
from vladata.convert.run import begin
from vladata.convert.samples import Renderer
from vladata.formats.example import parse_example
from vladata.formats.tfrecord import masked_crc
from vladata.records import Place
from vladata.shards.webdataset import buffers
from vladata.shards.writer import write_shard
from vladata.sources.rlds import decode_episode, read_record
from vladata.transforms.standardise import compile_chain

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: str, function: Callable[[Item], Result], items: list[Item], steps: int) -> list[Result]:
    """Calls `function` on every item, and tells how long that took."""
    start = time.perf_counter()
    results = [function(item) for item in items]
    tell(steps, time.perf_counter() - start, work)
    return results


def main(source: str, out: str, episodes: str) -> None:
    settings = Settings(source, out, vladata.schema(str(SCHEMA)), vladata.recipe(RECIPE))
    with begin(settings) as run:
        job, opened = run.prepared.job, run.prepared.sources.source
        reads = list(islice((read for unit in run.prepared.plan for read in unit.reads), int(episodes)))
        places = [Place(r.file, r.shard, r.record, r.offset, r.length) for r in reads]
        steps = sum(read.samples for read in reads)
        wanted = job.spec.columns(opened.step_columns, job.chain)
        standardise = compile_chain(job.spec, job.chain, opened.step_columns)
        render = Renderer(job.spec, job.recipe, job.contract)
        records = each("read_record: the file, the CRC", lambda p: read_record(opened, p), places, steps)
        each("  the CRC alone", masked_crc, records, steps)
        each("parse_example", parse_example, records, steps)
        each("  the same by protobuf", example_class().FromString, records, steps)
        pairs = list(zip(places, records, strict=True))
        raw = each(
            "decode_episode, parses too", lambda p: decode_episode(opened, "train", *p, wanted), pairs, steps
        )
        done = each("standardise", standardise, raw, steps)
        rendered = each("render", render, done, steps)
        samples = each("samples", lambda r: [r[i] for i in range(len(r))], rendered, steps)
        flat = [sample for some in samples for sample in some]
        each("tar members with their JSON", buffers, flat, steps)
        each(
            "write_shard, makes the members too",
            lambda some: write_shard(run.output, "shard", some, "webdataset"),
            [flat],
            steps,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
