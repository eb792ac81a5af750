"""The values of one leaf: from the features of a parsed record to a column.

TFDS stores a leaf at path P, shape S, within n lists, in this way (core/example_serializer.py):

    n < 2       P                        all values, flattened; one list adds one leading dimension
    n >= 2      P/ragged_flat_values     all values, flattened
                P/ragged_row_lengths_i   int64: the length of each list of level i + 1, for i in 0..n-2
    numbers     int64 list for integers and bool (uint64 by its bits), float list for floats (float64 loses bits there)
    "bytes"     one bytes value per tensor: its C-order little-endian memory; "zlib": the same, compressed
    two or more unknown dimensions (then encoded): P/shape int64 and P/value, each stored as above

Counts must match the shapes exactly, and the stored kind must match the dtype; else MalformedExample names the key, the counts
and the dtype. Numbers are copied (aligned, in features.json's dtype), so that a small column does not keep a record of megabytes
in memory; images stay views of the record.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import MalformedExample
from vladata.formats.example import Feature
from vladata.sources.features import FLOATS, Leaf, Shape

Items = np.ndarray | Sequence[Any]
_LARGEST = 1 << 31  # the most bytes of an unpacked tensor


def keys(leaf: Leaf) -> tuple[str, ...]:
    """Return the record's keys that hold the leaf."""
    bases = (f"{leaf.path}/value", f"{leaf.path}/shape") if leaf.dynamic else (leaf.path,)
    levels = len(leaf.lengths) - 1
    if levels < 1:
        return bases
    rows = tuple(f"{leaf.path}/ragged_row_lengths_{level}" for level in range(levels))
    return (f"{leaf.path}/ragged_flat_values", *rows)


def column(leaf: Leaf, features: Mapping[str, Feature], steps: int) -> Items:
    """Return the column of a leaf with one value per step: an array, or a list of bytes-like objects, arrays or lists."""
    values = _nested(leaf, features)
    if len(values) != steps:
        raise _mismatch(leaf, f"{len(values):,} values of {_spelled(leaf)}", f"{steps:,}, one per step")
    return values


def value(leaf: Leaf, features: Mapping[str, Feature]) -> Any:
    """Return the value of a leaf outside the steps: a numpy scalar or array, bytes, or a list."""
    values = _nested(leaf, features)
    if leaf.lengths:
        return values
    if len(values) != 1:
        raise _mismatch(leaf, f"{len(values):,} values of {_spelled(leaf)}", "1")
    return bytes(values[0]) if leaf.kind == "image" else values[0]


def count(leaf: Leaf, features: Mapping[str, Feature]) -> int:
    """Return the number of values in the outermost list around the leaf."""
    return len(_nested(leaf, features))


def _nested(leaf: Leaf, features: Mapping[str, Feature]) -> Items:
    """Return all values of the leaf, nested like its lists; a value outside all lists becomes a list of one."""
    names = keys(leaf)
    items = _items(leaf, features, names)
    if len(leaf.lengths) >= 2:
        for level in reversed(range(1, len(leaf.lengths))):
            rows = _array(leaf, features, names[level], "int64")
            items = _rows(leaf, items, rows, leaf.lengths[level], names[level])
    length = leaf.lengths[0] if leaf.lengths else None
    if length is not None and len(items) != length:
        raise _mismatch(leaf, f"a list of {len(items):,}", f"{length:,}")
    return items


def _items(leaf: Leaf, features: Mapping[str, Feature], names: tuple[str, ...]) -> Items:
    """Return all values of the leaf in one sequence, not nested."""
    if leaf.kind == "image":
        return _bytes(leaf, features, names[0])
    if leaf.kind == "text":
        return _shaped_texts(leaf, [bytes(text) for text in _bytes(leaf, features, names[0])])
    if leaf.encoding == "none":
        return _shaped(leaf, _numbers(leaf, features, names[0]))
    tensors = _bytes(leaf, features, names[0])
    if leaf.dynamic:
        shapes = _stored_shapes(leaf, features, names[1], len(tensors))
        return [_unpacked(leaf, tensor, shape) for tensor, shape in zip(tensors, shapes, strict=True)]
    unpacked = [_unpacked(leaf, tensor, leaf.shape) for tensor in tensors]
    if None in leaf.shape:
        return unpacked
    if not unpacked:
        return np.zeros((0, *(d or 0 for d in leaf.shape)), leaf.dtype)
    return np.stack(unpacked)


def _feature(leaf: Leaf, features: Mapping[str, Feature], name: str) -> Feature:
    if name not in features:
        raise MalformedExample("the record lacks a key of features.json", where=name, allowed=_spelled(leaf))
    return features[name]


def _bytes(leaf: Leaf, features: Mapping[str, Feature], name: str) -> list[memoryview]:
    feature = _feature(leaf, features, name)
    if feature is None:
        return []
    if not isinstance(feature, list):
        raise _wrong_kind(leaf, name, str(feature.dtype), "bytes")
    return feature


def _array(leaf: Leaf, features: Mapping[str, Feature], name: str, dtype: str) -> np.ndarray:
    feature = _feature(leaf, features, name)
    if feature is None:
        return np.zeros(0, dtype)
    if isinstance(feature, list):
        raise _wrong_kind(leaf, name, "bytes", dtype)
    if feature.dtype != dtype:
        raise _wrong_kind(leaf, name, str(feature.dtype), dtype)
    return feature


