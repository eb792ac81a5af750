"""One column of a Parquet file as the values of a feature: an array [T, ...], T texts, or T encoded pictures.

Values are those of the file, in the type that meta/info.json declares; if this is not possible, MalformedExample names the
feature. A missing value (null) never becomes a zero. Bytes that may be pickled objects are refused before (meta.py).
"""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.errors import MalformedExample
from vladata.sources.features import FLOATS, Leaf
from vladata.sources.lerobot.meta import INFO

_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def column_of(leaf: Leaf, stored: pa.ChunkedArray, where: str) -> Any:
    """Return the values of `leaf` in T rows. where: the file and the episode, for errors."""
    array = _whole(stored)
    if array.null_count:
        raise _wrong(
            leaf, where, f"{array.null_count:,} of {len(array):,} rows have no value", "a value in each row"
        )
    if leaf.kind == "text":
        return _texts(leaf, array, where)
    if leaf.kind == "image":
        return _pictures(leaf, array, where)
    return _numbers(leaf, array, where)


def _whole(stored: pa.ChunkedArray) -> pa.Array:
    array = stored.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def _is_list(array: pa.Array) -> bool:
    return any(test(array.type) for test in _LISTS)


def _numbers(leaf: Leaf, array: pa.Array, where: str) -> np.ndarray:
    rows, shape = len(array), leaf.shape
    for size in (shape or (1,)) if _is_list(array) else ():
        if not _is_list(array):
            raise _wrong(leaf, where, f"{array.type} in each row", f"shape {list(shape)}")
        lengths = pc.list_value_length(array)
        bad = pc.filter(lengths, pc.not_equal(lengths, size))
        if len(bad):
            raise _wrong(leaf, where, f"a row with {bad[0].as_py()} values", f"{size}")
        array = _whole(pa.chunked_array([array.flatten()]))
        if array.null_count:
            raise _wrong(leaf, where, "a row lacks a value", "a number in each place")
    if not (
        pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_boolean(array.type)
    ):
        raise _wrong(leaf, where, f"values of type {array.type}", leaf.dtype)
    flat = array.to_numpy(zero_copy_only=False)
    expected = rows * math.prod(size or 0 for size in shape)
    if len(flat) != expected:
        raise _wrong(
            leaf,
            where,
            f"{len(flat):,} values in {rows:,} rows",
            f"{expected:,}, for shape {list(shape)} a row",
        )
    return _typed(leaf, flat, where).reshape(rows, *(size or 0 for size in shape))


def _typed(leaf: Leaf, flat: np.ndarray, where: str) -> np.ndarray:
    """Return the numbers in the declared type. A shorter float may lose digits; any other change of a value is refused."""
    with np.errstate(over="ignore", invalid="ignore"):
        typed = flat.astype(leaf.dtype)
    if leaf.dtype in FLOATS and flat.dtype.kind == "f":
        return typed
    same = typed == flat
    if not same.all():
        worst = flat[~same][0]
        raise _wrong(leaf, where, f"the value {worst}", f"{leaf.dtype}, which cannot hold it")
    return typed


def _texts(leaf: Leaf, array: pa.Array, where: str) -> list[bytes]:
    if _is_list(array):
        lengths = pc.list_value_length(array)
        if not pc.all(pc.equal(lengths, 1)).as_py() and len(array):
            raise _wrong(leaf, where, "rows with several texts or without one", "one text in each row")
        array = array.flatten()
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)) or array.null_count:
        raise _wrong(leaf, where, f"values of type {array.type}", "text")
    return [text.encode() for text in array.to_pylist()]


def _pictures(leaf: Leaf, array: pa.Array, where: str) -> list[bytes]:
    """Return encoded pictures, stored as bytes, or as a struct of bytes and path (the form of the package datasets)."""
    if pa.types.is_struct(array.type):
        if array.type.get_field_index("bytes") < 0:
            raise _wrong(leaf, where, f"values of type {array.type}", "a struct with bytes")
        array = array.field("bytes")
    if not (pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type)):
        raise _wrong(leaf, where, f"values of type {array.type}", "encoded pictures")
    if array.null_count:
        got = "the path of another file in place of the bytes, and paths are not followed"
        raise _wrong(leaf, where, got, "encoded pictures")
    buffers: list[bytes] = array.to_pylist()
    return buffers


def _wrong(leaf: Leaf, where: str, got: str, allowed: str) -> MalformedExample:
    return MalformedExample(
        f'the column "{leaf.path}" is not as {INFO} declares it', where=where, got=got, allowed=allowed
    )
