"""The indexed corpus of a run: all its files, or only those that hold its first records."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vladata.corpora.corpus import CorpusFile
from vladata.web.sources import WebSources

Index = Callable[[WebSources], None]


def indexed(sources: WebSources, limit: int, index: Index) -> WebSources:
    """Return the sources of a run: the first `limit` records of the corpus, or all for 0.

    index: a function that indexes all files of the sources that it is called with.

    The number of records of a file is known only after it is indexed. So one file is indexed first, then twice as many each time.
    """
    files, count = sources.corpus.files, 1
    if not limit:
        index(sources)
        return sources
    while True:
        some = sources.of(files[:count])
        index(some)
        taken, left = _cut(some, limit)
        if not left or count >= len(files):
            return sources.of(taken)
        count *= 2


def _cut(sources: WebSources, limit: int) -> tuple[tuple[CorpusFile, ...], int]:
    """Return the files that hold the first `limit` records, the last file cut to these; and how many records are missing."""
    taken: list[CorpusFile] = []
    left = limit
    for file, part in zip(sources.corpus.files, sources.parts(["record"]), strict=True):
        record = part["record"].to_numpy()
        heads = np.flatnonzero(np.diff(record, prepend=-1))
        if len(heads) > left:
            return (*taken, replace(file, stop=int(heads[left]))), 0
        taken.append(file)
        left -= len(heads)
        if not left:
            break
    return tuple(taken), left
