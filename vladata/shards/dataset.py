"""vladata.open: the shards of an output as a sequence of samples, with nothing loaded but what is asked for."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import BinaryIO

import pyarrow as pa

from vladata.errors import ChecksumMismatch, FormatError, NotADataset
from vladata.fields import flat
from vladata.formats.tfrecord import HEAD, TAIL, read_at
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.naming import INDEX
from vladata.shards.sequence import Positions, Samples
from vladata.shards.storage import LocalOutput, Output, open_output
from vladata.shards.whole import Written

_VERIFY = "vladata verify names every file that is damaged."


class Dataset(Samples):
    """The samples of an output, by position: shard after shard, in the order in which they were written."""

    def __init__(
        self, output: Output, manifest: Manifest | None = None, positions: Positions | None = None
    ) -> None:
        manifest = read_manifest(output) if manifest is None else manifest
        self._count = sum(shard.samples for shard in manifest.shards)  # of the whole output
        super().__init__(output, manifest, range(self._count) if positions is None else positions)

    def _at(self, positions: Positions) -> "Dataset":
        return Dataset(self._output, self.manifest, positions)

    def _sample_at(self, position: int) -> Sample:
        return self._sample(*(column[position].as_py() for column in self._places))

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
            Written(file.bytes, file.checksum) for file in self.manifest.files if file.path == INDEX
        )
        if self._output.measure(INDEX) != written:
            where = f"{self._output.url}/{INDEX}"
            raise ChecksumMismatch("the index is missing or damaged", where=where, hint=_VERIFY)

    def _sample(self, shard: int, offset: int, length: int) -> Sample:
        path = self.manifest.shards[shard].path
        try:
            with self._output.open(path) as file:
                sample = read_sample(file, self.manifest, offset, length)
        except (FormatError, OSError) as fault:
            where = f"{self._output.url}/{path}"
            raise ChecksumMismatch(f"there is no whole sample: {fault}", where=where, hint=_VERIFY) from fault
        # A tf.Example keeps no order: its features are sorted by name.
        return replace(sample, images=in_order(sample.images, self.manifest.cameras))


def in_order(images: Mapping[str, bytes], cameras: Sequence[str]) -> dict[str, bytes]:
    """The images of a sample in the order of the cameras."""
    return {camera: images[camera] for camera in sorted(images, key=cameras.index)}


def read_sample(file: BinaryIO, manifest: Manifest, offset: int, length: int) -> Sample:
    """The sample that is the `length` bytes from byte `offset` of an opened shard of the manifest's."""
    if manifest.format == "tfrecord":
        record = read_at(file, offset, length - HEAD - TAIL)
        if record.fault:
            raise record.fault
        return examples.sample_of(record.data, flat(manifest.fields))
    file.seek(offset)
    sample = next(webdataset.samples(file.read(length)), None)
    if sample is None:
        raise FormatError("no sample begins here", where=f"byte {offset:,}")
    return sample


def samples_of(data: bytes, manifest: Manifest) -> Iterator[Sample]:
    """The samples that consecutive bytes of a shard of the manifest's hold; of a tar their images are views of `data`."""
    if manifest.format == "tfrecord":
        return examples.samples(io.BytesIO(data), manifest.fields)
    return webdataset.samples(data, views=True)


def open_dataset(path: str) -> Dataset:
    """The dataset in the folder (or at the fsspec URL) `path`. Raises as vladata.open does, and NotADataset for a virtual
    mixture, which has no shards of its own."""
    output = open_output(path)
    manifest = read_manifest(output)
    if manifest.format is None:
        hint = "vladata.open reads it; vladata mix --materialize writes its shards."
        raise NotADataset("this is a virtual mixture, which has no shards", where=output.url, hint=hint)
    return Dataset(output, manifest)
