"""Source files -> parts of an index, as a PTransform, for robot episodes or a web corpus."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.index.cache import AnyIndexing, Cache


class IndexFile(beam.DoFn):
    """Index a source file -> its name, when its part is in the cache."""

    def __init__(self, indexing: AnyIndexing, cache: Cache) -> None:
        self.indexing, self.cache = indexing, cache

    def setup(self) -> None:
        with noted():
            self.indexer = self.indexing.indexer()

    def process(self, file: Any) -> Iterator[str]:
        with noted():
            self.cache.write(self.indexing.source, file, self.indexer.part(file))
        yield file.name


class IndexFiles(beam.PTransform):
    """Begin a pipeline with source files; the result is the name of each file whose part was written."""

    def __init__(self, indexing: AnyIndexing, cache: Cache, files: Iterable[Any]) -> None:
        super().__init__()
        self.indexing, self.cache, self.files = indexing, cache, list(files)

    def expand(self, root: beam.Pipeline) -> beam.PCollection[str]:
        return (
            root
            | "Files" >> beam.Create(self.files)
            | "Spread" >> beam.Reshuffle()
            | "Index" >> beam.ParDo(IndexFile(self.indexing, self.cache))
        )
