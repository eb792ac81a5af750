"""The ranges of bytes that a unit of a mixture reads, kept as columns, since a mixture may have as many ranges as samples.

source   int32   the source, by its number in the job
shard    int32   position in the list of shards of the source's manifest
first    int64   row of the first sample in the source's index.arrow
offset   int64   byte in the shard at which the first sample begins
length   int64   bytes of all samples of the range
samples  int32   number of samples, which follow one another in the shard
repeat   int32   pass over the source that the samples belong to, from 0
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vladata.mixtures.sources import MixedSource, ShardPieces
from vladata.plan.table import SHARD
from vladata.plan.units import ShardPlan

TYPES = {
    "source": pa.int32(),
    "shard": pa.int32(),
    "first": pa.int64(),
    "offset": pa.int64(),
    "length": pa.int64(),
    "samples": pa.int32(),
    "repeat": pa.int32(),
}
COLUMNS = pa.schema(
    [
        ("number", pa.int64()),
        ("window", pa.int64()),
        ("got", pa.list_(pa.int64())),
        ("samples", pa.int64()),
        ("shards", pa.list_(SHARD)),
        ("checks", pa.list_(pa.list_(pa.int32(), 2))),
        *((f"range_{name}", pa.list_(kind)) for name, kind in TYPES.items()),
    ]
)


@dataclass(frozen=True, eq=False)
class Ranges:
    """R ranges as columns, listed at the top of this file; source after source, each in the order of its stream."""

    source: np.ndarray
    shard: np.ndarray
    first: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    samples: np.ndarray
    repeat: np.ndarray

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, eq=False)
class MixUnit:
    """One unit: the part of a mixture that one worker reads and writes.

    number:  position in the plan, from 0.
    window:  number of windows in the units before.
    got:     number of samples that each source has given in the units before.
    samples: number of samples that the unit writes: whole windows, except at the end of the mixture.
    shards:  the shards that the unit writes.
    checks:  (source, shard) of each shard whose checksum the unit checks before it reads the shard.
    ranges:  the ranges that the unit reads.
    """

    number: int
    window: int
    got: tuple[int, ...]
    samples: int
    shards: tuple[ShardPlan, ...]
    checks: tuple[tuple[int, int], ...]
    ranges: Ranges

    def batch(self) -> pa.RecordBatch:
        """Return the unit as a row of the plan."""
        shards = [{"path": shard.path, "samples": shard.samples} for shard in self.shards]
        columns = [[self.number], [self.window], [self.got], [self.samples], [shards], [self.checks]]
        arrays = [pa.array(c, f.type) for c, f in zip(columns, COLUMNS, strict=False)]
        for name, kind in TYPES.items():
            flat = pa.array(getattr(self.ranges, name), kind)
            arrays.append(pa.ListArray.from_arrays(pa.array([0, len(flat)], pa.int32()), flat))
        return pa.record_batch(arrays, COLUMNS)


def unit_of(batch: pa.RecordBatch) -> MixUnit:
    """Return the unit in a row of the plan."""
    number, window, got, samples, shards, checks = (batch[name][0].as_py() for name in COLUMNS.names[:6])
    ranges = Ranges(*(batch[f"range_{name}"].flatten().to_numpy() for name in TYPES))
    plans = tuple(ShardPlan(**shard) for shard in shards)
    return MixUnit(number, window, tuple(got), samples, plans, tuple(map(tuple, checks)), ranges)


def ranges_of(sources: Sequence[MixedSource], start: Sequence[int], stop: Sequence[int], seed: int) -> Ranges:
    """Return the ranges of each source's samples from position `start` to `stop` of its stream."""
    found = [
        tuple(_range_columns(i, source, source.pieces(a, b, seed)))
        for i, (source, a, b) in enumerate(zip(sources, start, stop, strict=True))
        if b > a
    ]
    return Ranges(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _range_columns(number: int, source: MixedSource, pieces: ShardPieces) -> Iterator[np.ndarray]:
    rows, counts = source.rows_of(pieces), pieces.stop - pieces.start
    begins = np.cumsum(counts) - counts
    # A range ends where the next row is not the next sample of the shard.
    is_head = np.append(True, np.diff(rows) != 1)
    is_head[begins] = True
    heads = np.flatnonzero(is_head)
    tails = np.append(heads[1:], len(rows)) - 1
    piece = np.searchsorted(begins, heads, side="right") - 1
    offsets, _ = source.places(rows[heads])
    ends, lengths = source.places(rows[tails])
    yield np.full(len(heads), number)
    yield source.shards[pieces.shard][piece]
    yield rows[heads]
    yield offsets
    yield ends + lengths - offsets
    yield tails - heads + 1
    yield pieces.repeat[piece]
