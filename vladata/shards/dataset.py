"""vladata.open: an output folder as a sequence of samples, with nothing loaded but what is asked for."""

import io
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, BinaryIO, overload

import numpy as np
import pyarrow as pa

from vladata.actions.statistics import Statistics
from vladata.errors import ChecksumMismatch, FormatError, NotADataset, UsageError
from vladata.formats.tfrecord import HEAD, TAIL, read_at
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.manifest import contracts_of, read_manifest, statistics_of
from vladata.shards.naming import INDEX, Format
from vladata.shards.storage import LocalOutput, Output, open_output
from vladata.shards.whole import Written

_VERIFY = "vladata verify names every file that is damaged."


class Dataset:
    """The samples of an output, by position: shard after shard, in the order in which they were written.

    A slice or a selection is a Dataset of the same output with fewer samples, or others in their order; it copies nothing.
    """

    def __init__(
        self,
        output: Output,
        manifest: Mapping[str, Any] | None = None,
        positions: range | np.ndarray | None = None,
    ) -> None:
        self._output = output
        self.manifest: Mapping[str, Any] = read_manifest(output) if manifest is None else manifest
        self._positions = range(self._count) if positions is None else positions

    @property
    def url(self) -> str:
        """The folder or URL that it lies in."""
        return self._output.url

    @cached_property
    def _count(self) -> int:
        """Samples of the whole output."""
        return sum(shard["samples"] for shard in self.manifest["shards"])

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, i: int) -> Sample: ...

    @overload
    def __getitem__(self, i: slice) -> "Dataset": ...

    def __getitem__(self, i: int | slice) -> "Sample | Dataset":
        """Sample i, 0 <= i < len, or counted from the end when negative, IndexError beyond; or the Dataset of a slice."""
        if isinstance(i, slice):
            return Dataset(self._output, self.manifest, self._positions[i])
        i, count = operator.index(i), len(self)
        if not -count <= i < count:
            raise IndexError(f"sample {i} of {count}")
        position = int(self._positions[i])
        return self._sample(*(column[position].as_py() for column in self._places))

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    def select(self, positions: Iterable[int]) -> "Dataset":
        """The samples at `positions` of this Dataset, in that order; one may come twice. IndexError beyond its length."""
        count = len(self)
        chosen = np.fromiter((operator.index(position) for position in positions), np.int64)
        beyond = chosen[(chosen < -count) | (chosen >= count)]
        if len(beyond):
            raise IndexError(f"sample {beyond[0]} of {count}")
        chosen %= max(1, count)
        here = self._positions
        found = here.start + here.step * chosen if isinstance(here, range) else here[chosen]
        return Dataset(self._output, self.manifest, found)

    @property
    def contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """The action contracts by their digest, which is what a sample's `contract` says: one of a robot dataset, several of
        a mixture, none of a web corpus."""
        return contracts_of(self.manifest)

    @property
    def contract(self) -> Mapping[str, Any]:
        """The action contract: what the numbers of a target mean. UsageError where there is not exactly one."""
        return _only(self.contracts, "contract", self.url)

    @property
    def statistics(self) -> dict[str, Statistics]:
        """Exact statistics of "action" and "state", over the written steps; UsageError where there is not one contract."""
        found = _only(statistics_of(self.manifest), "statistics", self.url)
        return {name: Statistics.from_json(value) for name, value in found.items()}

    @cached_property
    def index(self) -> pa.Table:
        """index.arrow: shard, offset, length, dataset, task, episode and step of each sample."""
        where = f"{self._output.url}/{INDEX}"
        try:
            if isinstance(self._output, LocalOutput):
                source = pa.memory_map(str(self._output.root / INDEX))
            else:
                source = pa.BufferReader(self._output.read(INDEX) or b"")
            table = pa.ipc.open_file(source).read_all()
        except (pa.ArrowException, OSError) as fault:
            raise ChecksumMismatch(
                f"the index is missing or damaged: {fault}", where=where, hint=_VERIFY
            ) from fault
        if len(table) != self._count:
            raise ChecksumMismatch(
                "the index does not fit the manifest",
                where=where,
                got=f"{len(table):,} rows",
                allowed=f"{self._count:,}",
                hint=_VERIFY,
            )
        return table

    @cached_property
    def _places(self) -> tuple[pa.ChunkedArray, ...]:
        """The columns that say where a sample is."""
        return tuple(self.index[name] for name in ("shard", "offset", "length"))

    def check_index(self) -> None:
        """Raises ChecksumMismatch unless index.arrow is what was written, to the bit: it is read from end to end."""
        written = next(
            Written(f["bytes"], f["checksum"]) for f in self.manifest["files"] if f["path"] == INDEX
        )
        if self._output.measure(INDEX) != written:
            where = f"{self._output.url}/{INDEX}"
            raise ChecksumMismatch("the index is missing or damaged", where=where, hint=_VERIFY)

    def _sample(self, shard: int, offset: int, length: int) -> Sample:
        path = self.manifest["shards"][shard]["path"]
        try:
            with self._output.open(path) as file:
                sample = read_sample(file, self.manifest["format"], offset, length)
        except (FormatError, OSError) as fault:
            where = f"{self._output.url}/{path}"
            raise ChecksumMismatch(f"there is no whole sample: {fault}", where=where, hint=_VERIFY) from fault
        # A tf.Example keeps no order: its features are sorted by name.
        return replace(sample, images=in_order(sample.images, self.manifest["cameras"]))


def in_order(images: Mapping[str, bytes], cameras: Sequence[str]) -> dict[str, bytes]:
    """The images of a sample in the order of the cameras."""
    return {camera: images[camera] for camera in sorted(images, key=cameras.index)}


def _only(by_contract: Mapping[str, Mapping[str, Any]], what: str, where: str) -> Mapping[str, Any]:
    if len(by_contract) != 1:
        raise UsageError(
            f"the dataset has no {what}: none of its samples has actions"
            if not by_contract
            else f"the dataset has {len(by_contract)} action contracts, each with its own {what}",
            where=where,
            hint=".contracts has all of them; a sample names its own.",
        )
    return next(iter(by_contract.values()))


def read_sample(file: BinaryIO, fmt: Format, offset: int, length: int) -> Sample:
    """The sample that is the `length` bytes from byte `offset` of an opened shard."""
    if fmt == "tfrecord":
        record = read_at(file, offset, length - HEAD - TAIL)
        if record.fault:
            raise record.fault
        return examples.sample_of(record.data)
    file.seek(offset)
    sample = next(webdataset.samples(file.read(length)), None)
    if sample is None:
        raise FormatError("no sample begins here", where=f"byte {offset:,}")
    return sample


def samples_of(data: bytes, fmt: Format) -> Iterator[Sample]:
    """The samples that consecutive bytes of a shard hold; of a tar their images are views of `data`."""
    return examples.samples(io.BytesIO(data)) if fmt == "tfrecord" else webdataset.samples(data, views=True)


def open_dataset(path: str) -> Dataset:
    """The dataset in the folder (or at the fsspec URL) `path`. Raises as vladata.open does, and NotADataset for a virtual
    mixture, which has no shards of its own."""
    output = open_output(path)
    manifest = read_manifest(output)
    if manifest.get("virtual"):
        hint = "vladata.open reads it; vladata mix --materialize writes its shards."
        raise NotADataset("this is a virtual mixture, which has no shards", where=output.url, hint=hint)
    return Dataset(output, manifest)
