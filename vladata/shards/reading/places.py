"""Rows of index.arrow: the place and identity of each sample, read at single rows, without a table in memory.

Row i is sample i of the output, and shards come in the manifest's order. Values are read at their places in the file
(formats/arrow_batches.py), those of many rows at once (index_bytes.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import ChecksumMismatch, FormatError, UnknownName
from vladata.formats import arrow_batches
from vladata.formats.arrow_batches import Batches
from vladata.shards.manifest import Manifest
from vladata.shards.naming import INDEX
from vladata.shards.reading.bytes_of import whole_file
from vladata.shards.reading.index_bytes import HeldBytes, IndexBytes, index_bytes
from vladata.shards.storage import Output

_VERIFY = "vladata verify names every file that is damaged."
_WIDTHS: Mapping[Any, np.dtype[Any]] = {
    pa.int16(): np.dtype("<i2"),
    pa.int32(): np.dtype("<i4"),
    pa.int64(): np.dtype("<i8"),
    pa.float32(): np.dtype("<f4"),
}
_TEXT = np.dtype("<i4")  # type of the offsets of texts
IDENTITY = ("dataset", "task", "episode", "step")
_NEEDED = ("shard", "offset", "length", *IDENTITY)

Rows = Sequence[int] | range | np.ndarray


@dataclass(frozen=True, eq=False)
class Where:
    """Places and identities of samples.

    shard, offset, length: int64 [n].
    identity: dataset, task, episode and step of each sample.
    """

    shard: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    identity: list[tuple[str, str, str, int]]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of single values. buffer: number of the buffer with its values, or with the offsets of its texts.   dtype: type of
    the values or offsets."""

    buffer: int
    dtype: np.dtype[Any]
    is_text: bool
    is_name: bool


