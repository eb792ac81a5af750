"""The cache of the parts of an index, with a check that a part is still good.

A part is named FILE.IDENTITY.CHECKSUM.parquet. IDENTITY changes with the source file's content (its size, time of change, ETag),
and CHECKSUM is the xxh3 of the part's bytes. So a listing shows whether a part fits the source, and a damaged part is found
before it is used, and made again. The name of the folder of parts depends on everything else that changes their content.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from vladata import keys
from vladata.errors import OutputError
from vladata.index.part import Indexing
from vladata.shards.remote.cache_rule import FOLDER, cache_url
from vladata.shards.storage import Output, open_output

INDEX_VERSION = 6  # to be raised when the columns or their meaning change; old parts are then ignored


class Indexed(Protocol):
    """The source of an index: robot episodes or a web corpus."""

    def version(self, name: str) -> str:
        """Return a text that changes with the content of the file `name`."""


class IndexedFile(Protocol):
    """One file of such a source."""

    @property
    def name(self) -> str:
        """The name of the file, which no other file of the source has."""

    @property
    def rows(self) -> tuple[int, int | None]:
        """The wanted rows of its part: (the first row, the number of rows, or None for all rows from the first on)."""


class AnyIndexer(Protocol):
    """A maker of parts."""

    def part(self, file: Any) -> pa.Table:
        """Return the rows of one file."""


class AnyIndexing(Protocol):
    """The settings from which an index is made; small, and picklable."""

    @property
    def source(self) -> Indexed: ...

    def indexer(self) -> AnyIndexer:
        """Return the maker of the parts."""


File = TypeVar("File", bound=IndexedFile)


@dataclass(frozen=True)
class Cache:
    """The parts of one index.

    url:   the folder of the parts.
    block: the number of rows in a row group of a part; None for pyarrow's default.
    """

    url: str
    block: int | None = None

    @property
    def output(self) -> Output:
        return open_output(self.url)

    def absent(self, source: Indexed, shards: Sequence[File]) -> list[File]:
        """Return the files without a part. Only names are compared, so that it can be called twice per second."""
        parts = self._parts()
        return [shard for shard in shards if _prefix(source, shard) not in parts]

    def missing(self, source: Indexed, shards: Sequence[File]) -> list[File]:
        """Return the files that have no part with a correct checksum, and remove parts with a wrong one."""
        parts = self._parts()
        return [shard for shard in shards if not self._good(parts.get(_prefix(source, shard)))]

    def tidy(self) -> None:
        """Remove half-written files of processes that have ended."""
        self.output.tidy()

    def fill(self, indexing: AnyIndexing, files: Sequence[IndexedFile]) -> None:
        """Index `files` in this process, one after the other."""
        indexer = indexing.indexer() if files else None
        for file in files:
            assert indexer
            self.write(indexing.source, file, indexer.part(file))

    def write(self, source: Indexed, shard: IndexedFile, part: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(part, sink, compression="zstd", use_dictionary=False, row_group_size=self.block)
        data = sink.getvalue().to_pybytes()
        try:
            self.output.write(f"{_prefix(source, shard)}.{xxhash.xxh3_64_hexdigest(data)}.parquet", [data])
        except OutputError as fault:
            hint = f"Make room there, or set {FOLDER} to a folder that can be written."
            raise OutputError(
                f"the index cannot be written into the cache: {fault.what}", where=fault.where, hint=hint
            ) from fault

    def read(
        self, source: Indexed, shards: Sequence[IndexedFile], columns: Sequence[str] | None = None
    ) -> Iterator[pa.Table]:
        """Yield the parts of `shards`, in this order, one at a time, cut to the wanted rows of each.

        columns: the columns to read; None for all. Every shard must have been indexed (`missing` is empty).
        """
        parts = self._parts()
        wanted = list(columns) if columns is not None else None
        for shard in shards:
            with self.output.open(parts[_prefix(source, shard)]) as file:
                # Arrow's threads may run on after the call, and then abort a process that ends (apache/arrow#33975).
                part = pq.read_table(file, columns=wanted, use_threads=False)
            yield part.slice(*shard.rows)

    def part_names(self, source: Indexed, shards: Sequence[IndexedFile]) -> list[str]:
        """Return the names of the parts of `shards` in `output`, with checksums. Every shard must have been indexed."""
        parts = self._parts()
        return [parts[_prefix(source, shard)] for shard in shards]

    def _parts(self) -> dict[str, str]:
        """Return a map from FILE.IDENTITY to the name of the part."""
        return {name.rsplit(".", 2)[0]: name for name in self.output.names()}

    def _good(self, name: str | None) -> bool:
        if name is None:
            return False
        if xxhash.xxh3_64_hexdigest(self.output.read(name) or b"") == name.rsplit(".", 2)[-2]:
            return True
        self.output.remove(name)
        return False


def _prefix(source: Indexed, shard: IndexedFile) -> str:
    identity = keys.digest([shard.name, source.version(shard.name)])[:16]
    return f"{shard.name}.{identity}"


def cache_of(indexing: Indexing, root: str | None = None) -> Cache:
    """Return the cache of the index that `indexing` makes. root: its folder, if workers cannot read the user's cache folder."""
    source, spec = indexing.source, indexing.spec
    content = {
        "version": INDEX_VERSION,
        "source": source.url,
        "features": source.identity,
        "reader": source.reader,
        "schema": spec.model_dump(mode="json") if spec else None,
        "chain": indexing.chain,
        "every": indexing.every,
        **({"pictures": "decoded"} if indexing.decode else {}),
    }
    base = root or f"{cache_url()}/index"
    return Cache(f"{base}/{source.name}-{keys.digest(content)[:16]}")
