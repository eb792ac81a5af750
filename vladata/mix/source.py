"""A converted dataset as a source of a mixture: an endless stream of its samples, pass after pass.

Within a pass the shards come in an order of that pass (seeded), the samples of a shard in theirs: shards are random samples
of their dataset already, and so every pass reads them front to back. What is taken of a dataset is decided from its
index.arrow: what its filters keep, and with a cap whole shards in a seeded order until there are enough.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from vladata import keys
from vladata.errors import UsageError
from vladata.mix.kept import kept_rows
from vladata.mix.tree import Leaf
from vladata.shards.dataset import Dataset, open_dataset
from vladata.spec.keep import Keep


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive samples of a stream in one shard.

    shard:       position in the source's `shards`.
    start, stop: positions among the samples that are taken of it.
    repeat:      the pass, from 0.
    """

    shard: int
    start: int
    stop: int
    repeat: int


@dataclass(eq=False)
class MixedSource:
    """One leaf of a mixture, opened.

    shards: int64 [S], the manifest's shards that it takes samples of, in order.
    first:  int64 [S], row of index.arrow at which each begins.
    counts: int64 [S], samples that are taken of each, at least 1.
    rows:   int64 [sum of counts], those rows, where not all of a shard are taken; else None.
    left:   reason -> samples that are not taken.
    """

    leaf: Leaf
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
    def manifest(self) -> Mapping[str, Any]:
        return self.dataset.manifest

    @property
    def samples(self) -> int:
        """How many different samples it has."""
        return int(self.counts.sum())

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The names of the datasets that its samples are of."""
        return _names(self.dataset.index, "dataset")

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks of its samples, also of those that are not taken."""
        return _names(self.dataset.index, "task")

    @property
    def mean_bytes(self) -> float:
        """Bytes of a sample, on average over its shards."""
        listed = [self.manifest["shards"][s] for s in self.shards.tolist()]
        return float(sum(s["bytes"] for s in listed) / sum(s["samples"] for s in listed))

    def pieces(self, start: int, stop: int, seed: int) -> Iterator[Piece]:
        """The samples from position `start` to `stop` of the stream."""
        while start < stop:
            repeat, within = divmod(start, self.samples)
            upto = min(self.samples, within + stop - start)
            yield from self._of_pass(repeat, within, upto, seed)
            start += upto - within

    def _of_pass(self, repeat: int, start: int, stop: int, seed: int) -> Iterator[Piece]:
        order, ends = self._pass(repeat, seed)
        position = int(np.searchsorted(ends, start, side="right"))
        while start < stop:
            shard, end = int(order[position]), int(ends[position])
            begin = end - int(self.counts[shard])
            upto = min(stop, end)
            yield Piece(shard, start - begin, upto - begin, repeat)
            start, position = upto, position + 1

    def _pass(self, repeat: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The order of the shards in a pass, and where each ends in it."""
        if self._order is None or self._order[0] != repeat:
            order = keys.permutation(len(self.shards), seed, "pass", self.name, repeat)
            self._order = repeat, order, np.cumsum(self.counts[order])
        return self._order[1], self._order[2]

    def rows_of(self, piece: Piece) -> np.ndarray:
        """The rows of index.arrow of a piece."""
        if self.rows is None:
            return np.arange(piece.start, piece.stop) + int(self.first[piece.shard])
        begin = int(self._starts[piece.shard])
        return np.asarray(self.rows[begin + piece.start : begin + piece.stop])

    @cached_property
    def _starts(self) -> np.ndarray:
        starts: np.ndarray = np.cumsum(self.counts) - self.counts
        return starts

    def places(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Offset and length of rows of one shard."""
        return self._columns.at(rows)

    @cached_property
    def _columns(self) -> "Columns":
        return Columns(self.dataset.index)


class Columns:
    """Offsets and lengths of index.arrow, without a copy: the rows of a shard lie in one batch of it."""

    def __init__(self, index: pa.Table) -> None:
        self._chunks = [
            tuple(chunk.to_numpy() for chunk in index[name].chunks) for name in ("offset", "length")
        ]
        self._ends = np.cumsum([len(chunk) for chunk in self._chunks[0]])

    def at(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chunk = int(np.searchsorted(self._ends, rows[0], side="right"))
        within = rows - (int(self._ends[chunk - 1]) if chunk else 0)
        return self._chunks[0][chunk][within], self._chunks[1][chunk][within]


def open_source(leaf: Leaf, url: str, split: str, seed: int) -> MixedSource:
    """Opens the dataset of a leaf and decides what is taken of it."""
    dataset = open_dataset(url)
    where = f"{leaf.name}, {url}"
    if split not in dataset.manifest["splits"]:
        raise UsageError(
            "the dataset has no such split",
            where=where,
            got=split,
            allowed=", ".join(dataset.manifest["splits"]),
        )
    listed = dataset.manifest["shards"]
    counts = np.array([shard["samples"] for shard in listed], np.int64)
    first = np.cumsum(counts) - counts
    shards = np.array(
        [i for i, shard in enumerate(listed) if shard["split"] == split and shard["samples"]], np.int64
    )
    taken = _Taken(shards, first[shards], counts[shards], None, {})
    if leaf.source.keep is not None:
        taken = _kept(taken, leaf.source.keep, dataset, leaf.name)
    if leaf.source.cap is not None:
        taken = _capped(taken, leaf.source.cap, seed, leaf.name)
    return MixedSource(
        leaf, dataset.url, dataset, taken.shards, taken.first, taken.counts, taken.rows, taken.left
    )


@dataclass(frozen=True)
class _Taken:
    shards: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    rows: np.ndarray | None
    left: Mapping[str, int]


def _kept(taken: _Taken, keep: Keep, dataset: Dataset, name: str) -> _Taken:
    """What the filters of a source leave. The index is opened for them alone, and with it the pages go that they looked at."""
    apart = open_dataset(dataset.url)
    wanted = np.zeros(len(apart.index), bool)
    for first, count in zip(taken.first.tolist(), taken.counts.tolist(), strict=True):
        wanted[first : first + count] = True
    mask, left = kept_rows(keep, apart, wanted, name)
    rows = np.flatnonzero(mask)
    if not len(rows):
        raise UsageError("the filters leave nothing of it", where=f"source {name}, keep")
    ends = np.append(taken.first, taken.first[-1] + taken.counts[-1])
    counts = np.diff(np.searchsorted(rows, ends))
    some = counts > 0
    return _Taken(taken.shards[some], taken.first[some], counts[some], rows, left)


def _capped(taken: _Taken, cap: int, seed: int, name: str) -> _Taken:
    """At most `cap` samples: whole shards in a seeded order, and the first of the last one."""
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
