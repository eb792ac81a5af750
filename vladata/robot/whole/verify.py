"""Comparison of an output of whole episodes with its own index, and with its source.

Checksums and ledger are checked as in any output (runs/verify.py). For the comparison with the source, every stretch is made
again, in the order of the source, and must have the bytes that were written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.annotations.stored import NONE, Commentary
from vladata.errors import OutputError, VladataError
from vladata.formats.example import parse_example
from vladata.formats.tfrecord import HEAD, TAIL, read_at, scan_records
from vladata.index.rows import WHOLE
from vladata.records import Episode
from vladata.robot.rederive import chosen_by, record_id, records_of
from vladata.robot.sources import limited
from vladata.robot.whole import verify_lerobot
from vladata.robot.whole.columns import ABOUT, Rule
from vladata.robot.whole.stretches import Stretches
from vladata.runs.findings import Discrepancy
from vladata.runs.stored import LeftOut, spec_of
from vladata.shards.episodes import rlds
from vladata.shards.episodes.stretch import Stretch
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.naming import ANNOTATIONS, INDEX, MANIFEST, REJECTED
from vladata.shards.parts import EpisodesPart
from vladata.shards.storage import Output
from vladata.sources.readers import NATIVE, open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

Row = Mapping[str, Any]
FIRST, EPISODE, STEP = f"{rlds.STEPS}is_first", f"{ABOUT}source_episode", f"{ABOUT}first_step"


def held(output: Output) -> Iterator[Discrepancy]:
    """Yield a finding wherever the episodes of an output differ from its index or its manifest."""
    manifest = read_manifest(output)
    try:
        index = read_index(output)
    except OutputError as fault:
        yield Discrepancy(INDEX, str(fault))
        return
    yield from _counts(manifest, index)
    if manifest.format == "lerobot":
        yield from verify_lerobot.held(output, manifest, index)
        return
    rows: dict[int, list[Row]] = {}
    for row in index.to_pylist():
        rows.setdefault(row["shard"], []).append(row)
    for number, shard in enumerate(manifest.shards):
        yield from _held(output, shard.path, rows.get(number, []))


def _held(output: Output, path: str, rows: list[Row]) -> Iterator[Discrepancy]:
    """Yield a finding wherever the records of one file differ from its rows of the index."""
    found = 0
    with output.open(path) as file:
        for record in scan_records(file):
            found += 1
            if found > len(rows):
                continue
            row = rows[found - 1]
            there = (record.offset, HEAD + record.length + TAIL)
            if record.fault or there != (row["offset"], row["length"]):
                yield Discrepancy(path, f"record {record.number} is another than {INDEX} names")
                return
            yield from _unlike(path, row, parse_example(record.data, {FIRST, EPISODE, STEP}))
    if found != len(rows):
        yield Discrepancy(path, f"the file has {found:,} episodes, {INDEX} names {len(rows):,}")


def read_index(output: Output) -> pa.Table:
    """Return index.arrow as a table. Raises OutputError if it is missing or damaged."""
    try:
        return pa.ipc.open_file(output.read(INDEX) or b"").read_all()
    except (pa.ArrowException, OSError) as fault:
        raise OutputError(f"the index is missing or damaged: {fault}", where=output.url) from fault


def _counts(manifest: Manifest, index: pa.Table) -> Iterator[Discrepancy]:
    written = manifest.of(EpisodesPart).written
    pieces = Counter(index["episode"].to_pylist())
    found = (len(pieces), len(index), sum(1 for count in pieces.values() if count > 1))
    said = (written.episodes, written.stretches, written.cut)
    if found != said:
        says = f"expected (episodes, stretches, cut episodes) as the manifest: {said}, {INDEX} has {found}"
        yield Discrepancy(f"{MANIFEST}, written", says)
    steps = sum(index["steps"].to_pylist())
    if steps != manifest.samples:
        yield Discrepancy(
            INDEX, f"its episodes have {steps:,} steps, the manifest counts {manifest.samples:,}"
        )


def _unlike(path: str, row: Row, found: Mapping[str, Any]) -> Iterator[Discrepancy]:
    """Yield a finding if a record differs from its row of the index."""
    there = (bytes(found[EPISODE][0]).decode(), int(found[STEP][0]), len(found[FIRST]) - 1)
    said = (row["episode"], row["step"], row["steps"])
    if there != said:
        what = "(episode, first step, steps)"
        yield Discrepancy(
            f"{path}, byte {row['offset']:,}", f"expected {what} {said} by {INDEX}, got {there}"
        )


def rederive(output: Output, source_url: str, reader: str = NATIVE) -> Iterator[Discrepancy]:
    """Yield a finding wherever an output of whole episodes differs from the stretches of its source."""
    manifest = read_manifest(output)
    part, made_from = manifest.of(EpisodesPart), manifest.of(EpisodesPart).source
    source = open_source(source_url, reader)
    if (source.name, source.info.version) != (made_from.name, made_from.version):
        here, there = f"{source.name} {source.info.version}", f"{made_from.name} {made_from.version}"
        yield Discrepancy(source.url, f"this is {here}, the output was made from {there}")
    if source.name != made_from.name:
        return
    notes = Commentary.parquet(output.read(ANNOTATIONS) or b"") if part.annotations else NONE
    spec, recipe = spec_of(manifest, "schema", DatasetSpec), spec_of(manifest, "recipe", RecipeSpec)
    stretches = Stretches(Rule(spec, recipe, part.chain, part.every), notes, source)
    rejected, chosen = LeftOut(output), chosen_by(output, manifest)

    def taking(episode: Episode) -> Episode:
        taken = chosen(episode)
        kept = [not rejected.step(taken.id, step) for step in taken.numbers.tolist()]
        return taken.select(np.array(kept, bool), REJECTED)

    index = read_index(output)
    frames = verify_lerobot.WrittenFrames(output, manifest, index) if manifest.format == "lerobot" else None
    stored = {(row["episode"], row["step"]): row for row in index.to_pylist()}
    for split, record in records_of(source, limited(source.shards(made_from.split), made_from.limit)):
        name = record_id(split, record.place)
        if rejected.step(name, WHOLE):
            continue
        try:
            raw = source.decode(split, record.place, record.data, stretches.wanted)
            for stretch in stretches(raw, taking).stretches:
                row = stored.pop((stretch.episode, int(stretch.numbers[0])), None)
                yield from _compared(output, manifest, stretch, row, frames)
        except VladataError as fault:
            yield Discrepancy(name, f"the source's episode cannot be read: {fault}")
    for episode, step in stored:
        yield Discrepancy(
            f"{episode}, step {step}", "the output has this stretch, and the source does not give it"
        )


def _compared(
    output: Output,
    manifest: Manifest,
    stretch: Stretch,
    row: Row | None,
    frames: verify_lerobot.WrittenFrames | None,
) -> Iterator[Discrepancy]:
    where = f"{stretch.episode}, step {int(stretch.numbers[0])}"
    if row is None:
        yield Discrepancy(where, "the source gives this stretch, and the output does not have it")
        return
    unlike = frames.differences(stretch, row) if frames else _differences(output, manifest, stretch, row)
    if unlike:
        yield Discrepancy(where, f"differs from the source in {', '.join(unlike)}")


def _differences(output: Output, manifest: Manifest, stretch: Stretch, row: Row) -> list[str]:
    """Return the features in which the record of a row differs from the stretch made from the source."""
    _, payload, _ = rlds.buffers(stretch)
    with output.open(manifest.shards[row["shard"]].path) as file:
        there = read_at(file, row["offset"], row["length"] - HEAD - TAIL)
    if there.data == payload:
        return []
    found, expected = parse_example(there.data), parse_example(payload)
    return [name for name in sorted({*found, *expected}) if not _same(found.get(name), expected.get(name))]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.tobytes() == other.tobytes()
    return (
        isinstance(one, list) and isinstance(other, list) and list(map(bytes, one)) == list(map(bytes, other))
    )
