"""The rows of the first records of a corpus, for somebody who asks whether a declaration fits its files.

Rule: what is read is bounded by the number of records, of all files together; no file is read to its end for it. (Of a COCO
file the annotations are looked through for their images, which stand in the same file; questions and their annotations for ids
that appear twice.)
"""

from collections.abc import Iterator

import pyarrow as pa

from vladata.corpora.corpus import Corpus
from vladata.corpora.part import CorpusIndexing


def first_rows(corpus: Corpus, most: int) -> Iterator[pa.Table]:
    """The rows of the first `most` records, a table for each file that was looked into."""
    indexer, left = CorpusIndexing(corpus).indexer(), most
    for file in corpus.files:
        if left <= 0:
            return
        rows = indexer.part(file, left)
        left -= len(rows["record"].unique())
        yield rows
