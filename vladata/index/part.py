"""One source file -> one part of the index.

All faults of an episode are found here, before anything is planned: a corrupt record, an image that cannot be decoded, an action
that is not finite. So a plan knows exactly which samples will be written. A fault of a picture is recorded with its camera: the
index does not depend on a recipe, and a recipe loses no steps by faults of a camera that it does not use (selection/rows.py
decides).
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import DataError, FormatError, SourceError, UnlistedEpisode
from vladata.index.about import about
from vladata.index.pictures import PictureFault, PictureSurvey
from vladata.index.rows import CURABLE, FILTERED, REJECTED, WHOLE, LeftOutStep, Row, table
from vladata.records import Episode, Place
from vladata.sources.cameras import refusals
from vladata.sources.source import EpisodeRecord, ShardFile, Source
from vladata.spec.dataset import DatasetSpec
from vladata.transforms.decode_text import is_bad
from vladata.transforms.faults import step_faults
from vladata.transforms.standardise import LAST_STEP, Standardiser, compile_chain

WIDEST_RAW = 16  # values per step; wider fields are embeddings, which no check uses
NOT_TEXT = -1


@dataclass(frozen=True, slots=True)
class Indexing:
    """The settings from which an index is made.

    source: the source.
    spec:   the schema that standardises episodes; None without one.
    chain:  the name of the action chain; None for the default.
    every:  the n of "every n-th step is kept"; 1 keeps all.
    decode: True to decode each picture, so that damaged pixels are found.
    """

    source: Source
    spec: DatasetSpec | None
    chain: str | None
    every: int = 1
    decode: bool = False

    def indexer(self) -> "Indexer":
        """Return the maker of the rows."""
        return Indexer(self)


class Indexer:
    """A maker of the rows of one source's episodes. It holds everything that can be prepared once for all of them."""

    def __init__(self, indexing: Indexing) -> None:
        self.source = indexing.source
        self.spec, self.chain = indexing.spec, indexing.chain
        self.standardise: Standardiser | None = None
        wanted: frozenset[str] = frozenset()
        if self.spec:
            self.every = indexing.every
            refused = {camera for camera, _ in refusals(self.spec, self.source)}
            self.standardise = self._compiled([c for c in self.spec.cameras if c not in refused])
            wanted = self.standardise.wanted
        self.raw_types = _raw_types(self.source, wanted)
        self.about = about(self.source, self.spec)
        self.beside = frozenset(self.raw_types) | self.about.wanted
        self.wanted = wanted | self.beside
        self.pictures = PictureSurvey(indexing.decode)

    def _compiled(self, cameras: Collection[str]) -> Standardiser:
        """Return the standardiser with these cameras. A camera that no recipe can use is not indexed."""
        assert self.spec
        return compile_chain(
            self.spec, self.chain, self.source.step_columns, self.source.values, self.every, cameras
        )

    def part(self, shard: ShardFile) -> pa.Table:
        """Return the rows of every record of one file."""
        rows = list(self._rows(shard))
        rows += _missing(shard, len(rows), self.source.counted_in)
        return table(rows, self.raw_types)

    def _rows(self, shard: ShardFile) -> Iterator[Row]:
        for record in self.source.scan(shard):
            if record.place.record >= shard.expected and not isinstance(record.fault, UnlistedEpisode):
                counted_in = self.source.counted_in
                raise SourceError(
                    f"the file holds more records than stated in {counted_in}",
                    where=shard.file,
                    allowed=f"{shard.expected} records",
                    hint=f"Correct the count in {counted_in}, or fetch both files again.",
                )
            row = self._row(shard.split, record)
            # A damaged record has no content digest, since its content is unknown.
            yield row if record.fault else replace(row, content=self.source.content(record.data))

    def _row(self, split: str, record: EpisodeRecord) -> Row:
        place = record.place
        if record.fault:
            return Row(split, place, record.crc, left_out=(_whole(record.fault),))
        unread: tuple[LeftOutStep, ...] = ()
        standardise = self.standardise
        try:
            raw = self.source.decode(split, place, record.data, self.wanted)
        except (FormatError, DataError) as fault:
            try:
                standardise, unread = self._readable(split, record)
                wanted = self.beside | (standardise.wanted if standardise else frozenset())
                raw = self.source.decode(split, place, record.data, wanted)
            except (FormatError, DataError):
                return Row(split, place, record.crc, left_out=(_whole(fault),))
        values = {path: np.asarray(raw.steps[path]) for path in self.raw_types}
        try:
            return self._standardised(raw, record.crc, values, standardise, unread)
        except DataError as fault:
            return Row(split, place, record.crc, len(raw), left_out=(_whole(fault),), raw=values)

    def _readable(
        self, split: str, record: EpisodeRecord
    ) -> tuple[Standardiser | None, tuple[LeftOutStep, ...]]:
        """Return a standardiser for an episode that cannot be read completely, without the cameras that cannot be read; and the
        faults of these cameras."""
        if self.standardise is None:
            return None, ()
        readable, unread = [], []
        for camera in self.standardise.cameras:
            alone = self._compiled([camera]).wanted - self._compiled([]).wanted
            try:
                self.source.decode(split, record.place, record.data, alone)
                readable.append(camera)
            except (FormatError, DataError) as fault:
                unread.append(LeftOutStep(WHOLE, REJECTED, fault.reason, str(fault), camera))
        return self._compiled(readable), tuple(unread)

    def _standardised(
        self,
        raw: Episode,
        crc: int,
        values: Mapping[str, np.ndarray],
        standardise: Standardiser | None,
        unread: tuple[LeftOutStep, ...],
    ) -> Row:
        if standardise is None:
            return Row(raw.split, raw.place, crc, len(raw), raw=values)
        episode = standardise(raw)
        images, faults = self.pictures(episode)
        left_out = unread + self._left_out(episode, step_faults(episode, self.spec, self.chain), faults)
        lost = {entry.step for entry in left_out if entry.settled}
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
            self._gone(raw, episode, instructions),
        )

    def _gone(self, raw: Episode, left: Episode, instructions: Sequence[str]) -> tuple[str, ...]:
        """Return the instructions of which the chain's operations left no step. The last step, without an action, does not count.

        raw, left: the episode before and after. instructions: of all steps before.
        """
        assert self.standardise
        if all(entry.rule == LAST_STEP for entry in left.dropped):
            return ()
        return tuple(text for text in _words(self.standardise.words(raw))[0] if text not in instructions)

    def _left_out(
        self,
        episode: Episode,
        faults: Sequence[tuple[int, DataError]],
        pictures: Sequence[PictureFault],
    ) -> tuple[LeftOutStep, ...]:
        """Return the faults of each step with faults: the first that concerns all recipes, or else the first of each camera and
        then a missing instruction."""
        found: dict[int, list[LeftOutStep]] = {}
        of_steps = [(index, fault, "") for index, fault in faults]
        told = [*of_steps, *pictures]
        for index, fault, camera in sorted(told, key=lambda one: one[1].reason in CURABLE):
            step = int(episode.numbers[index])
            entry = LeftOutStep(step, self._outcome(fault), fault.reason, str(fault), camera)
            entries = found.setdefault(step, [])
            if entry.settled:
                found[step] = [entry]
            elif not (entries and entries[0].settled):
                entries.append(entry)
        return tuple(entry for step in sorted(found) for entry in found[step])

    def _outcome(self, fault: DataError) -> str:
        declared = self.spec is not None and self.spec.language.empty == "filter"
        return FILTERED if declared and fault.reason == "empty_instruction" else REJECTED


