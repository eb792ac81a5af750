"""Rows of the index as a unit needs them: a block's, in columns, of which a row is made when its sample is written.

Columns and not rows: a unit holds thousands of pairs, and a dict and lists for each would keep Python's garbage collector
busy for a third of the time of a conversion.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.corpora.rows import BLOCK

PLAIN = ("file", "shard", "record", "pair", "task", "language", "question", "similarity")


class Rows:
    """N rows of one block. [i] is a mapping of PLAIN, and context, answers and images as the index has them."""

    def __init__(self, table: pa.Table) -> None:
        self._plain = [table[name].to_pylist() for name in PLAIN]
        self._context = _Lists(table["context"].combine_chunks())
        self._answers = _Lists(table["answers"].combine_chunks())
        self._images = _Lists(table["images"].combine_chunks())

    def __len__(self) -> int:
        return len(self._plain[0])

    def __getitem__(self, i: int) -> Mapping[str, Any]:
        row = dict(zip(PLAIN, [column[i] for column in self._plain], strict=True))
        row["context"], row["answers"], row["images"] = self._context[i], self._answers[i], self._images[i]
        return row

    def image_counts(self) -> list[int]:
        """How many images each row has."""
        return [stop - start for start, stop in pairwise(self.image_ends)]

    @property
    def image_ends(self) -> list[int]:
        """0, and where the images of each row end among those of all."""
        return self._images.ends

    def places(self) -> list[tuple[str, int, int]]:
        """Where the images of all rows are, row after row, as Pictures reads them."""
        columns = self._images.columns
        own = np.repeat(np.array(self._plain[0], object), self.image_counts()).tolist()
        named = [file or row_file for file, row_file in zip(columns["file"], own, strict=True)]
        return list(zip(named, columns["offset"], columns["length"], strict=True))

    def digests(self) -> list[int]:
        """Those of the images at `places`."""
        found: list[int] = self._images.columns["digest"]
        return found


class _Lists:
    """A column of lists of structs (or of text), flat. ends: 0, and where each list ends. columns: field -> values."""

    def __init__(self, column: pa.ListArray) -> None:
        flat = column.flatten()
        self.ends = [0, *np.cumsum(column.value_lengths().to_numpy(zero_copy_only=False)).tolist()]
        is_struct = pa.types.is_struct(flat.type)
        names = [field.name for field in flat.type] if is_struct else [""]
        self.columns: dict[str, list[Any]] = {
            name: (flat.field(i) if is_struct else flat).to_pylist() for i, name in enumerate(names)
        }

    def __getitem__(self, i: int) -> list[Any]:
        start, stop = self.ends[i], self.ends[i + 1]
        if "" in self.columns:
            return self.columns[""][start:stop]
        return [{name: values[at] for name, values in self.columns.items()} for at in range(start, stop)]


class Part:
    """One part of the index, opened."""

    def __init__(self, file: BinaryIO) -> None:
        self._table = pq.ParquetFile(file)

    def rows(self, numbers: np.ndarray) -> Rows:
        """Rows by their numbers in the part, which rise."""
        groups = np.unique(numbers // BLOCK)
        columns = [*PLAIN, "context", "answers", "images"]
        table = self._table.read_row_groups(groups.tolist(), columns, use_threads=False)
        if len(numbers) < len(table):
            within = np.searchsorted(groups, numbers // BLOCK) * BLOCK + numbers % BLOCK
            table = table.take(pa.array(within))
        return Rows(table)
