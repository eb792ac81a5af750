"""Files of a web corpus -> parts of its index, as a PTransform."""

from collections.abc import Iterable, Iterator

import apache_beam as beam

from vladata.beam.runners import noted
from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.part import CorpusIndexer
from vladata.index.cache import Cache


class IndexCorpusFile(beam.DoFn):
    """CorpusFile -> its name, once its part lies in the cache."""

    def __init__(self, corpus: Corpus, cache: Cache, looks: bool, model: str) -> None:
        self.corpus, self.cache, self.looks, self.model = corpus, cache, looks, model

    def setup(self) -> None:
        with noted():
            self.indexer = CorpusIndexer(self.corpus, self.looks, self.model)

    def process(self, file: CorpusFile) -> Iterator[str]:
        with noted():
            self.cache.write(self.corpus, file, self.indexer.part(file))
        yield file.name


class IndexCorpus(beam.PTransform):
    """Begins a pipeline with files of a corpus; gives the name of each file whose part was written."""

    def __init__(
        self, corpus: Corpus, cache: Cache, files: Iterable[CorpusFile], looks: bool = False, model: str = ""
    ) -> None:
        super().__init__()
        self.corpus, self.cache, self.files = corpus, cache, list(files)
        self.looks, self.model = looks, model

    def expand(self, root: beam.Pipeline) -> beam.PCollection[str]:
        return (
            root
            | "Files" >> beam.Create(self.files)
            | "Spread" >> beam.Reshuffle()
            | "Index" >> beam.ParDo(IndexCorpusFile(self.corpus, self.cache, self.looks, self.model))
        )
