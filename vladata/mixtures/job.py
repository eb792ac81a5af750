"""The job of a mixture: all settings that decide its samples and their order."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from vladata.mixtures.order import Order, order_of
from vladata.mixtures.ranges import MixUnit
from vladata.plan.units import Layout
from vladata.quota import Quota


@dataclass(frozen=True, slots=True)
class JobSource:
    """A source of a mixture.

    name:     its path in the mixture, "web/captions".
    url:      the folder or URL of its dataset.
    manifest: the digest of its manifest.
    share:    its part of all samples, "2/3".
    samples:  its number of different samples, without those that `left` counts.
    left:     reason -> number of samples that are not taken.
    suffix:   the ending of its keys if another source has samples of the same dataset; else empty.
    level:    the number of materialised mixtures that it is nested in. Repeats at each level have a mark of their own.
    taken:    the mixture's rules for the samples that are taken, {keep, cap}; {} without rules.
    """

    name: str
    url: str
    manifest: str
    share: str
    samples: int
    left: Mapping[str, int]
    suffix: str
    level: int
    taken: Mapping[str, Any] = field(default_factory=dict)

    def placeless(self) -> dict[str, Any]:
        """Return JSON data of the source without its URL."""
        return {name: value for name, value in asdict(self).items() if name != "url"}

    def key(self, key: str, repeat: int) -> str:
        """Return the key in the mixture of the source's sample `key`. repeat: the pass over the source, from 0."""
        return f"{key}{self.suffix}" + (f"-{'r' * (1 + self.level)}{repeat}" if repeat else "")


@dataclass(frozen=True)
class MixJob:
    """One mixture.

    layout:  name, format, order, seed, memory in bytes, samples per shard.
    split:   the split of its sources and of the mixture.
    window:  number of consecutive samples in which the ratio is exact.
    samples: number of samples of an epoch.
    mixture: the spec in full.
    virtual: True if its samples stay in its sources' shards.
    plan:    SHA-256 of the plan file.
    """

    layout: Layout
    split: str
    window: int
    samples: int
    mixture: Mapping[str, Any]
    sources: tuple[JobSource, ...]
    virtual: bool
    plan: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "MixJob":
        sources = tuple(JobSource(**source) for source in data["sources"])
        return cls(**{**data, "layout": Layout(**data["layout"]), "sources": sources})

    @property
    def shares(self) -> list[Fraction]:
        return [Fraction(source.share) for source in self.sources]

    def counts(self, unit: MixUnit) -> np.ndarray:
        """Return the samples of each source in each window of a unit, int64 [W, S]."""
        quota = Quota(self.shares, self.window, list(unit.got), unit.window)
        whole, rest = divmod(unit.samples, self.window)
        rows = list(islice(quota, whole))
        return np.array([*rows, quota.last(rest)] if rest else rows, np.int64)

    def order(self, unit: MixUnit) -> Order:
        """Return the order of a unit's samples."""
        samples = [source.samples for source in self.sources]
        return order_of(self.counts(unit), self.layout.seed, unit.number, unit.got, samples)
