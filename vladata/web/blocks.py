"""The plan of a web conversion: the rows of the index that become each shard.

A block is the kept rows of a row group of the index, which are neighbours in the corpus: their texts and images are read
together. If images are so large that a unit could not hold several such blocks, a row group is divided into several. With order
"shuffled" the blocks of the whole corpus are permuted and cut into units of about equal bytes, each within the memory budget;
the samples of a unit are shuffled over its shards. So files are read in pieces of megabytes, and a shard mixes samples of many
places in the corpus, as the memory budget allows.

The columns of a unit in the plan:

    part   [text]   names of the parts of the index, in the cache
    which  [int32]  the position in `part` of the part of each row
    row    [int32]  the number of each row in its part; the rows of a block follow one another
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata import keys
from vladata.corpora.rows import BLOCK
from vladata.filters.decisions import Decisions
from vladata.plan.table import SHARD, encode_batches
from vladata.plan.units import HEADROOM, Layout, ShardPlan, cut, even_sizes
from vladata.shards.naming import shard_path

PER_PAIR = 4000  # bytes: a row and its sample as objects, while its unit is written
BLOCKS_A_UNIT = 4  # the least number of blocks for which a unit has memory
WEIGHED = ("question", "answers", "images")
COLUMNS = pa.schema(
    [
        ("number", pa.int64()),
        ("shards", pa.list_(SHARD)),
        ("part", pa.list_(pa.string())),
        ("which", pa.list_(pa.int32())),
        ("row", pa.list_(pa.int32())),
    ]
)


@dataclass(frozen=True, eq=False)
class WebUnit:
    """One unit: the part of a conversion that one worker reads and writes, with the columns above."""

    number: int
    shards: tuple[ShardPlan, ...]
    part: tuple[str, ...]
    which: np.ndarray
    row: np.ndarray

    def places(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield (part, rising numbers of rows in it) for each group of rows that are read together."""
        breaks = (np.diff(self.which) != 0) | (np.diff(self.row) < 0)
        for run in np.split(np.arange(len(self.row)), np.flatnonzero(breaks) + 1):
            yield self.part[int(self.which[run[0]])], self.row[run]


def unit_of(batch: pa.RecordBatch) -> WebUnit:
    """Return the unit in a row of the plan."""
    number, shards, part = (batch[name][0].as_py() for name in COLUMNS.names[:3])
    which, row = (batch[name].flatten().to_numpy() for name in ("which", "row"))
    return WebUnit(number, tuple(ShardPlan(**shard) for shard in shards), tuple(part), which, row)


@dataclass(frozen=True, eq=False)
class Blocks:
    """B blocks, in the order of the corpus.

    part:   int64 [B], number of the part of the index.
    count:  int64 [B], number of kept rows.
    bytes:  int64 [B], bytes of the images and texts of these rows.
    rows:   int32 [sum of count], numbers of the kept rows in their parts.
    images: (fewest, most) images of a row.
    """

    part: np.ndarray
    count: np.ndarray
    bytes: np.ndarray
    rows: np.ndarray
    images: tuple[int, int]


def held(image_bytes: np.ndarray, pairs: np.ndarray | int) -> np.ndarray:
    """Return the bytes of memory that pairs take in a unit, with the margin that plan/units.py explains."""
    return HEADROOM * image_bytes + PER_PAIR * pairs