def _words(texts: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the distinct instructions that are valid text, and the number of each step's instruction, [T]. Nearly always
    there is only one instruction."""
    distinct = dict.fromkeys(texts)
    instructions = tuple(text for text in distinct if not is_bad(text))
    if len(distinct) == len(instructions) == 1:
        return instructions, np.zeros(len(texts), np.int32)
    positions = {text: i for i, text in enumerate(instructions)}
    return instructions, np.array([positions.get(text, NOT_TEXT) for text in texts], np.int32)


def _whole(fault: FormatError | DataError) -> LeftOutStep:
    return LeftOutStep(WHOLE, REJECTED, fault.reason, str(fault))


def _missing(shard: ShardFile, found: int, counted_in: str) -> list[Row]:
    """Return a row for each episode that the metadata file `counted_in` counts but the file does not have."""
    says = f"{shard.file}: {counted_in} counts {shard.expected} records, but the file holds {found}."
    entry = LeftOutStep(WHOLE, REJECTED, "missing_record", says)
    numbers = range(found, shard.expected)
    return [Row(shard.split, Place(shard.file, shard.shard, n, -1, 0), 0, left_out=(entry,)) for n in numbers]


def _raw_types(source: Source, wanted: Collection[str]) -> dict[str, pa.DataType]:
    """Return a map from the recorded fields to keep to their types: all numbers per step, except wide embeddings, lists of
    variable length, and fields that some episodes lack, unless the schema uses them."""
    types = {}
    for name, leaf in source.columns.items():
        if leaf.optional and name not in wanted:
            continue
        plain = leaf.kind == "number" and leaf.per_step and len(leaf.lengths) == 1 and None not in leaf.shape
        if plain and math.prod(n or 1 for n in leaf.shape) <= WIDEST_RAW:
            types[name] = pa.from_numpy_dtype(np.dtype(leaf.dtype))
    return types
