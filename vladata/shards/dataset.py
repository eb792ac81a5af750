"""vladata.open: an output folder as a sequence of samples, with nothing loaded but what is asked for."""

import operator
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow as pa

from vladata.actions.statistics import Statistics
from vladata.errors import ChecksumMismatch, FormatError, UsageError
from vladata.formats.tfrecord import HEAD, TAIL, read_at
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.manifest import read_manifest
from vladata.shards.naming import INDEX, Format
from vladata.shards.storage import LocalOutput, Output, open_output
from vladata.shards.whole import Written

_VERIFY = "vladata verify names every file that is damaged."


class Dataset:
    """The samples of an output, by position: shard after shard, in the order in which they were written."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.manifest: Mapping[str, Any] = read_manifest(output)

    def __len__(self) -> int:
        return sum(shard["samples"] for shard in self.manifest["shards"])

    def __getitem__(self, i: int) -> Sample:
        """Sample i, 0 <= i < len, or counted from the end when negative; IndexError beyond."""
        i, count = operator.index(i), len(self)
        if not -count <= i < count:
            raise IndexError(f"sample {i} of {count}")
        row = {
            name: column[0].as_py()
            for name, column in zip(self.index.column_names, self.index.slice(i % count, 1), strict=True)
        }
        return self._sample(row["shard"], row["offset"], row["length"])

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    @property
    def contract(self) -> Mapping[str, Any]:
        """The action contract: what the numbers of a target mean."""
        contract: Mapping[str, Any] = self.manifest["contract"]
        return contract

    @property
    def statistics(self) -> dict[str, Statistics]:
        """Exact statistics of "action" and "state", over the written steps."""
        return {name: Statistics.from_json(value) for name, value in self.manifest["statistics"].items()}

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
        if len(table) != len(self):
            raise ChecksumMismatch(
                "the index does not fit the manifest",
                where=where,
                got=f"{len(table):,} rows",
                allowed=f"{len(self):,}",
                hint=_VERIFY,
            )
        return table

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
        order = sorted(sample.images, key=self.manifest["cameras"].index)
        return replace(sample, images={camera: sample.images[camera] for camera in order})


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


def open(path: str | os.PathLike[str]) -> Dataset:  # the public name is vladata.open
    """The dataset in the folder (or at the fsspec URL) `path`.

    Raises NotADataset where there is no manifest, ChecksumMismatch where it is damaged.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError("a dataset is opened by its path", got=path, allowed="text or a path")
    return Dataset(open_output(os.fspath(path)))
