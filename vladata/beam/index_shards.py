"""Source files -> parts of the index, as a PTransform."""

from collections.abc import Iterable, Iterator

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.index.cache import Cache
from vladata.index.part import Indexer, Indexing
from vladata.sources.source import ShardFile


class IndexShard(beam.DoFn):
    """ShardFile -> its file name, once its part lies in the cache."""

    def __init__(self, indexing: Indexing, cache: Cache) -> None:
        self.indexing, self.cache = indexing, cache

    def setup(self) -> None:
        with noted():
            self.indexer = Indexer(self.indexing)

    def process(self, shard: ShardFile) -> Iterator[str]:
        with noted():
            self.cache.write(self.indexing.source, shard, self.indexer.part(shard))
        yield shard.file


class IndexShards(beam.PTransform):
    """Begins a pipeline with source files; gives the name of each file whose part was written."""

    def __init__(self, indexing: Indexing, cache: Cache, shards: Iterable[ShardFile]) -> None:
        super().__init__()
        self.indexing, self.cache, self.shards = indexing, cache, list(shards)

    def expand(self, root: beam.Pipeline) -> beam.PCollection[str]:
        return (
            root
            | "Files" >> beam.Create(self.shards)
            | "Spread" >> beam.Reshuffle()
            | "Index" >> beam.ParDo(IndexShard(self.indexing, self.cache))
        )
