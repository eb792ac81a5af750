"""The samples of an output that are loaded: all of them, one split of several, or a slice or selection."""

from itertools import pairwise
from typing import TypeVar

import numpy as np
import xxhash

from vladata.errors import UnknownName, UsageError
from vladata.shards.manifest import Manifest
from vladata.shards.sequence import Positions, Samples

S = TypeVar("S", bound=Samples)


def chosen(samples: S, split: str | None) -> S:
    """Return the samples that are loaded.

    split: a split of the manifest. None takes a slice or selection as it is, and from a whole output the only split that has
    samples. Raises UsageError if several splits have samples, or none has; UnknownName for an unknown split.
    """
    splits, where = samples.manifest.splits, samples.url
    if split is not None and split not in splits:
        raise UnknownName("split", split, list(splits), where)
    if split is None and is_whole(samples):
        some = [name for name, counts in splits.items() if counts.samples]
        if len(some) > 1:
            raise UsageError(
                "the dataset has several splits, and only one can be loaded",
                where=where,
                allowed=", ".join(some),
                hint=f'Choose one: split="{some[0]}".',
            )
        split = some[0] if some else None
    found = samples if split is None else _within(samples, split)
    if not len(found):
        says = f"split {split} has no samples here" if split else "there are no samples to load"
        raise UsageError(says, where=where, got=f"{len(samples)} samples opened, 0 of them to load")
    return found


def is_whole(samples: Samples) -> bool:
    """Return True for all samples of an output in their order; False for a slice or selection."""
    positions = samples.positions
    return isinstance(positions, range) and positions == range(samples.manifest.samples)


def said(positions: Positions) -> str:
    """Return a short text that identifies positions: "0:800:1", or the checksum and the number of positions of a selection."""
    if isinstance(positions, range):
        return f"{positions.start}:{positions.stop}:{positions.step}"
    data = np.ascontiguousarray(positions, "<i8")
    return f"xxh3:{xxhash.xxh3_64_hexdigest(data.data)} {len(data)}" if len(data) else "none"


def _within(samples: S, split: str) -> S:
    """Return the samples of a split."""
    own = _spans(samples.manifest, split)
    positions = samples.positions
    if is_whole(samples) and len(own) == 1:
        return samples[own[0].start : own[0].stop]
    there = np.asarray(positions)
    mask = np.zeros(len(there), bool)
    for span in own:
        mask |= (there >= span.start) & (there < span.stop)
    return samples if mask.all() else samples.select(np.flatnonzero(mask))


def _spans(manifest: Manifest, split: str) -> list[range]:
    """Return the positions of a split: one range, or several if its shards do not follow one another.

    A virtual mixture has one split, and no shards.
    """
    if manifest.format is None:
        return [range(manifest.samples)]
    ends = np.cumsum([0, *(shard.samples for shard in manifest.shards)]).tolist()
    found: list[range] = []
    for shard, (start, stop) in zip(manifest.shards, pairwise(ends), strict=True):
        if shard.split == split:
            if found and found[-1].stop == start:
                found[-1] = range(found[-1].start, stop)
            else:
                found.append(range(start, stop))
    return found
