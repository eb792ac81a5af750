"""Rows collected as columns: lists of Python values, which become Arrow arrays after every few thousand rows.

Rule: a file of a million pairs needs the memory of its Arrow columns, not of its Python objects. Lists of structs are built from
flat columns and offsets, since building them from dicts takes ten times as long. Numbers become numpy arrays first: pyarrow takes
1.6 microseconds for each number of a tuple, numpy 0.04.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.corpora.examine import Image
from vladata.corpora.rows import ANSWER, IMAGE, ROWS
from vladata.index.rows import dtype_of

FLUSH = 8192
_PLAIN = [f.name for f in ROWS if f.name not in ("answers", "images")]


class RowBuilder:
    """A builder of the rows of one file."""

    def __init__(self, file: str, shard: int) -> None:
        self._file, self._shard = file, shard
        self._parts: list[pa.Table] = []
        self._clear()

    def _clear(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._answers: list[tuple[str, float]] = []
        self._images: list[Image] = []
        self._answer_ends, self._image_ends = [0], [0]

    def add(
        self,
        record: int,
        pair: int,
        key: str,
        task: str = "",
        language: str = "",
        context: Sequence[str] = (),
        question: str = "",
        answers: Sequence[tuple[str, float]] = (),
        images: Sequence[Image] = (),
        similarity: float | None = None,
        reason: str | None = None,
        says: str | None = None,
    ) -> None:
        """Add one row; a row with a reason is rejected."""
        outcome = "rejected" if reason else None
        self._rows.append(
            (record, pair, key, task, language, context, question, similarity, outcome, reason, says)
        )
        self._answers += answers
        self._images += images
        self._answer_ends.append(len(self._answers))
        self._image_ends.append(len(self._images))
        if len(self._rows) >= FLUSH:
            self._flush()

    def _flush(self) -> None:
        count = len(self._rows)
        columns = dict(zip(_PLAIN[2:], zip(*self._rows, strict=True), strict=True)) if count else {}
        arrays = {name: _array(column, ROWS.field(name).type) for name, column in columns.items()}
        arrays["file"] = pa.repeat(pa.scalar(self._file, pa.string()), count)
        arrays["shard"] = pa.repeat(pa.scalar(self._shard, pa.int32()), count)
        arrays["answers"] = _listed(self._answers, ANSWER, self._answer_ends)
        arrays["images"] = _listed(self._images, IMAGE, self._image_ends)
        if count:
            self._parts.append(pa.Table.from_arrays([arrays[name] for name in ROWS.names], schema=ROWS))
        self._clear()

    def whole(self) -> pa.Table:
        """Return all added rows, in the order of their records."""
        self._flush()
        found = pa.concat_tables(self._parts) if self._parts else ROWS.empty_table()
        record = found["record"].to_numpy()
        if (record[1:] >= record[:-1]).all():
            return found
        # Records of joined files (joined.py) are not added in the order of their numbers.
        return found.take(pa.array(np.argsort(record, kind="stable")))


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if column and column.count(None) == len(column):
        return pa.nulls(len(column), kind)
    if not pa.types.is_primitive(kind) or None in column:
        return pa.array(column, kind)
    return pa.array(np.array(column, dtype_of(kind)))


def _listed(items: Sequence[tuple[Any, ...]], kind: pa.StructType, ends: Sequence[int]) -> pa.ListArray:
    columns = zip(*items, strict=True) if items else ([] for _ in kind)
    fields = [_array(column, field.type) for column, field in zip(columns, kind, strict=True)]
    struct = pa.StructArray.from_arrays(fields, fields=list(kind))
    return pa.ListArray.from_arrays(pa.array(np.array(ends, np.int32)), struct)