class IndexRows:
    """The rows of an index.

    rows: their number.
    """

    def __init__(self, data: IndexBytes, counts: Sequence[int], where: str = INDEX) -> None:
        """Read the schema. counts: number of samples in each shard.   where: its place, for errors. Raises ChecksumMismatch if
        the index is damaged, or has another number of rows."""
        self._data, self._where = data, where
        try:
            schema, self._batches, self._names = _read(data)
            self._columns = _columns(schema, self._batches)
            _check(self._columns, self._batches)
        except (pa.ArrowException, FormatError, OSError, ValueError, StopIteration) as fault:
            raise self.damaged(str(fault)) from fault
        self._ends = np.cumsum(self._batches.rows)
        self._begins = self._ends - self._batches.rows
        self._shards = np.cumsum(np.asarray(counts, np.int64))
        self.rows = int(self._batches.rows.sum())
        if self.rows != sum(counts):
            raise ChecksumMismatch(
                "the index does not fit the manifest",
                where=where,
                got=f"{self.rows:,} rows",
                allowed=f"{sum(counts):,}",
                hint=_VERIFY,
            )

    def damaged(self, says: str) -> ChecksumMismatch:
        """Return the error that says what is wrong with the index."""
        return ChecksumMismatch(f"the index is missing or damaged: {says}", where=self._where, hint=_VERIFY)

    def where(self, rows: Rows) -> Where:
        """Return the places and identities of the samples at these rows."""
        given, found = self._found(rows)
        offset, length, step = (
            self._values(self._column(name), found) for name in ("offset", "length", "step")
        )
        dataset, task, episode = (self._listed(name, found) for name in IDENTITY[:3])
        identity = list(zip(dataset, task, episode, step.tolist(), strict=True))
        return Where(np.searchsorted(self._shards, given, side="right"), offset, length, identity)

    def column(self, name: str, rows: Rows) -> np.ndarray | list[str]:
        """Return a column of single values at these rows: an array of its type, or a list of texts."""
        column, (_, found) = self._column(name), self._found(rows)
        return self._listed(name, found) if column.is_text or column.is_name else self._values(column, found)

    def names(self, name: str) -> list[str]:
        """Return all names of a column of names, such as `dataset`, `task` or `source`."""
        if not self._column(name).is_name:
            raise UnknownName("column of names", name, list(self._names), self._where)
        return self._names[name]

    def codes(self, name: str, rows: Rows) -> np.ndarray:
        """Return the number among `names` of each row's name, in a column of names; int16 [n]."""
        return self._codes(name, self._found(rows)[1])

    def _column(self, name: str) -> _Column:
        if name not in self._columns:
            raise UnknownName("column of single values", name, list(self._columns), self._where)
        return self._columns[name]

    def _found(self, rows: Rows) -> "tuple[np.ndarray, _Found]":
        """Return the rows as an array, and for each row the beginnings of the buffers of its batch, [n, buffers], and its place
        in the batch, [n]."""
        given = np.asarray(rows, np.int64)
        if len(given) and not 0 <= given.min() <= given.max() < self.rows:
            beyond = given[(given < 0) | (given >= self.rows)][0]
            raise IndexError(f"row {beyond} of {self.rows}")
        batch = np.searchsorted(self._ends, given, side="right")
        return given, (self._batches.starts[batch], given - self._begins[batch])

    def _values(self, column: _Column, found: "_Found") -> np.ndarray:
        starts, within = found
        return self._taken(starts[:, column.buffer] + within * column.dtype.itemsize, column.dtype)

    def _taken(self, at: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
        try:
            return self._data.values(at, dtype)
        except (FormatError, OSError) as fault:
            raise self.damaged(str(fault)) from fault

    def _codes(self, name: str, found: "_Found") -> np.ndarray:
        names = len(self.names(name))
        if names == 1:
            return np.zeros(len(found[1]), np.int16)
        codes = self._values(self._column(name), found)
        if len(codes) and not 0 <= codes.min() <= codes.max() < names:
            raise self.damaged(f"column {name} refers to names that are not listed")
        return codes

    def _listed(self, name: str, found: "_Found") -> list[str]:
        column = self._column(name)
        if column.is_name:
            names = self._names[name]
            return [names[code] for code in self._codes(name, found).tolist()]
        starts, within = found
        at = starts[:, column.buffer] + within * _TEXT.itemsize
        limits = self._taken(np.stack((at, at + _TEXT.itemsize), axis=1).reshape(-1), _TEXT).reshape(-1, 2)
        begins, stops = (starts[:, column.buffer + 1] + limit for limit in limits.T)
        if (limits[:, 0] < 0).any() or (stops < begins).any() or (stops > self._data.size).any():
            raise self.damaged(f"column {name} refers to texts beyond its end")
        try:
            return [piece.decode() for piece in self._data.pieces(begins, stops)]
        except (UnicodeDecodeError, FormatError, OSError) as fault:
            raise self.damaged(str(fault)) from fault


_Found = tuple[np.ndarray, np.ndarray]


def places_of(output: Output, manifest: Manifest) -> IndexRows:
    """Return the index of an output. Raises ChecksumMismatch if it is damaged, missing, or does not fit the shards."""
    where = f"{output.url}/{INDEX}"
    try:
        source = whole_file(output, manifest, INDEX)  # for a remote output a copy on this machine
        data = HeldBytes(source) if isinstance(source, bytes) else index_bytes(source)
    except OSError as fault:
        hint = _VERIFY
        raise ChecksumMismatch(f"the index is missing or damaged: {fault}", where=where, hint=hint) from fault
    return IndexRows(data, [shard.samples for shard in manifest.shards], where)


def _read(data: IndexBytes) -> tuple[pa.Schema, Batches, dict[str, list[str]]]:
    """Return the schema, the places of the batches, and all names of each column of names."""
    size, tail = data.size, arrow_batches.TAIL
    length = arrow_batches.footer_length(data.read(size - tail, tail) if size >= tail else b"")
    if not 0 < length <= size - tail:
        raise FormatError("the footer of the Arrow file is longer than the file", got=length)
    footer = data.read(size - tail - length, length)
    found, named = (
        arrow_batches.blocks(footer, field) for field in (arrow_batches.BATCHES, arrow_batches.DICTIONARIES)
    )
    for listed in (found, named):
        if len(listed) and (
            listed["offset"].min() < 0 or listed["message"].min() < 8 or listed["body"].min() < 0
        ):
            raise FormatError("a batch of the Arrow file lies before the beginning of the file")
    schema, names = _names(data, named)
    spots = zip(found["offset"].tolist(), found["message"].tolist(), strict=True)
    messages = [data.read(offset, message) for offset, message in spots]
    return schema, arrow_batches.batches(found, messages, size), names


def _names(data: IndexBytes, blocks: np.ndarray) -> tuple[pa.Schema, dict[str, list[str]]]:
    """Return the schema and the names of each column of names, read as a stream of the names and an empty batch."""
    start = arrow_batches.SCHEMA
    head = data.read(start, arrow_batches.message_length(data.read(start, 8)))
    schema = pa.ipc.read_schema(pa.py_buffer(head))
    named = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    if not named or not len(blocks):
        return schema, {name: [] for name in named}
    spots = zip(blocks["offset"].tolist(), (blocks["message"] + blocks["body"]).tolist(), strict=True)
    # pa.nulls, since pa.array of a list imports pandas if it is installed: half a second and 50 MB
    empty = pa.record_batch([pa.nulls(0, field.type) for field in schema], schema).serialize().to_pybytes()
    stream = b"".join((head, *(data.read(offset, length) for offset, length in spots), empty))
    batch = pa.ipc.open_stream(stream).read_next_batch()
    batch.validate(full=True)
    return schema, {name: batch.column(name).dictionary.to_pylist() for name in named}


def _columns(schema: pa.Schema, found: Batches) -> dict[str, _Column]:
    """Return the columns of single values that have no missing values."""
    if found.rows.size and found.starts.shape[1] != sum(_buffers(field.type) for field in schema):
        raise FormatError("its batches have other columns than its schema")
    columns, buffer, node = {}, 0, 0
    for field in schema:
        is_name, is_text = pa.types.is_dictionary(field.type), pa.types.is_string(field.type)
        kind = pa.int32() if is_text else field.type.index_type if is_name else field.type
        if kind in _WIDTHS and not found.nulls[node : node + 1].any():
            columns[field.name] = _Column(buffer + 1, _WIDTHS[kind], is_text, is_name)
        buffer, node = buffer + _buffers(field.type), node + _nodes(field.type)
    return columns


def _check(columns: Mapping[str, _Column], found: Batches) -> None:
    """Raise FormatError unless the buffers hold as many values as there are rows, so that no row points beyond them."""
    if lacking := [name for name in _NEEDED if name not in columns]:
        raise FormatError(f"it has no column {lacking[0]}, or one with gaps")
    if (found.starts % 8).any():
        raise FormatError("its values are not aligned")
    for name, column in columns.items() if found.rows.size else ():
        needed = (found.rows + column.is_text) * column.dtype.itemsize
        if (found.lengths[:, column.buffer] < needed).any():
            raise FormatError(f"column {name} is too short")


def _nodes(kind: pa.DataType) -> int:
    """Return the number of columns in a column of a type, with its children; a dictionary has no children."""
    return 1 + sum(_nodes(kind.field(i).type) for i in range(kind.num_fields))


def _buffers(kind: pa.DataType) -> int:
    """Return the number of buffers of a column of a type, with the buffers of its children."""
    if pa.types.is_dictionary(kind):
        return 2
    own = 3 if pa.types.is_string(kind) or pa.types.is_binary(kind) else 2
    if pa.types.is_struct(kind) or pa.types.is_fixed_size_list(kind):
        own = 1
    return own + sum(_buffers(kind.field(i).type) for i in range(kind.num_fields))
