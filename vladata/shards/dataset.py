"""vladata.open: the shards of an output as a sequence of samples, each loaded only when it is used."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from vladata.errors import ChecksumMismatch, FormatError, NotADataset
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.naming import EPISODES, INDEX, READS, SCHEMA
from vladata.shards.reading.bytes_of import whole_file
from vladata.shards.reading.columns import Columns
from vladata.shards.reading.places import IndexRows
from vladata.shards.reading.reader import Faults, Reader, in_order
from vladata.shards.remote.cache_rule import CacheRule
from vladata.shards.sequence import Positions, Samples
from vladata.shards.storage import Output, RemoteOutput, open_output
from vladata.shards.whole import Written

_VERIFY = "vladata verify names every file that is damaged."


class Dataset(Samples):
    """The samples of an output, by position: shard after shard, in the order in which they were written."""

    def __init__(
        self,
        output: Output,
        manifest: Manifest | None = None,
        positions: Positions | None = None,
        opened: Reader | None = None,
    ) -> None:
        """Open the output. opened: the reader of another sequence of this output, which both then share."""
        manifest = read_manifest(output) if manifest is None else manifest
        refuse_episodes(output, manifest)
        self._count = sum(shard.samples for shard in manifest.shards)  # of the whole output
        self._reader = Reader(output, manifest) if opened is None else opened
        super().__init__(output, manifest, range(self._count) if positions is None else positions)

    def _at(self, positions: Positions) -> "Dataset":
        return Dataset(self._output, self.manifest, positions, self._reader)

    def _samples_at(self, positions: np.ndarray) -> tuple[list[Sample], Faults]:
        return self._reader.samples(positions)

    def _columns_at(self, positions: np.ndarray, wanted: Sequence[str]) -> tuple[Columns, Faults]:
        return self._reader.columns(positions, wanted, self.shapes)

    def _where_at(self, position: int) -> str:
        return self._reader.where(position)

    def stored(self, position: int) -> Sample:
        """Return the stored sample at a position of the whole output, for checks: it is not compared with the index, and its
        fields may be incomplete. Raises FormatError if there is no whole sample."""
        place = self.places.where([position])
        (data,) = self._reader.shards.fetch(
            int(place.shard[0]), [(int(place.offset[0]), int(place.length[0]))]
        )
        sample = next(samples_of(bytes(data), self.manifest), None)
        if sample is None:
            raise FormatError("no sample begins here", where=f"byte {int(place.offset[0]):,}")
        images = {camera: bytes(image) for camera, image in sample.images.items()}
        known = set(images) <= set(self.manifest.cameras)
        return replace(sample, images=in_order(images, self.manifest.cameras) if known else images)

    @property
    def places(self) -> IndexRows:
        """The rows of index.arrow, which can be read one by one."""
        return self._reader.places

    @cached_property
    def index(self) -> pa.Table:
        """index.arrow as a table, for reading it from end to end; samples are read without it."""
        where = f"{self._output.url}/{INDEX}"
        try:
            file = whole_file(self._output, self.manifest, INDEX)
            source = pa.BufferReader(file) if isinstance(file, bytes) else pa.memory_map(str(file))
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

    def check_index(self) -> None:
        """Raise ChecksumMismatch unless index.arrow, which is read from end to end, has the written bytes."""
        written = next(
            Written(file.bytes, file.checksum) for file in self.manifest.files if file.path == INDEX
        )
        if isinstance(self._output, RemoteOutput):
            whole_file(self._output, self.manifest, INDEX)  # compared when it was fetched
        elif self._output.measure(INDEX) != written:
            where = f"{self._output.url}/{INDEX}"
            raise ChecksumMismatch("the index is missing or damaged", where=where, hint=_VERIFY)


def refuse_episodes(output: Output, manifest: Manifest) -> None:
    """Raise NotADataset if the output holds whole episodes, and so no samples."""
    if manifest.format in EPISODES:
        raise NotADataset(
            f"this output holds whole episodes (format {manifest.format}) and no samples",
            where=output.url,
            hint=f"{READS[manifest.format]} reads it. For samples, convert it: vladata convert rlds2vla {output.url} OUT ..."
            + (f" --schema {output.url}/{SCHEMA}" if manifest.format == "rlds" else ""),
        )


def samples_of(data: bytes, manifest: Manifest) -> Iterator[Sample]:
    """Return the samples in consecutive bytes of a shard; the images of a tar's samples are views of `data`."""
    if manifest.format == "tfrecord":
        return examples.samples(io.BytesIO(data), manifest.fields)
    return webdataset.samples(data, views=True)


def open_dataset(path: str, cache: CacheRule | None = None) -> Dataset:
    """Return the dataset in the folder (or at the fsspec URL) `path`. Raises as vladata.open does, and NotADataset for a virtual
    mixture, which has no shards of its own."""
    output = open_output(path, cache)
    manifest = read_manifest(output)
    if manifest.format is None:
        hint = "vladata.open reads it; vladata mix --materialize writes its shards."
        raise NotADataset("this is a virtual mixture, which has no shards", where=output.url, hint=hint)
    return Dataset(output, manifest)
