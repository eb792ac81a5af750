"""Rows of the index as a unit needs them: the columns of a block; a row is made from them when its sample is written.

A unit holds thousands of pairs. With a dict and lists for each pair, Python's garbage collector would take a third of the time
of a conversion, so columns are kept. Values that are only for index.arrow stay in Arrow.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vladata.corpora.rows import BLOCK

TEXTS = ("task", "language", "question")
PLACES = ("shard", "record", "pair")
OF_IMAGES = ("file", "offset", "length", "digest")
KEPT_OF_IMAGES = pa.struct(
    [("height", pa.int32()), ("width", pa.int32()), ("digest", pa.uint64()), ("look", pa.uint64())]
)
KEPT = pa.schema(
    [
        ("step", pa.int32()),
        ("task", pa.string()),
        ("language", pa.string()),
        ("similarity", pa.float32()),
        ("images", pa.list_(KEPT_OF_IMAGES)),
    ]
)
"""The columns of index.arrow for a sample, in addition to its place in the output."""


class PairRows:
    """N rows of one block.

    [i]:  row i, a mapping of TEXTS, PLACES, context and answers as in the index, and `source`: file, offset and length of its
          first image.
    kept: a table of N rows with the columns KEPT.
    """

    def __init__(self, table: pa.Table) -> None:
        self._plain = [table[name].to_pylist() for name in (*TEXTS, *PLACES)]
        self._context = _Lists(table["context"].combine_chunks())
        self._answers = _Lists(table["answers"].combine_chunks())
        images = table["images"].combine_chunks()
        self._images = _Lists(images, OF_IMAGES)
        own = np.repeat(np.array(table["file"].to_pylist(), object), self.image_counts()).tolist()
        files = self._images.columns["file"]
        self._images.columns["file"] = [file or of_row for file, of_row in zip(files, own, strict=True)]
        self.kept = _kept(table, images)

    def __len__(self) -> int:
        return len(self._plain[0])

    def __getitem__(self, i: int) -> Mapping[str, Any]:
        task, language, question, shard, record, pair = [column[i] for column in self._plain]
        images, first = self._images.columns, self._images.ends[i]
        return {
            "task": task,
            "language": language,
            "question": question,
            "shard": shard,
            "record": record,
            "pair": pair,
            "context": self._context[i],
            "answers": self._answers[i],
            "source": {
                "file": images["file"][first],
                "offset": images["offset"][first],
                "length": images["length"][first],
            },
        }

    def image_counts(self) -> list[int]:
        """Return the number of images of each row."""
        return [stop - start for start, stop in pairwise(self.image_ends)]

    @property
    def image_ends(self) -> list[int]:
        """The bounds of rows among the images of all rows: 0, then the end of each row."""
        return self._images.ends

    def places(self) -> list[tuple[str, int, int]]:
        """Return (file, offset, length) of the images of all rows, row after row."""
        file, offset, length = (self._images.columns[name] for name in ("file", "offset", "length"))
        return list(zip(file, offset, length, strict=True))

    def digests(self) -> list[int]:
        """Return the digests of the images at `places`, in the same order."""
        found: list[int] = self._images.columns["digest"]
        return found


def _kept(table: pa.Table, images: pa.ListArray) -> pa.Table:
    flat = images.flatten()
    fields = [flat.field(field.name) for field in KEPT_OF_IMAGES]
    struct = pa.StructArray.from_arrays(fields, fields=list(KEPT_OF_IMAGES))
    ends = np.cumsum([0, *images.value_lengths().to_numpy(zero_copy_only=False)], dtype=np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), struct)
    plain = [table[name] for name in ("pair", "task", "language", "similarity")]
    return pa.table([*plain, lists], schema=KEPT)


class _Lists:
    """A flat column of lists of structs (all fields, or those in `names`) or of text.

    ends: 0, and the end of each list. columns: field -> values.
    """

    def __init__(self, column: pa.ListArray, names: tuple[str, ...] = ()) -> None:
        flat = column.flatten()
        self.ends = [0, *np.cumsum(column.value_lengths().to_numpy(zero_copy_only=False)).tolist()]
        self.columns: dict[str, list[Any]] = {"": flat.to_pylist()}
        if pa.types.is_struct(flat.type):
            wanted = names or tuple(field.name for field in flat.type)
            self.columns = {name: flat.field(name).to_pylist() for name in wanted}

    def __getitem__(self, i: int) -> list[Any]:
        start, stop = self.ends[i], self.ends[i + 1]
        if "" in self.columns:
            return self.columns[""][start:stop]
        return [{name: values[at] for name, values in self.columns.items()} for at in range(start, stop)]


class OpenedPart:
    """One opened part of the index."""

    def __init__(self, file: BinaryIO) -> None:
        self._table = pq.ParquetFile(file)

    def rows(self, numbers: np.ndarray) -> PairRows:
        """Return the rows with these numbers in the part, which must rise."""
        groups = np.unique(numbers // BLOCK)
        columns = ["file", *PLACES, *TEXTS, "similarity", "context", "answers", "images"]
        table = self._table.read_row_groups(groups.tolist(), columns, use_threads=False)
        if len(numbers) < len(table):
            within = np.searchsorted(groups, numbers // BLOCK) * BLOCK + numbers % BLOCK
            table = table.take(pa.array(within))
        return PairRows(table)
