"""The place of a corpus's index: the cache that also holds the indexes of robot episodes."""

from vladata import keys
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.rows import BLOCK
from vladata.index.cache import Cache
from vladata.shards.remote.cache_rule import cache_url

CORPUS_INDEX_VERSION = 5  # raise it when the rows or their meaning change, so that old parts are not used


def cache_of_corpus(indexing: CorpusIndexing, root: str | None = None) -> Cache:
    """Return the cache of one (corpus, declaration). root: its folder, if workers cannot see the user's cache folder.

    The cache depends on the files and their order, since rows hold the numbers of files. It does not depend on the contents of
    image files: an image that changed after indexing no longer has the digest of its row.
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
