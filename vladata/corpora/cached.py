"""The place of a corpus's index: the cache that also holds the indexes of robot episodes."""

from vladata import keys
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.rows import BLOCK
from vladata.index.cache import Cache
from vladata.shards.remote.cache_rule import cache_url

CORPUS_INDEX_VERSION = 5  # raise it when the rows or their meaning change: old parts are then left alone


def cache_of_corpus(indexing: CorpusIndexing, root: str | None = None) -> Cache:
    """Return the cache of one (corpus, declaration). root: its folder, if workers cannot see the user's cache folder.

    The files and their order decide the cache, since rows hold the numbers of files. The contents of image files do not: an
    image that changed after it was indexed no longer has the digest of its row.
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
