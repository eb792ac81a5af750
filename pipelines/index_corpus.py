"""The index graph of a web corpus: every file read once, a part of the table of pairs written for each."""

from collections.abc import Sequence

import apache_beam as beam

from vladata.beam.index_corpus import IndexCorpus
from vladata.beam.runners import run_here
from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.index.cache import Cache


def build(
    root: beam.Pipeline,
    corpus: Corpus,
    cache: Cache,
    files: Sequence[CorpusFile],
    looks: bool = False,
    model: str = "",
) -> beam.PCollection[str]:
    return root | "Index" >> IndexCorpus(corpus, cache, files, looks, model)


def run(
    corpus: Corpus, cache: Cache, files: Sequence[CorpusFile], looks: bool = False, model: str = ""
) -> None:
    """Indexes `files` in this process."""
    run_here(lambda root: build(root, corpus, cache, files, looks, model))