def blocks_of(parts: Iterator[pa.Table], decisions: Decisions, memory: int) -> Blocks:
    """Return the kept rows of an index (columns WEIGHED), block by block. memory: bytes that a unit may take."""
    columns: list[list[np.ndarray]] = [[], [], [], []]
    fewest, most = 1 << 30, 0
    for number, part in enumerate(parts):
        rows = np.flatnonzero(decisions.kept(number))
        if not len(rows):
            continue
        kept = part.take(pa.array(rows))
        sizes, images = _bytes(kept)
        fewest, most = min(fewest, int(images.min())), max(most, int(images.max()))
        heads = _heads(rows // BLOCK, held(sizes, 1), memory // BLOCKS_A_UNIT)
        counts = np.diff(heads, append=len(rows))
        found = (
            np.full(len(heads), number),
            counts,
            np.add.reduceat(sizes, heads),
            rows.astype(np.int32),
        )
        for column, values in zip(columns, found, strict=True):
            column.append(values)
    part, count, sizes, rows = (
        np.concatenate([np.zeros(0, np.int64), *column]).astype(np.int64) for column in columns
    )
    return Blocks(part, count, sizes, rows, (fewest, most))


def joined(blocks: Blocks, least: int) -> Blocks:
    """Join neighbouring blocks of a part until they have `least` bytes.

    It is for files whose pieces are read from their start, such as the row groups of Parquet.
    """
    heads, size_so_far, last = [], 0, -1
    for b, (part, size) in enumerate(zip(blocks.part.tolist(), blocks.bytes.tolist(), strict=True)):
        if part != last or size_so_far >= least:
            heads.append(b)
            size_so_far = 0
        size_so_far, last = size_so_far + size, part
    at = np.array(heads, np.int64)
    return replace(
        blocks,
        part=blocks.part[at],
        count=np.add.reduceat(blocks.count, at),
        bytes=np.add.reduceat(blocks.bytes, at),
    )


def _heads(group: np.ndarray, weight: np.ndarray, most: int) -> np.ndarray:
    """Return the first row of each block. A new block begins with each row group, and before it would have over `most` bytes.

    A row of more bytes is a block by itself.
    """
    before = np.cumsum(weight) - weight
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    within = before - np.repeat(before[starts], np.diff(starts, append=len(group)))
    piece = within // max(1, most)
    first = (np.diff(group, prepend=-1) != 0) | (np.diff(piece, prepend=-1) != 0) | (weight > most)
    return np.flatnonzero(first)


def _bytes(kept: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of the images and texts of each row, and the number of its images."""
    images = kept["images"].combine_chunks()
    answers = kept["answers"].combine_chunks()
    sizes = _sums(pc.struct_field(images.flatten(), "length"), images)
    sizes += _sums(pc.binary_length(pc.struct_field(answers.flatten(), "text")), answers)
    sizes += pc.fill_null(pc.binary_length(kept["question"]), 0).to_numpy()
    return sizes, images.value_lengths().to_numpy(zero_copy_only=False)


def _sums(values: pa.Array, lists: pa.Array) -> np.ndarray:
    ends = np.append(0, np.cumsum(pc.fill_null(values, 0).to_numpy(zero_copy_only=False)))
    cuts = np.append(0, np.cumsum(lists.value_lengths().to_numpy(zero_copy_only=False)))
    return np.asarray(np.diff(ends[cuts]))


def encode(blocks: Blocks, names: Sequence[str], layout: Layout, split: str) -> tuple[bytes, int]:
    """Return the bytes of the plan file, and the number of units. names: the names of the parts."""
    order = np.arange(len(blocks.count))
    if layout.order == "shuffled":
        order = keys.permutation(len(order), layout.seed, "blocks", split)
    cuts = cut(held(blocks.bytes[order], blocks.count[order]), layout.memory)
    samples = np.add.reduceat(blocks.count[order], cuts[:-1]) if len(order) else np.zeros(0, np.int64)
    shards = -(-samples // layout.samples_per_shard)
    ends, starts = np.cumsum(shards), np.cumsum(blocks.count) - blocks.count

    def units() -> Iterator[pa.RecordBatch]:
        for u, (total, end, count) in enumerate(
            zip(samples.tolist(), ends.tolist(), shards.tolist(), strict=True)
        ):
            chosen = order[cuts[u] : cuts[u + 1]]
            paths = [
                shard_path(layout.format, layout.name, split, n, int(ends[-1]))
                for n in range(end - count, end)
            ]
            plans = [
                {"path": path, "samples": size}
                for path, size in zip(paths, even_sizes(total, count), strict=True)
            ]
            used, which = np.unique(blocks.part[chosen], return_inverse=True)
            rows = np.concatenate([blocks.rows[starts[b] : starts[b] + blocks.count[b]] for b in chosen])
            columns = [
                [u],
                [plans],
                [[names[p] for p in used.tolist()]],
                [np.repeat(which, blocks.count[chosen])],
                [rows],
            ]
            yield pa.record_batch(
                [pa.array(c, f.type) for c, f in zip(columns, COLUMNS, strict=True)], COLUMNS
            )

    return encode_batches(COLUMNS, units()), len(samples)
