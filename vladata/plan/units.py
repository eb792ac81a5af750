"""Work units: whole episodes, read once, written as whole shards.

With order "shuffled" the episodes of a split are permuted and cut into units of about equal bytes, each within the memory budget;
a unit's steps are shuffled over its shards. So images are not shuffled over disk or network, and each shard has steps of as many
episodes as fit into the budget. With order "source" neither episodes nor steps are permuted. If whole episodes are written, each
episode is in one shard, and shards differ in size.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vladata import keys
from vladata.index.entries import Entries
from vladata.plan.orders import Order
from vladata.shards.naming import EPISODES, Format, shard_path, video_path

HEADROOM = 1.6
PER_SAMPLE = 1200


def held(record_bytes: int, samples: int, sample_bytes: int = PER_SAMPLE) -> int:
    """Return the bytes of memory that a unit needs: a measured upper bound.

    It is the sum of the records, the data of each sample that is kept until it is written, and 60% of the records for memory
    that is not counted: the record that is being read, and freed blocks that the C library and Arrow keep. So a worker on Beam,
    which holds 190 MB before it begins, stays below 400 MB with the default settings.
    """
    return int(HEADROOM * record_bytes) + sample_bytes * samples


@dataclass(frozen=True, slots=True)
class Layout:
    """The settings on which a plan depends.

    memory:       the bytes that a unit may hold at once.
    sample_bytes: the bytes of each sample without its images, which are views of the records.
    videos:       the keys of the videos that belong to each shard.
    """

    name: str
    format: Format
    order: Order
    seed: int
    memory: int
    samples_per_shard: int
    sample_bytes: int = PER_SAMPLE
    videos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One episode to read.

    made:        the bytes of the images that are made from frames of videos; 0 if the images are in the record.
    samples:     the number of its samples: one per window and task, or one per window if tasks have shares.
    first:       the number of samples of earlier episodes, in the order of the source: from 0 in each split; for LeRobot,
                 numbers run through all splits.
    skips:       pairs of RLDS step numbers: the steps from the first up to, not including, the second are left out.
    instruction: the instruction that replaces the episode's own; "" to keep it.
    failed:      True if the schema's `success` says that the episode did not succeed.
    before:      the number of stretches of earlier episodes, counted like `first`, if whole episodes are written; else 0.
    """

    file: str
    shard: int
    record: int
    offset: int
    length: int
    crc: int
    samples: int
    first: int = 0
    skips: tuple[int, ...] = ()
    instruction: str = ""
    failed: bool = False
    made: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """One shard to write."""

    path: str
    samples: int


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """Work that one worker does at a time; the bytes of its shards depend on nothing else.

    number: its position in the plan, from 0; receipts and errors name the unit by it.
    split:  the split that it reads and writes.
    reads:  the episodes to read, in the order of their steps before the shuffle.
    shards: the shards to write, in order.
    """

    number: int
    split: str
    reads: tuple[Read, ...]
    shards: tuple[ShardPlan, ...]

    @property
    def samples(self) -> int:
        return sum(shard.samples for shard in self.shards)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The counts of all earlier splits, if numbers run through all splits: files of frames, samples, stretches."""

    files: int = 0
    samples: int = 0
    stretches: int = 0


@dataclass(frozen=True, eq=False)
class SplitPlan:
    """The units of one split.

    order:   the episodes in the order of use, int64 [E].
    cuts:    unit u reads order[cuts[u]:cuts[u + 1]], int64 [U + 1].
    shards:  unit u writes the shards from number shards[u] up to, not including, shards[u + 1], int64 [U + 1].
    sizes:   the number of samples of each shard.
    first:   the number of the first unit.
    earlier: the counts of earlier splits, at which the numbers of this split begin.
    """

    entries: Entries
    order: np.ndarray
    cuts: np.ndarray
    shards: np.ndarray
    sizes: np.ndarray
    first: int
    earlier: Earlier = Earlier()

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def unit(self, layout: Layout, u: int) -> WorkUnit:
        chosen = self.order[self.cuts[u] : self.cuts[u + 1]]
        start, stop, earlier = int(self.shards[u]), int(self.shards[u + 1]), self.earlier.files
        split, count = self.entries.split, int(self.shards[-1])
        numbers = range(start + earlier, stop + earlier)
        paths = [shard_path(layout.format, layout.name, split, n, count) for n in numbers]
        sizes = self.sizes[start:stop].tolist()
        whole = layout.format in EPISODES
        reads = tuple(self._read(int(e), whole) for e in chosen)
        shards: list[ShardPlan] = []
        for number, path, size in zip(numbers, paths, sizes, strict=True):
            shards.append(ShardPlan(path, size))
            shards += [ShardPlan(video_path(key, number), 0) for key in layout.videos]
        return WorkUnit(self.first + u, split, reads, tuple(shards))

    def _read(self, e: int, whole: bool) -> Read:
        columns = self.entries
        return Read(
            columns.files[columns.file[e]],
            int(columns.shard[e]),
            int(columns.record[e]),
            int(columns.offset[e]),
            int(columns.length[e]),
            int(columns.crc[e]),
            int(columns.samples[e]),
            int(columns.firsts[e]) + self.earlier.samples,
            columns.skips_of(e),
            columns.corrected.get(e, ""),
            bool(columns.failed[e]),
            int(columns.made[e]),
            int(columns.stretches_before[e]) + self.earlier.stretches if whole else 0,
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """All units of a run, split after split."""

    layout: Layout
    splits: tuple[SplitPlan, ...]

    def __len__(self) -> int:
        return sum(map(len, self.splits))

    def __iter__(self) -> Iterator[WorkUnit]:
        for split in self.splits:
            yield from (split.unit(self.layout, u) for u in range(len(split)))

    @property
    def memory(self) -> int:
        """The bytes of memory that the largest unit needs: an upper bound."""
        each, units = self.layout.sample_bytes, iter(self)
        return max(held(sum(read.length + read.made for read in u.reads), u.samples, each) for u in units)


def make_plan(splits: Sequence[Entries], layout: Layout) -> Plan:
    """Return the plan of a run. A split without samples gets no unit."""
    plans: list[SplitPlan] = []
    for entries in splits:
        first = plans[-1].first + len(plans[-1]) if plans else 0
        earlier = _behind(plans[-1]) if plans and layout.format == "lerobot" else Earlier()
        plans.append(_split_plan(entries, layout, first, earlier))
    return Plan(layout, tuple(plans))


def _behind(plan: SplitPlan) -> Earlier:
    """Return the counts at which the split after `plan` begins."""
    entries, earlier = plan.entries, plan.earlier
    return Earlier(
        earlier.files + int(plan.shards[-1]),
        earlier.samples + int(entries.samples.sum()),
        earlier.stretches + int(entries.pieces.sum()),
    )


def _split_plan(entries: Entries, layout: Layout, first: int, earlier: Earlier) -> SplitPlan:
    order = np.arange(len(entries))
    if layout.order == "shuffled":
        order = keys.permutation(len(entries), layout.seed, "episodes", entries.split)
    sizes = HEADROOM * (entries.length + entries.made)[order] + layout.sample_bytes * entries.samples[order]
    cuts = cut(sizes, layout.memory)
    parts = np.split(entries.samples[order], cuts[1:-1]) if len(order) else []
    filled = whole_sizes if layout.format in EPISODES else _even
    by_unit = [filled(samples, layout.samples_per_shard) for samples in parts]
    shards = np.cumsum([0, *map(len, by_unit)], dtype=np.int64)
    sizes_of_shards = np.array([size for unit in by_unit for size in unit], np.int64)
    return SplitPlan(entries, order, cuts, shards, sizes_of_shards, first, earlier)


def _even(samples: np.ndarray, most: int) -> list[int]:
    """Return the sizes of shards: as few as hold all samples with at most `most` each, of about equal size."""
    total = int(samples.sum())
    return even_sizes(total, -(-total // most))


def whole_sizes(samples: np.ndarray, most: int) -> list[int]:
    """Return the sizes of shards of whole episodes: at most `most`, or one larger episode. samples: of each episode, int64
    [E]."""
    sizes: list[int] = []
    for count in samples.tolist():
        if sizes and sizes[-1] + count <= most:
            sizes[-1] += count
        else:
            sizes.append(count)
    return sizes


def cut(sizes: np.ndarray, budget: int) -> np.ndarray:
    """Return the places of cuts into units of about equal size: at most `budget`, or one larger episode."""
    if not len(sizes):
        return np.zeros(1, np.int64)
    ends = np.cumsum(sizes)
    units = max(1, math.ceil(ends[-1] / budget))
    while True:
        goals = ends[-1] * np.arange(1, units) / units
        cuts = np.unique(np.concatenate([[0], np.searchsorted(ends, goals, side="right"), [len(sizes)]]))
        largest = np.add.reduceat(sizes, cuts[:-1]).max()
        if largest <= max(budget, sizes.max()) or units >= len(sizes):
            return cuts.astype(np.int64)
        units += max(1, units // 100)


def even_sizes(total: int, parts: int) -> list[int]:
    """Return `total` as `parts` whole numbers that differ by at most one, the larger ones first."""
    return [total // parts + (i < total % parts) for i in range(parts)]
