"""The rows of the first records of a corpus, to check if a declaration fits its files.

Rule: no more records are read than needed, and no file is read to its end. There are two exceptions: a COCO file is read to find
the images of its annotations, and questions and annotations are read to find ids that appear twice.
"""

from collections.abc import Iterator

import pyarrow as pa

from vladata.corpora.corpus import Corpus
from vladata.corpora.part import CorpusIndexing


def first_rows(corpus: Corpus, most: int) -> Iterator[pa.Table]:
    """Yield the rows of the first `most` records, one table for each file that was read."""
    indexer, left = CorpusIndexing(corpus).indexer(), most
    for file in corpus.files:
        if left <= 0:
            return
        rows = indexer.part(file, left)
        left -= len(rows["record"].unique())
        yield rows
