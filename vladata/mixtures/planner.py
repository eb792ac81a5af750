"""The units of a mixture, one after another: the samples of each, their places, and the shards that it checks.

A plan is held in memory as a whole, so a plan of more than 4 GB is refused before planning begins: a range takes 45 bytes, a unit
about 9 kB. 4 GB are enough for a billion samples of sources whose shards are read whole, or for 80 million samples that are each
chosen singly. A billion samples in shards of a thousand are planned in minutes. A plan that takes longer has too many passes over
small shards, and reaches the same limit.

A tar has only one checksum, that of the whole file. So the first unit that reads from a tar checks all of it, if at least half of
its samples are taken. That is one more pass over the bytes, just before they are read. (In a TFRecord each record has a
checksum.)
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
RANGE, UNIT, SHARD = 45, 9000, 100  # approximate bytes of each in a plan


class Planner:
    """An iterable of the units of a mixture. After the last unit, `used` has the number of samples that each source gave.

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
        """Return the number of samples that each source has given after the next `samples` samples of the mixture."""
        whole, rest = divmod(samples, self.job.window)
        self.quota.skip(whole)
        last = self.quota.last(rest) if rest else [0] * len(self.quota.got)
        return [got + count for got, count in zip(self.quota.got, last, strict=True)]

    def _first_reads(self, ranges: Ranges) -> Iterator[tuple[int, int]]:
        """Yield (source, shard) of each shard of `ranges` that must be checked and that no unit has read before."""
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
                hint=f"It would have {self.units:,} units and {ranges:,.0f} ranges of bytes. Take a shorter epoch "
                "(--epoch SAMPLES), or more --memory, which gives fewer units.",
            )


def _to_check(sources: Sequence[MixedSource]) -> list[np.ndarray]:
    """Return a mask for each source: True for shards of its manifest to be checked. Sources of one dataset share a mask."""
    found: dict[str, np.ndarray] = {}
    for source in sources:
        here = found.setdefault(source.url, np.zeros(len(source.manifest.shards), bool))
        if _has_tars(source):
            here[source.shards] |= _is_mostly_taken(source)
    return [found[source.url] for source in sources]


def unchecked(source: MixedSource) -> int:
    """Return the number of tars of a source that are not checked, since less than half of their samples are taken."""
    return int(np.count_nonzero(~_is_mostly_taken(source))) if _has_tars(source) else 0


def _has_tars(source: MixedSource) -> bool:
    return source.manifest.format == "webdataset"


def _is_mostly_taken(source: MixedSource) -> np.ndarray:
    """Return a mask of the source's shards: True if at least half of the samples are taken."""
    listed = source.manifest.shards
    there = np.array([listed[shard].samples for shard in source.shards.tolist()])
    return np.asarray(2 * source.counts >= there)
