"""Where the index of a corpus is kept: in the same cache as that of robot episodes, in the same way."""

from vladata import keys
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.rows import BLOCK
from vladata.index.cache import Cache
from vladata.shards.remote.cache_rule import cache_url

CORPUS_INDEX_VERSION = 5  # raise it when the rows or their meaning change: old parts are then left alone


def cache_of_corpus(indexing: CorpusIndexing, root: str | None = None) -> Cache:
    """The cache of one (corpus, declaration); `root` where the user's cache folder cannot be seen by the workers.

    Files count with their order, since rows hold their numbers. The contents of image files do not: an image that changed
    after it was indexed no longer has the digest of its row.
    """
    corpus = indexing.source
    content = {
        "version": CORPUS_INDEX_VERSION,
        "files": [[file.url, file.annotations] for file in corpus.files],
        "images": corpus.images,
        "links": list(corpus.links),
        "schema": corpus.spec.model_dump(mode="json"),
        "looks": indexing.looks,
        "model": indexing.model,
    }
    base = root or f"{cache_url()}/index"
    return Cache(f"{base}/{corpus.name}-{keys.digest(content)[:16]}", BLOCK)
