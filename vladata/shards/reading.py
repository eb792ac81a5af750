"""Samples of an output read by their rows in index.arrow, as samples or as columns.

Rows are read shard by shard and given in the order in which they were asked for. What comes out is what the index says: a
sample of exactly its bytes, whose dataset, task, episode and step are those of its row; a shard that was cut, overwritten or
taken for another's is noticed. A sample that cannot be loaded is a fault, with its reason, and the others are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.errors import ChecksumMismatch, FormatError, LoadError
from vladata.fields import flat
from vladata.formats.tfrecord import HEAD, TAIL, parse_frame
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.bytes_of import ShardBytes, bytes_of
from vladata.shards.columns import Batch, Columns, Shapes
from vladata.shards.json_fields import JsonFields
from vladata.shards.manifest import Manifest
from vladata.shards.places import Places, places_of
from vladata.shards.ragged import UnfitError
from vladata.shards.storage import Output
from vladata.shards.whole import Buffer

_VERIFY = "vladata verify names every file that is damaged."
IDENTITY = ("dataset", "task", "episode", "step")
Ranges = list[tuple[int, int]]
Faults = dict[int, LoadError]
"""Which of the samples that were asked for cannot be loaded, by their place among them, and why."""


@dataclass(frozen=True, eq=False)
class Parsed:
    """What was read.

    at:      int64 [B], the place of each sample among those that were asked for.
    samples: as they were read.
    """

    at: np.ndarray
    samples: list[Sample]


class Reader:
    """The shards of an output and its index, opened where something is read."""

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self._output, self._manifest = output, manifest
        self._places: Places | None = None
        self._bytes: ShardBytes | None = None
        self._sizes = np.array([shard.bytes for shard in manifest.shards], np.int64)
        self._kinds = flat(manifest.fields)

    @property
    def places(self) -> Places:
        """The rows of its index."""
        if self._places is None:  # two threads may open it at once: each has its own, and one is kept
            self._places = places_of(self._output, self._manifest)
        return self._places

    @property
    def shards(self) -> ShardBytes:
        """The bytes of its shards."""
        if self._bytes is None:
            self._bytes = bytes_of(self._output, self._manifest)
        return self._bytes

    def samples(self, rows: np.ndarray) -> tuple[list[Sample], Faults]:
        """The samples of rows, int64 [B], but for those that cannot be loaded."""
        parsed, faults = self._parsed(rows)
        return parsed.samples, faults

    def columns(self, rows: np.ndarray, wanted: Sequence[str], shapes: Shapes) -> tuple[Columns, Faults]:
        """The same as columns."""
        parsed, faults = self._parsed(rows)
        at, samples = parsed.at, parsed.samples
        while True:
            batch = Batch(
                keys=[sample.key for sample in samples],
                images=[sample.images for sample in samples],
                index=rows[at],
                fields=JsonFields([sample.fields for sample in samples], self._manifest.fields),
                kinds=self._manifest.fields,
                shapes=shapes,
            )
            try:
                return batch.columns(wanted), faults
            except UnfitError as fault:
                for i, says in fault.says.items():
                    row = int(rows[at[i]])
                    faults[int(at[i])] = self._fault(
                        row, self._shard_of(row), FormatError(says), samples[i].key
                    )
                kept = [i for i in range(len(samples)) if i not in fault.says]
                at, samples = at[kept], [samples[i] for i in kept]

    def where(self, row: int) -> str:
        """The dataset and the shard of a row."""
        return self._where(self._shard_of(row))

    def _where(self, shard: int) -> str:
        path = self._manifest.shards[shard].path
        return f"dataset {self._manifest.name}, {self._output.url}/{path}"

    def _shard_of(self, row: int) -> int:
        return int(self.places.of([row])[0][0])

    def _parsed(self, rows: np.ndarray) -> tuple[Parsed, Faults]:
        found: list[Sample | None] = [None] * len(rows)
        faults: Faults = {}
        shards, offsets, lengths = self.places.of(rows)
        self._check(shards, offsets, lengths)
        identities = list(zip(*(self._identity(name, rows) for name in IDENTITY), strict=True))
        order = np.lexsort((offsets, shards))
        cuts = np.flatnonzero(np.diff(shards[order])) + 1
        groups = np.split(order, cuts) if len(order) else []
        wanted = [(int(shards[group[0]]), _pairs(offsets[group], lengths[group])) for group in groups]
        for group, (shard, _), fetched in zip(groups, wanted, self._fetched_all(wanted), strict=True):
            for i, data in zip(group.tolist(), fetched, strict=True):
                try:
                    if isinstance(data, Exception):
                        raise data
                    found[i] = self._sample(data, int(offsets[i]), identities[i])
                except (FormatError, OSError) as fault:
                    faults[i] = self._fault(int(rows[i]), shard, fault)
        at = np.array([i for i, sample in enumerate(found) if sample is not None], np.int64)
        return Parsed(at, [sample for sample in found if sample is not None]), faults

    def _identity(self, name: str, rows: np.ndarray) -> list[Any]:
        values = self.places.column(name, rows)
        return values.tolist() if isinstance(values, np.ndarray) else values

    def _fetched_all(self, wanted: list[tuple[int, Ranges]]) -> Sequence[Sequence[Buffer | Exception]]:
        """The bytes of ranges of many shards; where they cannot all be had, those of each, or why not."""
        try:
            return self.shards.fetch_many(wanted)
        except (FormatError, OSError):
            return [self._fetched(shard, ranges) for shard, ranges in wanted]

    def _fetched(self, shard: int, ranges: Ranges) -> Sequence[Buffer | Exception]:
        """The bytes of each range; where they cannot all be had, those of each by itself, or why not."""
        try:
            return self.shards.fetch(shard, ranges)
        except (FormatError, OSError) as fault:
            if len(ranges) == 1:
                return [fault]
        return [self._fetched(shard, [each])[0] for each in ranges]

    def _check(self, shards: np.ndarray, offsets: np.ndarray, lengths: np.ndarray) -> None:
        """Raises unless the places lie within their shards."""
        inside = (shards >= 0) & (shards < len(self._sizes)) & (offsets >= 0) & (lengths > 0)
        if not inside.all() or (offsets > self._sizes[shards] - lengths).any():
            raise self.places.damaged("it names places that lie beyond the shards")

    def _sample(self, data: Buffer, offset: int, identity: tuple[Any, ...]) -> Sample:
        if self._manifest.format == "tfrecord":
            record = parse_frame(bytes(data), offset, len(data) - HEAD - TAIL)
            if record.fault:
                raise record.fault
            sample = examples.sample_of(record.data, self._kinds)
        else:
            samples = [*webdataset.samples(bytes(data))]
            if len(samples) != 1:
                raise FormatError("not one sample is here", where=f"byte {offset:,}")
            (sample,) = samples
        there = tuple(sample.fields.get(name) for name in IDENTITY)
        if there != identity:
            raise FormatError("another sample is here", got=there, allowed=f"{identity}, as the index says")
        return Sample(sample.key, self._in_order(sample.images), sample.fields)

    def _in_order(self, images: Mapping[str, bytes]) -> dict[str, bytes]:
        """The images in the order of the cameras: a tf.Example keeps none."""
        cameras = self._manifest.cameras
        if not set(images) <= set(cameras):
            raise FormatError("the sample has cameras that the manifest does not know", got=", ".join(images))
        return in_order(images, cameras)

    def _fault(self, row: int, shard: int, fault: Exception, key: str = "") -> LoadError:
        """The error of a sample, whose cause is what vladata.open of it raises."""
        path = self._manifest.shards[shard].path
        cause = ChecksumMismatch(
            f"there is no whole sample: {fault}", where=f"{self._output.url}/{path}", hint=_VERIFY
        )
        cause.__cause__ = fault
        of = key or f"position {row:,}"
        error = LoadError(
            f"the sample cannot be loaded: {fault}",
            where=f"{self._where(shard)}, {of}",
            hint=_VERIFY,
        )
        error.__cause__ = cause
        return error


def _pairs(offsets: np.ndarray, lengths: np.ndarray) -> Ranges:
    return list(zip(offsets.tolist(), lengths.tolist(), strict=True))


def in_order(images: Mapping[str, Any], cameras: Sequence[str]) -> dict[str, Any]:
    """The images of a sample in the order of the cameras."""
    return {camera: images[camera] for camera in sorted(images, key=cameras.index)}
