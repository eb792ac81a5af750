"""A converted dataset as a source of a mixture: an endless stream of its samples, pass after pass.

Each pass reads the shards in a seeded order of its own, and the samples of a shard from front to back, since a shard is already a
random part of its dataset. The samples to take are chosen from index.arrow: those that the filters keep. With a cap, whole shards
are taken in a seeded order until there are enough samples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from vladata import keys
from vladata.errors import NotADataset, UsageError
from vladata.mixtures.fields import misfits
from vladata.mixtures.kept import kept_rows
from vladata.mixtures.tree import MixLeaf
from vladata.shards.dataset import Dataset, open_dataset
from vladata.shards.manifest import Manifest
from vladata.spec.keep import Keep


@dataclass(frozen=True, eq=False)
class ShardPieces:
    """Consecutive samples of a stream, as P pieces: one for each shard and pass. All columns are int64 [P].

    shard:       positions in the source's `shards`.
    start, stop: positions among the taken samples of the shard.
    repeat:      the pass, from 0.
    """

    shard: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    repeat: np.ndarray


@dataclass(eq=False)
class MixedSource:
    """One leaf of a mixture, opened.

    shards: int64 [S], numbers of the shards of the manifest from which samples are taken, rising.
    first:  int64 [S], row of index.arrow at which each shard begins.
    counts: int64 [S], number of samples taken from each shard, at least 1.
    rows:   int64 [sum of counts], the taken rows; None if all rows of the shards are taken.
    left:   reason -> number of samples that are not taken.
    """

    leaf: MixLeaf
    url: str
    dataset: Dataset
    shards: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    rows: np.ndarray | None
    left: Mapping[str, int]
    _order: tuple[int, np.ndarray, np.ndarray] | None = None

    @property
    def name(self) -> str:
        return self.leaf.name

    @property
    def manifest(self) -> Manifest:
        return self.dataset.manifest

    @cached_property
    def samples(self) -> int:
        """The number of different samples."""
        return int(self.counts.sum())

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The names of the datasets that its samples come from."""
        return _names(self.dataset.index, "dataset")

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks of all its samples, including those that are not taken."""
        return _names(self.dataset.index, "task")

    @cached_property
    def ranges(self) -> int:
        """The number of runs of consecutive samples in a shard that a pass reads."""
        if self.rows is None:
            return len(self.shards)
        breaks = int(np.count_nonzero(np.diff(self.rows) != 1))
        # A run ends with its shard, even if the next row follows in the index.
        ends = self._starts[1:]
        return 1 + breaks + int(np.count_nonzero(self.rows[ends] - self.rows[ends - 1] == 1))

    @property
    def mean_bytes(self) -> float:
        """The mean bytes of a sample over its shards."""
        listed = [self.manifest.shards[s] for s in self.shards.tolist()]
        return float(sum(s.bytes for s in listed) / sum(s.samples for s in listed))

    def pieces(self, start: int, stop: int, seed: int) -> ShardPieces:
        """Return the samples from position `start` to `stop` of the stream, at least one."""
        found = []
        while start < stop:
            repeat, within = divmod(start, self.samples)
            upto = min(self.samples, within + stop - start)
            found.append(self._of_pass(repeat, within, upto, seed))
            start += upto - within
        return ShardPieces(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def _of_pass(self, repeat: int, start: int, stop: int, seed: int) -> tuple[np.ndarray, ...]:
        order, ends = self._pass(repeat, seed)
        some = slice(int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(ends, stop)) + 1)
        shards, ends = order[some], ends[some]
        begins = ends - self.counts[shards]
        starts, stops = np.maximum(start, begins) - begins, np.minimum(stop, ends) - begins
        return shards, starts, stops, np.full(len(shards), repeat)

    def _pass(self, repeat: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the order of the shards in a pass, and the position in the pass at which each ends."""
        if self._order is None or self._order[0] != repeat:
            order = keys.permutation(len(self.shards), seed, "pass", self.name, repeat)
            self._order = repeat, order, np.cumsum(self.counts[order])
        return self._order[1], self._order[2]

    def rows_of(self, pieces: ShardPieces) -> np.ndarray:
        """Return the rows of index.arrow of all pieces, one after another."""
        counts = pieces.stop - pieces.start
        base = self.first if self.rows is None else self._starts
        # Within a piece, rows rise by one.
        ahead = base[pieces.shard] + pieces.start - (np.cumsum(counts) - counts)
        rows = np.repeat(ahead, counts) + np.arange(counts.sum())
        return rows if self.rows is None else np.asarray(self.rows[rows])

    @cached_property
    def _starts(self) -> np.ndarray:
        starts: np.ndarray = np.cumsum(self.counts) - self.counts
        return starts

    def all_rows(self) -> np.ndarray:
        """Return the rows of index.arrow of all taken samples, int64 [samples], in stored order."""
        if self.rows is not None:
            return self.rows
        return np.repeat(self.first - self._starts, self.counts) + np.arange(self.samples)

    def places(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the offset in its shard and the length, in bytes, of each row."""
        return self._columns.at(rows)

    @cached_property
    def _columns(self) -> "SamplePlaces":
        return SamplePlaces(self.dataset.index)


class SamplePlaces:
    """The columns offset and length of index.arrow, read without a copy of its batches."""

    def __init__(self, index: pa.Table) -> None:
        self._chunks = [
            tuple(chunk.to_numpy() for chunk in index[name].chunks) for name in ("offset", "length")
        ]
        self._ends = np.cumsum([len(chunk) for chunk in self._chunks[0]])

    def at(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = np.empty((2, len(rows)), np.int64)
        chunks = np.searchsorted(self._ends, rows, side="right")
        for chunk in np.unique(chunks).tolist():
            here = chunks == chunk
            within = rows[here] - (int(self._ends[chunk - 1]) if chunk else 0)
            for column, values in zip(found, self._chunks, strict=True):
                column[here] = values[chunk][within]
        return found[0], found[1]


def open_source(leaf: MixLeaf, url: str, split: str, seed: int) -> MixedSource:
    """Open the dataset of a leaf and choose the samples to take; with keep.allow_empty there may be none.

    The whole index is read for its checksum, since a damaged index would choose other samples. That takes 0.2 s per GB.
    """
    try:
        dataset = open_dataset(url)
    except NotADataset as fault:
        fault.where = f"source {leaf.name}, {fault.where}"
        fault.hint += f" --set {leaf.name}=PATH names another dataset than the mixture does."
        raise
    where = f"{leaf.name}, {url}"
    if split not in dataset.manifest.splits:
        raise UsageError(
            "the dataset has no such split",
            where=where,
            got=split,
            allowed=", ".join(dataset.manifest.splits),
        )
    if not dataset.manifest.splits[split].samples:
        raise UsageError("the split has no samples", where=where, got=split)
    _check_fields(dataset, where)
    dataset.check_index()
    listed = dataset.manifest.shards
    counts = np.array([shard.samples for shard in listed], np.int64)
    first = np.cumsum(counts) - counts
    shards = np.array(
        [i for i, shard in enumerate(listed) if shard.split == split and shard.samples], np.int64
    )
    taken = _Taken(shards, first[shards], counts[shards], None, {})
    if leaf.source.keep is not None:
        taken = _kept(taken, leaf.source.keep, dataset, leaf.name)
    if leaf.source.cap is not None:
        taken = _capped(taken, leaf.source.cap, seed, leaf.name)
    return MixedSource(
        leaf, dataset.url, dataset, taken.shards, taken.first, taken.counts, taken.rows, taken.left
    )


def _check_fields(dataset: Dataset, where: str) -> None:
    """Raise UsageError if the samples of `dataset` do not have the fields that this version declares."""
    if other := misfits(dataset.manifest.fields):
        raise UsageError(
            "the samples of the dataset have other fields than this version of vladata writes",
            where=where,
            got=", ".join(other),
            hint="Convert it again.",
        )


@dataclass(frozen=True)
class _Taken:
    shards: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    rows: np.ndarray | None
    left: Mapping[str, int]


def _kept(taken: _Taken, keep: Keep, dataset: Dataset, name: str) -> _Taken:
    """Return the samples that the filters keep. The index is opened again here, so that its memory is freed afterwards."""
    apart = open_dataset(dataset.url)
    wanted = np.zeros(len(apart.index), bool)
    for first, count in zip(taken.first.tolist(), taken.counts.tolist(), strict=True):
        wanted[first : first + count] = True
    mask, left = kept_rows(keep, apart, wanted, name)
    rows = np.flatnonzero(mask)
    ends = np.append(taken.first, taken.first[-1] + taken.counts[-1])
    counts = np.diff(np.searchsorted(rows, ends))
    some = counts > 0
    return _Taken(taken.shards[some], taken.first[some], counts[some], rows, left)


def _capped(taken: _Taken, cap: int, seed: int, name: str) -> _Taken:
    """Return at most `cap` samples: whole shards in a seeded order, and the first samples of the last shard."""
    total = int(taken.counts.sum())
    if total <= cap:
        return taken
    order = keys.permutation(len(taken.counts), seed, "cap", name)
    ends = np.cumsum(taken.counts[order])
    counts = np.zeros_like(taken.counts)
    counts[order] = np.clip(cap - (ends - taken.counts[order]), 0, taken.counts[order])
    rows = taken.rows
    if rows is not None:
        within = np.arange(len(rows)) - np.repeat(np.cumsum(taken.counts) - taken.counts, taken.counts)
        rows = rows[within < np.repeat(counts, taken.counts)]
    some = counts > 0
    left = {**taken.left, "cap": total - cap}
    return _Taken(taken.shards[some], taken.first[some], counts[some], rows, left)


def _names(index: pa.Table, column: str) -> tuple[str, ...]:
    return tuple(sorted({name for chunk in index[column].chunks for name in chunk.dictionary.to_pylist()}))
