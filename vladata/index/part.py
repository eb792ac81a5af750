"""One source file -> one part of the index.

The whole of what can go wrong with an episode is found here, before anything is planned: a record that is corrupt, an
image that is none, an action that is not a number. So a plan knows exactly what will be written, and converting only
carries it out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import BadImage, DataError, FormatError, SourceError
from vladata.formats.tfrecord import Record
from vladata.images import Prober
from vladata.index.about import about
from vladata.index.rows import CURABLE, FILTERED, REJECTED, WHOLE, ImageSize, LeftOut, Row, table
from vladata.records import Episode, Place
from vladata.sources.rlds import ShardFile, Source, decode_episode, scan_shard
from vladata.spec.dataset import DatasetSpec
from vladata.transforms.decode_text import is_bad
from vladata.transforms.faults import step_faults
from vladata.transforms.standardise import Standardiser, compile_chain

WIDEST_RAW = 16  # values a step; wider fields are embeddings, which no check reads
IMAGE_COLUMNS = "images/"
NOT_TEXT = -1


@dataclass(frozen=True, slots=True)
class Indexing:
    """What an index is made from: a source, the schema and action chain that standardise its episodes, and every how
    manieth step is kept."""

    source: Source
    spec: DatasetSpec | None
    chain: str | None
    every: int = 1

    def indexer(self) -> "Indexer":
        """Open what makes the rows."""
        return Indexer(self)


class Indexer:
    """Makes rows of the episodes of one source; holds what can be prepared once."""

    def __init__(self, indexing: Indexing) -> None:
        self.source = indexing.source
        self.spec, self.chain = indexing.spec, indexing.chain
        self.standardise: Standardiser | None = None
        wanted: frozenset[str] = frozenset()
        if self.spec:
            self.standardise = compile_chain(
                self.spec, self.chain, self.source.step_columns, self.source.values, indexing.every
            )
            wanted = self.standardise.wanted
        self.raw_types = _raw_types(self.source)
        self.about = about(self.source, self.spec)
        self.wanted = wanted | frozenset(self.raw_types) | self.about.wanted
        self.probers: dict[str, Prober] = {}

    def part(self, shard: ShardFile) -> pa.Table:
        """The rows of every record of one file."""
        rows = list(self._rows(shard))
        rows += _missing(shard, len(rows))
        return table(rows, self.raw_types)

    def _rows(self, shard: ShardFile) -> Iterator[Row]:
        for record in scan_shard(self.source, shard):
            place = Place(shard.file, shard.shard, record.number, record.offset, record.length)
            if shard.expected is not None and record.number >= shard.expected:
                raise SourceError(
                    "the file holds more records than dataset_info.json counts",
                    where=shard.file,
                    allowed=f"{shard.expected} records",
                    hint="Correct shardLengths in dataset_info.json, or fetch both files again.",
                )
            yield self._row(shard, place, record)

    def _row(self, shard: ShardFile, place: Place, record: Record) -> Row:
        if record.fault:
            return Row(shard.split, place, record.crc, left_out=(_whole(record.fault),))
        try:
            raw = decode_episode(self.source, shard.split, place, record.data, self.wanted)
        except (FormatError, DataError) as fault:
            return Row(shard.split, place, record.crc, left_out=(_whole(fault),))
        values = {path: np.asarray(raw.steps[path]) for path in self.raw_types}
        try:
            return self._standardised(raw, record.crc, values)
        except DataError as fault:
            return Row(shard.split, place, record.crc, len(raw), left_out=(_whole(fault),), raw=values)

    def _standardised(self, raw: Episode, crc: int, values: Mapping[str, np.ndarray]) -> Row:
        if self.standardise is None:
            return Row(raw.split, raw.place, crc, len(raw), raw=values)
        episode = self.standardise(raw)
        images, faults = self._images(episode)
        left_out = self._left_out(episode, [*step_faults(episode, self.spec, self.chain), *faults])
        lost = {entry.step for entry in left_out if entry.reason not in CURABLE}
        columns: Mapping[str, Any] = episode.steps
        instructions, spoken = _words(columns["instruction"])
        kept = ~np.isin(episode.numbers, list(lost)) if lost else np.ones(len(episode), bool)
        return Row(
            episode.split,
            episode.place,
            crc,
            len(raw),
            instructions,
            episode.dropped,
            left_out,
            episode.numbers[kept],
            spoken[kept],
            columns["action"][kept],
            columns["state"][kept],
            images,
            values,
            self.about.key(raw),
            self.about.success(raw),
        )

    def _images(self, episode: Episode) -> tuple[tuple[ImageSize, ...], list[tuple[int, DataError]]]:
        sizes: list[ImageSize] = []
        faults: list[tuple[int, DataError]] = []
        for name, column in episode.steps.items():
            if not name.startswith(IMAGE_COLUMNS) or not len(column):
                continue
            camera = name.removeprefix(IMAGE_COLUMNS)
            probe = self.probers.setdefault(camera, Prober())
            first = (0, 0)
            for step, image in enumerate(column):
                try:
                    size = probe(image)
                except BadImage as fault:
                    fault.where = f"{camera} image"
                    faults.append((step, fault))
                    continue
                first = first if any(first) else size
            lengths = np.fromiter(map(len, column), np.int64, len(column))
            repeats = int(np.count_nonzero(lengths[1:] == lengths[:-1]))
            sizes.append(ImageSize(camera, *first, int(lengths.sum()), int(lengths.min()), repeats))
        return tuple(sizes), faults

    def _left_out(self, episode: Episode, faults: list[tuple[int, DataError]]) -> tuple[LeftOut, ...]:
        """One entry a step, the first fault found of each; what a corrected instruction mends is named where it is alone."""
        found: dict[int, LeftOut] = {}
        for index, fault in sorted(faults, key=lambda found: found[1].reason in CURABLE):
            step = int(episode.numbers[index])
            found.setdefault(step, LeftOut(step, self._outcome(fault), fault.reason, str(fault)))
        return tuple(found[step] for step in sorted(found))

    def _outcome(self, fault: DataError) -> str:
        declared = self.spec is not None and self.spec.language.empty == "filter"
        return FILTERED if declared and fault.reason == "empty_instruction" else REJECTED


def _words(texts: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The distinct instructions that are text, and which of them each step has; nearly always all have one."""
    distinct = dict.fromkeys(texts)
    instructions = tuple(text for text in distinct if not is_bad(text))
    if len(distinct) == len(instructions) == 1:
        return instructions, np.zeros(len(texts), np.int32)
    positions = {text: i for i, text in enumerate(instructions)}
    return instructions, np.array([positions.get(text, NOT_TEXT) for text in texts], np.int32)


def _whole(fault: FormatError | DataError) -> LeftOut:
    return LeftOut(WHOLE, REJECTED, fault.reason, str(fault))


def _missing(shard: ShardFile, found: int) -> list[Row]:
    """A row for each episode that dataset_info.json counts and the file has not: none is lost in silence."""
    says = f"{shard.file}: dataset_info.json counts {shard.expected} records, the file holds {found}."
    entry = LeftOut(WHOLE, REJECTED, "missing_record", says)
    numbers = range(found, shard.expected or 0)
    return [Row(shard.split, Place(shard.file, shard.shard, n, -1, 0), 0, left_out=(entry,)) for n in numbers]


def _raw_types(source: Source) -> dict[str, pa.DataType]:
    """Recorded numbers worth keeping: every per-step number but wide embeddings and lists of any length."""
    types = {}
    for name, leaf in source.columns.items():
        plain = leaf.kind == "number" and leaf.per_step and len(leaf.lengths) == 1 and None not in leaf.shape
        if plain and math.prod(n or 1 for n in leaf.shape) <= WIDEST_RAW:
            types[name] = pa.from_numpy_dtype(np.dtype(leaf.dtype))
    return types
