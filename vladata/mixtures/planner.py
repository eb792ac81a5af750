"""The units of a mixture, one after another: which samples each gives, where they lie, and what it checks of them.

A plan is held as a whole, so one that would take more than 4 GB is refused before it is begun: a range takes 45 bytes, a unit
about 9 kB. That is a billion samples of sources whose shards are read as they are, or 80 million of one of which every sample
is chosen by itself. A billion samples of shards of a thousand are planned in minutes; what takes longer has too many passes
over small shards, and reaches the same limit.

A shard of tars has no checksum but that of the whole file. So the unit that is the first to read of one checks it as a whole,
where at least half of its samples are taken of it: that is one more pass over the bytes, just before they are read. (A record
of a TFRecord is under a checksum of its own.)
"""

from collections.abc import Iterator, Sequence

import numpy as np

from vladata.errors import UsageError
from vladata.mixtures.job import MixJob
from vladata.mixtures.ranges import MixUnit, Ranges, ranges_of
from vladata.mixtures.sources import MixedSource
from vladata.plan.units import ShardPlan, even_sizes
from vladata.quota import Quota
from vladata.shards.naming import shard_path

LARGEST = 4 << 30  # bytes of a plan
RANGE, UNIT, SHARD = 45, 9000, 100  # bytes that each takes in it, about


class Planner:
    """The units of a mixture; `used` and `units` are known when it is through.

    Raises UsageError for a plan that is too large, before the first unit.
    """

    def __init__(
        self, job: MixJob, sources: Sequence[MixedSource], shards_per_unit: int, quota: Quota
    ) -> None:
        self.job, self.sources, self.quota = job, sources, quota
        size = job.layout.samples_per_shard
        self.shards = -(-job.samples // size)
        self.units = -(-self.shards // shards_per_unit)
        self.used: list[int] = []
        self._unchecked = _to_check(sources)
        self._check_size()

    def __iter__(self) -> Iterator[MixUnit]:
        job, size, first = self.job, self.job.layout.samples_per_shard, 0
        for number, shards in enumerate(even_sizes(self.shards, self.units)):
            samples = min(size * shards, job.samples - first * size)
            window, start = self.quota.number, tuple(self.quota.got)
            stop = self._through(samples)
            numbers = range(first, first + shards)
            paths = [
                shard_path(job.layout.format, job.layout.name, job.split, n, self.shards) for n in numbers
            ]
            sizes = [min(size, job.samples - n * size) for n in numbers]
            ranges = ranges_of(self.sources, start, stop, job.layout.seed)
            plans = tuple(map(ShardPlan, paths, sizes))
            yield MixUnit(number, window, start, samples, plans, tuple(self._first_reads(ranges)), ranges)
            first += shards
            self.used = stop

    def _through(self, samples: int) -> list[int]:
        """What the sources have given after `samples` more."""
        whole, rest = divmod(samples, self.job.window)
        self.quota.skip(whole)
        last = self.quota.last(rest) if rest else [0] * len(self.quota.got)
        return [got + count for got, count in zip(self.quota.got, last, strict=True)]

    def _first_reads(self, ranges: Ranges) -> Iterator[tuple[int, int]]:
        """The shards that are to be checked and that no unit has read before, as (source, shard)."""
        for i, unchecked in enumerate(self._unchecked):
            shards = np.unique(ranges.shard[ranges.source == i])
            shards = shards[unchecked[shards]]
            unchecked[shards] = False
            yield from ((i, shard) for shard in shards.tolist())

    def _check_size(self) -> None:
        parts = zip(self.job.shares, self.sources, strict=True)
        passes = ((float(share * self.job.samples) / source.samples, source) for share, source in parts)
        ranges = sum(count * source.ranges for count, source in passes)
        size = ranges * RANGE + self.units * UNIT + self.shards * SHARD
        if size > LARGEST:
            raise UsageError(
                f"the plan of {self.job.samples:,} samples would take {size / 1e9:,.0f} GB",
                where=f"mixture {self.job.layout.name}, epoch",
                allowed=f"{LARGEST / 1e9:.0f} GB",
                hint=f"It would have {self.units:,} units and {ranges:,.0f} ranges of bytes. A shorter epoch has fewer, "
                "and more --memory gives fewer units.",
            )


def _to_check(sources: Sequence[MixedSource]) -> list[np.ndarray]:
    """Of each source, bool [shards of its manifest]: those whose checksum is to be checked. Sources of one dataset share it."""
    found: dict[str, np.ndarray] = {}
    for source in sources:
        here = found.setdefault(source.url, np.zeros(len(source.manifest.shards), bool))
        if _has_tars(source):
            here[source.shards] |= _is_mostly_taken(source)
    return [found[source.url] for source in sources]


def unchecked(source: MixedSource) -> int:
    """How many shards of tars it reads too little of for their checksums to be checked."""
    return int(np.count_nonzero(~_is_mostly_taken(source))) if _has_tars(source) else 0


def _has_tars(source: MixedSource) -> bool:
    return source.manifest.format == "webdataset"


def _is_mostly_taken(source: MixedSource) -> np.ndarray:
    """bool [its shards]: at least half of the samples are taken."""
    listed = source.manifest.shards
    there = np.array([listed[shard].samples for shard in source.shards.tolist()])
    return np.asarray(2 * source.counts >= there)
