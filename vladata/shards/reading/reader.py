"""Samples of an output read by their rows in index.arrow, as samples or as columns.

Rows are read shard by shard and returned in the requested order. Every sample is compared with the index: it must have exactly
the row's bytes, dataset, task, episode and step, so a shard that was shortened, overwritten or exchanged is noticed. A sample
that cannot be loaded is reported as a fault, with its reason, and the others are returned.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from vladata.errors import ChecksumMismatch, FormatError, LoadError
from vladata.records import Sample
from vladata.shards.manifest import Manifest
from vladata.shards.reading.bytes_of import Range, ShardBytes, bytes_of
from vladata.shards.reading.columns import Batch, Columns, Shapes
from vladata.shards.reading.example_form import ExampleForm
from vladata.shards.reading.places import IndexRows, Where, places_of
from vladata.shards.reading.ragged import FieldsOf, UnfitError
from vladata.shards.reading.tar_form import TarForm
from vladata.shards.storage import Output

_VERIFY = "vladata verify names every file that is damaged."
Faults = dict[int, LoadError]
"""The errors of samples that cannot be loaded, by their place among the requested ones."""


class Form(Protocol):
    """A parser of the samples of a format."""

    def parse(self, data: bytes | memoryview) -> tuple[str, dict[str, Any], Any]:
        """Return the key, the images as views, and the content of one sample. Raises FormatError for other bytes."""

    def identity(self, content: Any) -> tuple[Any, ...]:
        """Return the sample's dataset, task, episode and step. Raises FormatError."""

    def fields(self, contents: Sequence[Any]) -> FieldsOf:
        """Return the fields of several samples, from their contents."""

    def sample(self, key: str, images: Mapping[str, Any], content: Any) -> Sample:
        """Return a sample from its parsed parts. Raises FormatError."""


@dataclass(frozen=True, eq=False)
class _Read:
    """Samples that were read, in the requested order.

    at: the place of each sample among the requested ones.   where: places and identities of all requested samples.
    """

    at: list[int]
    keys: list[str]
    images: list[dict[str, Any]]
    contents: list[Any]
    where: Where

    def without(self, wrong: Mapping[int, str]) -> "_Read":
        """Return the samples without those at the places of `wrong`."""
        kept = [i for i in range(len(self.at)) if i not in wrong]
        return _Read(
            [self.at[i] for i in kept],
            [self.keys[i] for i in kept],
            [self.images[i] for i in kept],
            [self.contents[i] for i in kept],
            self.where,
        )