def _numbers(leaf: Leaf, features: Mapping[str, Feature], name: str) -> np.ndarray:
    """Return the stored values in features.json's dtype, [n]; always a copy."""
    if leaf.dtype in FLOATS:
        stored = _array(leaf, features, name, "float32")
        with np.errstate(over="ignore"):  # too large for float16: infinity, as in TFDS
            return stored.astype(leaf.dtype)
    stored = _array(leaf, features, name, "int64")
    if leaf.dtype == "uint64":
        return stored.astype(np.uint64)  # TFDS stores the bits of uint64, and this cast keeps them
    values = stored.astype(leaf.dtype)
    if leaf.dtype not in ("bool", "int64") and not np.array_equal(values, stored):
        worst = int(stored[values != stored][0])
        raise MalformedExample(f"a value does not fit {leaf.dtype}", where=name, got=worst)
    return values


def _shaped(leaf: Leaf, values: np.ndarray) -> np.ndarray:
    """Return flat values, [n], as [items, *shape]. No dimension is 0: features.py refuses such a shape."""
    if leaf.shape == ():
        return values
    size = math.prod(d for d in leaf.shape if d is not None)
    if len(values) % size:
        raise _mismatch(leaf, f"{len(values):,} values", f"a multiple of {size:,}")
    if None in leaf.shape:  # one value outside all lists: its unknown dimension follows from the count
        return values.reshape(1, *(len(values) // size if d is None else d for d in leaf.shape))
    return values.reshape(-1, *(d or 0 for d in leaf.shape))


def _shaped_texts(leaf: Leaf, texts: list[bytes]) -> Items:
    """Return texts, [n], as a list, or as an object array [items, *shape] if one value is an array of texts."""
    if leaf.shape == ():
        return texts
    array = np.empty(len(texts), object)
    array[:] = texts
    return _shaped(leaf, array)


def _unpacked(leaf: Leaf, data: memoryview, shape: Shape) -> np.ndarray:
    """Return one encoded tensor, decoded. An unknown dimension follows from the number of bytes."""
    stored = np.dtype("u1" if leaf.dtype == "bool" else leaf.dtype).newbyteorder("<")
    size = math.prod(d for d in shape if d is not None) * stored.itemsize
    limit = _LARGEST if None in shape else min(size, _LARGEST)
    raw = data if leaf.encoding == "bytes" else _inflated(leaf, data, limit)
    fits = len(raw) == size if None not in shape else size > 0 and len(raw) % size == 0
    if not fits:
        raise _mismatch(leaf, f"a value of {len(raw):,} bytes", f"{size:,} for shape {shape}")
    full = tuple(len(raw) // size if d is None else d for d in shape)
    return np.frombuffer(raw, stored).reshape(full).astype(leaf.dtype)


def _stored_shapes(leaf: Leaf, features: Mapping[str, Feature], name: str, tensors: int) -> list[Shape]:
    """Return the shapes that are stored beside encoded tensors."""
    rank, sizes = len(leaf.shape), _array(leaf, features, name, "int64")
    if len(sizes) != tensors * rank:
        raise _mismatch(leaf, f"{len(sizes):,} sizes for {tensors:,} values", f"{rank} per value")
    shapes = [tuple(shape) for shape in sizes.reshape(tensors, rank).tolist()]
    for shape in shapes:
        if any(got < 0 or allowed not in (None, got) for got, allowed in zip(shape, leaf.shape, strict=True)):
            raise _mismatch(leaf, f"a value of shape {shape}", _spelled(leaf))
    return shapes


def _inflated(leaf: Leaf, data: memoryview, limit: int) -> bytes:
    """Return zlib data unpacked, at most `limit` + 1 bytes."""
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise MalformedExample(f"a zlib value cannot be unpacked: {error}", where=leaf.path) from None
    if len(raw) > limit or not stream.eof:
        raise _mismatch(leaf, "a zlib value that is cut or too long", f"{limit:,} bytes")
    return raw


def _rows(leaf: Leaf, items: Items, rows: np.ndarray, length: int | None, name: str) -> Items:
    """Return `items` grouped into rows of the lengths `rows`; an array stays an array if all rows have the same length."""
    if len(rows) and int(rows.min()) < 0:
        raise MalformedExample("a list has a negative length", where=name, got=int(rows.min()))
    if sum(rows.tolist()) != len(items):
        raise _mismatch(leaf, f"{len(items):,} values", f"the {sum(rows.tolist()):,} that {name} adds up to")
    if length is not None and len(rows) and (rows != length).any():
        raise _mismatch(leaf, f"a list of {int(rows[rows != length][0]):,}", f"{length:,}")
    if length is not None and isinstance(items, np.ndarray):
        return items.reshape((len(rows), length, *items.shape[1:]))
    ends = np.cumsum(rows).tolist()
    return [items[start:end] for start, end in zip([0, *ends][:-1], ends, strict=True)]


def _spelled(leaf: Leaf) -> str:
    """Return the leaf's type for errors, "float32[7]"."""
    if leaf.kind == "image":
        return "encoded images"
    shape = ",".join("?" if d is None else str(d) for d in leaf.shape)
    return f"{leaf.dtype}[{shape}]" if leaf.shape else leaf.dtype


def _mismatch(leaf: Leaf, got: str, allowed: str) -> MalformedExample:
    what = f"the record holds {got}, but features.json says {allowed}"
    return MalformedExample(what, where=leaf.path, hint=f"{leaf.tfds_class} of {_spelled(leaf)}.")


def _wrong_kind(leaf: Leaf, name: str, got: str, allowed: str) -> MalformedExample:
    what = f"the record holds {got}, but features.json says {_spelled(leaf)}, stored as {allowed}"
    return MalformedExample(what, where=name)
