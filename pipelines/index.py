"""The index graph: every source file read once, a part of the episode table written for each."""

from collections.abc import Sequence

import apache_beam as beam

from vladata.beam.index_shards import IndexShards
from vladata.beam.runners import run_here
from vladata.index.cache import Cache
from vladata.index.part import Indexing
from vladata.sources.source import ShardFile


def build(
    root: beam.Pipeline, indexing: Indexing, cache: Cache, shards: Sequence[ShardFile]
) -> beam.PCollection[str]:
    return root | "Index" >> IndexShards(indexing, cache, shards)


def run(indexing: Indexing, cache: Cache, shards: Sequence[ShardFile]) -> None:
    """Indexes `shards` in this process."""
    run_here(lambda root: build(root, indexing, cache, shards))
