"""Find the episodes that the rows of a table name: names -> positions among the episodes that are read.

Memory holds the id of each episode, and its content digest or key after a row has used one; about 100 bytes per episode.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.annotations.row import KEYS

COLUMNS = ("episode", "content", "key")
"""Columns of the index that name an episode, in the order of KEYS."""


class Matches(NamedTuple):
    """The matches of N names.

    counts:   the number of episodes with each name, int64 [N].
    rows:     the position of the name in each of M matches, int64 [M], rising.
    episodes: the position of the episode in each match, int64 [M].
    """

    counts: np.ndarray
    rows: np.ndarray
    episodes: np.ndarray


class _Lookup:
    """The names of E episodes; several episodes may have the same name."""

    def __init__(self, names: pa.Array) -> None:
        encoded = pc.dictionary_encode(names)
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        self.distinct = encoded.dictionary
        self.order = np.argsort(codes, kind="stable")
        self.counts = np.bincount(codes, minlength=len(self.distinct))
        self.starts = np.cumsum(self.counts) - self.counts

    def __call__(self, names: pa.Array) -> Matches:
        asked = pc.if_else(pc.equal(names, ""), None, names)
        codes = pc.index_in(asked, self.distinct).fill_null(-1).to_numpy(zero_copy_only=False)
        counts = np.append(self.counts, 0)[codes]
        rows = np.repeat(np.arange(len(codes)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return Matches(counts, rows, self.order[self.starts[codes[rows]] + within])


@dataclass(frozen=True)
class Names:
    """The episodes that are read. table: COLUMNS, one row per episode, in the order of the source, each id once."""

    table: pa.Table

    @classmethod
    def of(cls, parts: Iterable[pa.Table]) -> "Names":
        """Return the episodes in the parts of an index, each once; a split expression may name an episode twice."""
        whole = pa.concat_tables([part.select(COLUMNS) for part in parts]).combine_chunks()
        _, first = np.unique(
            pc.dictionary_encode(whole["episode"].combine_chunks()).indices, return_index=True
        )
        return cls(whole if len(first) == len(whole) else whole.take(np.sort(first)))

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def _episode(self) -> _Lookup:
        return self._lookup("episode")

    @cached_property
    def _content(self) -> _Lookup:
        return self._lookup("content")

    @cached_property
    def _episode_key(self) -> _Lookup:
        return self._lookup("key")

    def _lookup(self, column: str) -> _Lookup:
        return _Lookup(self.table[column].combine_chunks())

    def find(self, key: str, names: pa.Array) -> Matches:
        """Return the episodes that have one of `names`, names of the kind `key` (one of KEYS). An empty name matches none."""
        lookup: _Lookup = getattr(self, f"_{key}")
        return lookup(names)

    def example(self, key: str) -> str:
        """Return the name of one episode, of the kind `key`, as an example; "" if no episode has such a name."""
        column = self.table[COLUMNS[KEYS.index(key)]]
        return next((name for name in column.slice(0, 1000).to_pylist() if name), "")