class Reader:
    """A reader of the shards of an output and its index, which are opened at the first reading."""

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self._output, self._manifest = output, manifest
        self._places: IndexRows | None = None
        self._bytes: ShardBytes | None = None
        self._sizes = np.array([shard.bytes for shard in manifest.shards], np.int64)
        assert manifest.format is not None, "a virtual mixture has no shards"
        self._form = FORMS[manifest.format](manifest)
        self._known = list(manifest.cameras)
        self._needed = set(manifest.cameras) - set(manifest.partly)

    @property
    def places(self) -> IndexRows:
        """The rows of its index."""
        if (
            self._places is None
        ):  # two threads may open it at the same time: each has its own, and one is kept
            self._places = places_of(self._output, self._manifest)
        return self._places

    @property
    def shards(self) -> ShardBytes:
        """The bytes of its shards."""
        if self._bytes is None:
            self._bytes = bytes_of(self._output, self._manifest)
        return self._bytes

    def samples(self, rows: np.ndarray) -> tuple[list[Sample], Faults]:
        """Return the samples at rows, int64 [B], without those that cannot be loaded, and the faults."""
        read, faults = self._read(rows)
        found = []
        for place, (i, key) in enumerate(zip(read.at, read.keys, strict=True)):
            images = {camera: bytes(image) for camera, image in read.images[place].items()}
            try:
                found.append(self._form.sample(key, images, read.contents[place]))
            except FormatError as fault:
                faults[i] = self._fault(read.where, i, fault, key)
        return found, faults

    def columns(self, rows: np.ndarray, wanted: Sequence[str], shapes: Shapes) -> tuple[Columns, Faults]:
        """Return the samples at rows as columns, and the faults; images are views of the bytes that were read."""
        read, faults = self._read(rows)
        while True:
            fields = self._form.fields(read.contents)
            index = rows if len(read.at) == len(rows) else rows[read.at]
            batch = Batch(read.keys, read.images, index, fields, self._manifest.fields, shapes)
            try:
                return batch.columns(wanted), faults
            except UnfitError as fault:
                read = self._left(read, fault.says, faults)

    def where(self, row: int) -> str:
        """Return the dataset and the shard of a row."""
        return self._where(int(self.places.where(np.array([row], np.int64)).shard[0]))

    def _where(self, shard: int) -> str:
        path = self._manifest.shards[shard].path
        return f"dataset {self._manifest.name}, {self._output.url}/{path}"

    def _read(self, rows: np.ndarray) -> tuple[_Read, Faults]:
        """Return the samples at rows, each compared with the index, and the faults."""
        faults: Faults = {}
        where = self.places.where(rows)
        self._check(where)
        parsed: list[Any] = [None] * len(rows)
        groups = list(_by_shard(where))
        fetched = self._fetched_all([(shard, ranges) for shard, _, ranges in groups])
        for (_, places, _), pieces in zip(groups, fetched, strict=True):
            for i, data in zip(places, pieces, strict=True):
                try:
                    if isinstance(data, Exception):
                        raise data
                    parsed[i] = self._parsed(data, where.identity[i])
                except (FormatError, OSError) as fault:
                    faults[i] = self._fault(where, i, fault)
        at = [i for i in range(len(rows)) if i not in faults] if faults else list(range(len(rows)))
        keys, images, contents = ([parsed[i][part] for i in at] for part in range(3))
        return _Read(at, keys, images, contents, where), faults

    def _parsed(self, data: bytes | memoryview, identity: tuple[Any, ...]) -> tuple[str, dict[str, Any], Any]:
        """Return the sample that the index names, its images in the order of the cameras."""
        key, images, content = self._form.parse(data)
        if (there := self._form.identity(content)) != identity:
            raise FormatError("another sample is here", got=_named(there), allowed=_named(identity))
        if list(images) != self._known:
            if not self._needed <= images.keys() <= set(self._known):
                allowed = ", ".join(self._known)
                raise FormatError("the sample has other cameras", got=", ".join(images), allowed=allowed)
            images = in_order(images, self._known)
        return key, images, content

    def _left(self, read: _Read, says: Mapping[int, str], faults: Faults) -> _Read:
        """Return the samples without those at the places of `says`, which are added to the faults."""
        for place, why in says.items():
            i = read.at[place]
            faults[i] = self._fault(read.where, i, FormatError(why), read.keys[place])
        return read.without(says)

    def _fetched_all(
        self, wanted: Sequence[tuple[int, Sequence[Range]]]
    ) -> Sequence[Sequence[bytes | memoryview | Exception]]:
        """Return the bytes of ranges of many shards; if not all can be read, the bytes or the error of each."""
        try:
            return self.shards.fetch_many(wanted)
        except (FormatError, OSError):
            return [self._fetched(shard, ranges) for shard, ranges in wanted]

    def _fetched(self, shard: int, ranges: Sequence[Range]) -> Sequence[bytes | memoryview | Exception]:
        """Return the bytes of each range; if not all can be read, the bytes or the error of each."""
        try:
            return self.shards.fetch(shard, ranges)
        except (FormatError, OSError) as fault:
            if len(ranges) == 1:
                return [fault]
        return [self._fetched(shard, [each])[0] for each in ranges]

    def _check(self, where: Where) -> None:
        """Raise ChecksumMismatch unless the places are within their shards."""
        shards, offsets, lengths = where.shard, where.offset, where.length
        inside = (shards >= 0) & (shards < len(self._sizes)) & (offsets >= 0) & (lengths > 0)
        if not inside.all() or (offsets > self._sizes[shards] - lengths).any():
            raise self.places.damaged("it has places beyond the ends of shards")

    def _fault(self, where: Where, i: int, fault: Exception, key: str = "") -> LoadError:
        """Return the error of the i-th requested sample; its cause is the error that dataset[i] raises."""
        path, says = self._manifest.shards[int(where.shard[i])].path, str(fault).removesuffix(".")
        cause = ChecksumMismatch(
            f"there is no whole sample: {says}", where=f"{self._output.url}/{path}", hint=_VERIFY
        )
        cause.__cause__ = fault
        of = key or _named(where.identity[i])
        error = LoadError(
            f"the sample cannot be loaded: {says}",
            where=f"{self._where(int(where.shard[i]))}, {of}",
            hint=_VERIFY,
        )
        error.__cause__ = cause
        return error


def in_order(images: Mapping[str, Any], cameras: Sequence[str]) -> dict[str, Any]:
    """Return the images of a sample in the order of the cameras."""
    return {camera: images[camera] for camera in sorted(images, key=cameras.index)}


def _by_shard(where: Where) -> Iterator[tuple[int, list[int], list[Range]]]:
    """Yield each shard to be read with the numbers and ranges of its samples, front to back."""
    order = np.lexsort((where.offset, where.shard))
    shards, places = where.shard[order].tolist(), order.tolist()
    ranges = list(zip(where.offset[order].tolist(), where.length[order].tolist(), strict=True))
    cuts = [0, *(np.flatnonzero(np.diff(where.shard[order])) + 1).tolist(), len(places)]
    for start, stop in pairwise(cuts):
        if start < stop:
            yield shards[start], places[start:stop], ranges[start:stop]


def _named(identity: tuple[Any, ...]) -> str:
    dataset, task, episode, step = identity
    return f"{dataset} {episode} step {step} {task}"


FORMS: Mapping[str, Callable[[Manifest], Form]] = {"webdataset": TarForm, "tfrecord": ExampleForm}
"""Format of an output -> the parser of its samples."""
