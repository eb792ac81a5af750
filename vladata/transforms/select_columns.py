"""The columns that a reference selects, as numbers [T, W].

A scalar column [T] counts as width 1, the last axis is kept, and a selection must be within the columns of the data:
numpy would silently return 7 columns for action[0:9] of 7. Booleans and integers become float32, since operations
compute with floats only; float64 stays here and becomes float32 at the end of the chain.
"""

import numpy as np

from vladata.errors import SourceError
from vladata.records import Column
from vladata.spec.references import Columns


def select_columns(column: Column, columns: Columns, reference: str, where: str) -> np.ndarray:
    """Return float [T, W], usually a view of `column`. reference, where: the text of the reference and the place, for the
    error."""
    if not isinstance(column, np.ndarray) or column.dtype.kind not in "fiub" or column.ndim > 2:
        raise SourceError(
            f'the schema computes with "{reference}"',
            where=where,
            got=described(column),
            allowed="one number or one row of numbers for each step",
        )
    values = column if column.dtype.char in "fd" else column.astype(np.float32)
    values = values if values.ndim == 2 else values[:, None]
    if columns is None:
        return values
    if not _lies_within(columns, values.shape[1]):
        raise _outside(values.shape[1], reference, where)
    return values[:, columns]


def _lies_within(columns: slice | tuple[int, ...], width: int) -> bool:
    """Return True if `columns` selects at least one column, and none outside of `width` columns."""
    if isinstance(columns, tuple):
        return all(-width <= pick < width for pick in columns)
    start, stop = columns.start, columns.stop
    starts = start is None or -width <= start < width
    stops = stop is None or -width < stop <= width
    return starts and stops and len(range(width)[columns]) > 0


def _outside(width: int, reference: str, where: str) -> SourceError:
    there = "1 column" if width == 1 else f"{width} columns"
    return SourceError(
        f'the schema selects "{reference}", and the data has {there} there',
        where=where,
        hint=f"Columns are counted from 0 to {width - 1}, or from -{width} to -1 from the end.",
    )


def described(column: Column) -> str:
    """Return the type and shape of the values in `column`, for errors."""
    if isinstance(column, np.ndarray):
        return f"{column.dtype} of shape {list(column.shape[1:])} a step"
    return f"{type(column[0]).__name__} a step" if len(column) else "an empty list"
