"""Write the samples of one unit, of any kind.

group, within = arranged(...)      the order in which they are written
receipt = write_unit(...)          shards, left-out samples, the rows of index.arrow
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from vladata import keys
from vladata.errors import BadImage, UnfitRecord
from vladata.images import suffix
from vladata.plan.units import Layout, ShardPlan
from vladata.records import Sample
from vladata.runs.receipts import (
    ROWS,
    Receipt,
    Rejection,
    rejection_of,
    rows_of,
    shard_entries,
    write_receipt,
)
from vladata.shards.storage import Output
from vladata.shards.writer import write_shard


class AnyUnit(Protocol):
    """A unit of a plan. number: its position.   shards: the shards to write, in order."""

    @property
    def number(self) -> int: ...
    @property
    def shards(self) -> tuple[ShardPlan, ...]: ...


Columns = Callable[[np.ndarray], Sequence[Any]]
"""Positions of the samples that were written, int64 [N], in their order -> columns of length N."""


def arranged(
    sizes: Sequence[int], layout: Layout, *names: str | int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the order in which a unit writes the samples of its groups (episodes, blocks): int64 [N] each.

    sizes: of the groups.   names: of the permutation's random draw; order "source" does not permute.
    Returned: positions among all samples, the group of each, its position in that group.
    """
    group = np.repeat(np.arange(len(sizes)), sizes)
    within = np.concatenate([np.arange(size) for size in sizes])
    order = np.arange(len(group))
    if layout.order == "shuffled":
        order = keys.permutation(len(group), layout.seed, *names)
    return order, group[order], within[order]


def write_unit(
    output: Output,
    layout: Layout,
    split: str,
    unit: AnyUnit,
    samples: Iterator[Sample],
    finish: Callable[[Sample], Sample] = lambda sample: sample,
    schema: pa.Schema = ROWS,
    more: Columns = lambda written: (),
) -> Receipt:
    """Write the unit's shards and then its receipt.

    samples: the number that is planned for its shards, in order.
    finish:  gives a sample its final images; if it raises BadImage or UnfitRecord, the sample is left out and counted.
    more:    the columns of `schema` after those of ROWS.
    """
    writing = _Writing(finish)
    shards = [
        write_shard(output, plan.path, writing.finished(islice(samples, plan.samples)), layout.format)
        for plan in unit.shards
    ]
    columns = (writing.episodes, np.array(writing.steps, np.int32), *more(writing.written()))
    receipt = Receipt(
        unit.number,
        shard_entries(split, shards),
        tuple(writing.rejected),
        writing.image_kinds(),
        rows_of(shards, columns, schema),
    )
    write_receipt(output, receipt)
    return receipt


UNKNOWN: Mapping[int, str] = {}


class _Writing:
    """Notes about samples while they are written."""

    def __init__(self, finish: Callable[[Sample], Sample]) -> None:
        self.finish = finish
        self.episodes: list[str] = []
        self.steps: list[int] = []
        self.rejected: list[Rejection] = []
        self._came = 0
        self._left_out: list[int] = []
        # By an image's first byte, which differs between kinds: finding the kind of each image costs 3% of the time.
        self._kinds: dict[str, dict[int, str]] = {}

    def finished(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """Yield the samples with their final images; leave out one that cannot be written."""
        finish, kinds = self.finish, self._kinds
        note_episode, note_step = self.episodes.append, self.steps.append
        for sample in samples:
            self._came += 1
            try:
                final = finish(sample)
            except (BadImage, UnfitRecord) as fault:
                self._left_out.append(self._came - 1)
                self.rejected.append(rejection_of(sample, fault))
                continue
            for camera, image in final.images.items():
                if image[0] not in kinds.get(camera, UNKNOWN):
                    kinds.setdefault(camera, {})[image[0]] = suffix(image)
            fields = sample.fields
            note_episode(fields["episode"])
            note_step(fields["step"])
            yield final

    def written(self) -> np.ndarray:
        """Return the positions of the written samples among all, int64 [N]."""
        return np.delete(np.arange(self._came), self._left_out)

    def image_kinds(self) -> dict[str, tuple[str, ...]]:
        return {camera: tuple(sorted(found.values())) for camera, found in self._kinds.items()}
