"""Where the parts of an index are kept, and when one is still good.

A part is named FILE.IDENTITY.CHECKSUM.parquet: what tells the source file's content from an older one (its size, time of
change, ETag), and the xxh3 of the part's own bytes. So whether a part fits the source is read from a listing, and a part
with a flipped bit is noticed before it is used, and made again. Parts lie in a folder named after everything else that
decides their content.
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

INDEX_VERSION = 5  # raise it when the columns or their meaning change: old parts are then left alone


class Indexed(Protocol):
    """What an index is of: robot episodes or a web corpus."""

    def version(self, name: str) -> str:
        """What tells one content of its file `name` from another."""


class IndexedFile(Protocol):
    """One of its files."""

    @property
    def name(self) -> str:
        """Unlike that of its other files."""

    @property
    def rows(self) -> tuple[int, int | None]:
        """Which rows of its part are wanted: the first, and how many; None, all that follow."""


class AnyIndexer(Protocol):
    """Makes parts."""

    def part(self, file: Any) -> pa.Table:
        """Return the rows of one file."""


class AnyIndexing(Protocol):
    """What an index is made from; small, and picklable."""

    @property
    def source(self) -> Indexed: ...

    def indexer(self) -> AnyIndexer:
        """Open what makes the parts."""


File = TypeVar("File", bound=IndexedFile)


@dataclass(frozen=True)
class Cache:
    """The parts of one index.

    url:   the folder that holds them.
    block: rows of a row group of a part; None, as pyarrow likes it.
    """

    url: str
    block: int | None = None

    @property
    def output(self) -> Output:
        return open_output(self.url)

    def absent(self, source: Indexed, shards: Sequence[File]) -> list[File]:
        """The files that have no part, going by names alone: cheap enough to be asked twice a second."""
        parts = self._parts()
        return [shard for shard in shards if _prefix(source, shard) not in parts]

    def missing(self, source: Indexed, shards: Sequence[File]) -> list[File]:
        """The files that have no part with a right checksum; parts with a wrong one are removed."""
        parts = self._parts()
        return [shard for shard in shards if not self._good(parts.get(_prefix(source, shard)))]

    def tidy(self) -> None:
        """Removes what processes that are gone left half written."""
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
        """The parts of `shards`, in that order, one at a time, cut to the rows that each shard asks for.

        Of each only the `columns` are read. Every shard must have been indexed (`missing` is empty).
        """
        parts = self._parts()
        wanted = list(columns) if columns is not None else None
        for shard in shards:
            with self.output.open(parts[_prefix(source, shard)]) as file:
                # Arrow's threads may outlive the call, and abort a process that then ends (apache/arrow#33975).
                part = pq.read_table(file, columns=wanted, use_threads=False)
            yield part.slice(*shard.rows)

    def part_names(self, source: Indexed, shards: Sequence[IndexedFile]) -> list[str]:
        """What the parts of `shards` are called in `output`; the name holds the checksum. Every shard must have been indexed."""
        parts = self._parts()
        return [parts[_prefix(source, shard)] for shard in shards]

    def _parts(self) -> dict[str, str]:
        """FILE.IDENTITY -> the name of its part."""
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
    """The cache of one (source, schema, chain); `root` where the user's cache folder cannot be seen by the workers."""
    source, spec = indexing.source, indexing.spec
    content = {
        "version": INDEX_VERSION,
        "source": source.url,
        "features": source.identity,
        "reader": source.reader,
        "schema": spec.model_dump(mode="json") if spec else None,
        "chain": indexing.chain,
        "every": indexing.every,
    }
    base = root or f"{cache_url()}/index"
    return Cache(f"{base}/{source.name}-{keys.digest(content)[:16]}")
