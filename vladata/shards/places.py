"""index.arrow, row by row: where a sample lies and what it is, with nothing held but what was asked for.

Row i is sample i of the output. The file is mapped into memory and the values of the rows are taken where they lie
(formats/arrow_batches.py), many rows at once. Pages that were looked at would stay with the process, and at 100 million
rows they are 5 GB: they are given back when they may have become more than MAPPED. Of a remote output a copy on this machine
is mapped (remote_bytes.py).
"""

import mmap
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.errors import ChecksumMismatch, FormatError, UnknownName
from vladata.formats.arrow_batches import TAIL, Batches, batches, blocks, footer_length
from vladata.shards.bytes_of import whole_file
from vladata.shards.manifest import Manifest
from vladata.shards.naming import INDEX
from vladata.shards.storage import Output

MAPPED = 32 << 20
AROUND = 64 << 10  # the kernel maps so much around a page that is asked for
_VERIFY = "vladata verify names every file that is damaged."
_ROW = 64  # bytes of a row, or fewer
_WIDTHS: Mapping[Any, np.dtype[Any]] = {
    pa.int16(): np.dtype("<i2"),
    pa.int32(): np.dtype("<i4"),
    pa.int64(): np.dtype("<i8"),
    pa.float32(): np.dtype("<f4"),
}
_DTYPES = tuple(_WIDTHS.values())
IDENTITY = ("dataset", "task", "episode", "step")
_NEEDED = ("shard", "offset", "length", *IDENTITY)

Rows = Sequence[int] | range | np.ndarray


@dataclass(frozen=True, eq=False)
class Where:
    """Where samples lie and what they are.

    shard, offset, length: int64 [n].
    identity: of each its dataset, task, episode and step.
    """

    shard: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    identity: list[tuple[str, str, str, int]]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of single values. buffer: where its values, or where its texts begin.   dtype: of these."""

    buffer: int
    dtype: np.dtype[Any]
    is_text: bool
    is_name: bool


class Places:
    """The rows of an index.

    rows: how many there are.
    """

    def __init__(self, source: Path | bytes, where: str = INDEX) -> None:
        """source: the file, or its bytes.   where: for errors. Raises ChecksumMismatch where it is damaged or missing."""
        self._where, self._looked_at = where, 0
        try:
            self._data: Any = _mapped(source) if isinstance(source, Path) else source
            self._size = len(self._data)
            opened = pa.ipc.open_file(pa.BufferReader(self._data))
            self._batches, self._names = self._read(source), _names(opened)
            self._columns = _columns(opened.schema, self._batches)
            _check(self._columns, self._batches)
        except (pa.ArrowException, OSError, FormatError, ValueError) as fault:
            raise self.damaged(str(fault)) from fault
        self._ends = np.cumsum(self._batches.rows)
        self._begins = self._ends - self._batches.rows
        self.rows = int(self._ends[-1]) if len(self._ends) else 0
        self._views = {
            dtype: np.frombuffer(self._data, dtype, self._size // dtype.itemsize) for dtype in _DTYPES
        }

    def damaged(self, says: str) -> ChecksumMismatch:
        """The error that says what is wrong with the index."""
        return ChecksumMismatch(f"the index is missing or damaged: {says}", where=self._where, hint=_VERIFY)

    def where(self, rows: Rows) -> Where:
        """Where the samples of rows lie and what they are."""
        found = self._found(rows, 8)
        shard, offset, length, step = (
            self._values(self._column(name), found) for name in ("shard", "offset", "length", "step")
        )
        dataset, task, episode = (self._listed(name, found) for name in IDENTITY[:3])
        identity = list(zip(dataset, task, episode, step.tolist(), strict=True))
        return Where(shard.astype(np.int64), offset, length, identity)

    def column(self, name: str, rows: Rows) -> np.ndarray | list[str]:
        """Any column of single values at the rows: an array of its type, or a list of texts."""
        column, found = self._column(name), self._found(rows, 3)
        return self._listed(name, found) if column.is_text or column.is_name else self._values(column, found)

    def names(self, name: str) -> list[str]:
        """All that stand in a column of names, such as `dataset`, `task` or `source`."""
        if not self._column(name).is_name:
            raise UnknownName("column of names", name, list(self._names), self._where)
        return self._names[name]

    def codes(self, name: str, rows: Rows) -> np.ndarray:
        """Which of `names` each row has, in a column of names; int16 [n]."""
        return self._codes(name, self._found(rows, 1))

    def _column(self, name: str) -> _Column:
        if name not in self._columns:
            raise UnknownName("column of single values", name, list(self._columns), self._where)
        return self._columns[name]

    def _found(self, rows: Rows, looks: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the buffers of each row's batch begin, [n, buffers], and the row's place in it.

        looks: at how many places in the file each row will be looked at.
        """
        given = np.asarray(rows, np.int64)
        if len(given) and not 0 <= given.min() <= given.max() < self.rows:
            beyond = given[(given < 0) | (given >= self.rows)][0]
            raise IndexError(f"row {beyond} of {self.rows}")
        self._look(given, looks)
        batch = np.searchsorted(self._ends, given, side="right")
        return self._batches.starts[batch], given - self._begins[batch]

    def _values(self, column: _Column, found: tuple[np.ndarray, np.ndarray], ahead: int = 0) -> np.ndarray:
        """The values of a column. ahead: of the row that so many come after."""
        starts, within = found
        at = starts[:, column.buffer] // column.dtype.itemsize + within
        return np.asarray(self._views[column.dtype][at + ahead if ahead else at])

    def _codes(self, name: str, found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        codes = self._values(self._column(name), found)
        if len(codes) and not 0 <= codes.min() <= codes.max() < len(self.names(name)):
            raise self.damaged(f"column {name} has names that are not listed")
        return codes

    def _listed(self, name: str, found: tuple[np.ndarray, np.ndarray]) -> list[str]:
        column = self._column(name)
        if column.is_name:
            names = self._names[name]
            return [names[code] for code in self._codes(name, found).tolist()]
        base = found[0][:, column.buffer + 1]
        starts, stops = (base + self._values(column, found, ahead) for ahead in (0, 1))
        if (starts < base).any() or (stops < starts).any() or (stops > self._size).any():
            raise self.damaged(f"column {name} has texts that lie beyond it")
        data = self._data
        try:
            pairs = zip(starts.tolist(), stops.tolist(), strict=True)
            return [data[start:stop].decode() for start, stop in pairs]
        except UnicodeDecodeError as fault:
            raise self.damaged(str(fault)) from None

    def _look(self, rows: np.ndarray, looks: int) -> None:
        """Counts what is about to be mapped, and gives pages back before they are too many. Raises where the file was cut:
        bytes that are mapped and gone would end the process."""
        if not isinstance(self._data, mmap.mmap) or not len(rows):
            return
        if self._data.size() != self._size:
            raise self.damaged("it has another length than when it was opened")
        spread = (int(rows.max()) - int(rows.min())) * _ROW + looks * AROUND
        self._looked_at += min(spread, len(rows) * looks * AROUND)
        if self._looked_at > MAPPED < self._size:
            self._data.madvise(mmap.MADV_DONTNEED)
            self._looked_at = 0

    def _read(self, source: Path | bytes) -> Batches:
        """The batches, by positioned reads: mapped pages around each message would be most of the file."""
        if isinstance(source, bytes):
            return _batches(lambda start, size: source[start : start + size], self._size)
        handle = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _batches(lambda start, size: os.pread(handle, size, start), self._size)
        finally:
            os.close(handle)


def places_of(output: Output, manifest: Manifest) -> Places:
    """The index of an output, which has a row for each of its samples. Raises ChecksumMismatch where it has not."""
    where = f"{output.url}/{INDEX}"
    places = Places(whole_file(output, manifest, INDEX), where)
    count = sum(shard.samples for shard in manifest.shards)
    if places.rows != count:
        raise ChecksumMismatch(
            "the index does not fit the manifest",
            where=where,
            got=f"{places.rows:,} rows",
            allowed=f"{count:,}",
            hint=_VERIFY,
        )
    return places


def _mapped(path: Path) -> Any:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _batches(read: Any, size: int) -> Batches:
    length = footer_length(read(max(0, size - TAIL), TAIL))
    if not 0 < length <= size - TAIL:
        raise FormatError("the footer of the Arrow file is longer than the file", got=length)
    found = blocks(read(size - TAIL - length, length))
    if len(found) and not (found["offset"].min() >= 0 and found["message"].min() > 0):
        raise FormatError("a batch of the Arrow file lies before its beginning")
    spots = zip(found["offset"].tolist(), found["message"].tolist(), strict=True)
    return batches(found, [read(offset, message) for offset, message in spots], size)


def _names(opened: Any) -> dict[str, list[str]]:
    """Column of names -> all that stand in it."""
    named = [field.name for field in opened.schema if pa.types.is_dictionary(field.type)]
    if not named or not opened.num_record_batches:
        return {name: [] for name in named}
    batch = opened.get_batch(0)
    return {name: batch.column(name).dictionary.to_pylist() for name in named}


def _columns(schema: pa.Schema, found: Batches) -> dict[str, _Column]:
    """The columns of single values, all of which are there."""
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
    """Raises unless the buffers hold as many values as there are rows, so that no row leads beyond them."""
    if lacking := [name for name in _NEEDED if name not in columns]:
        raise FormatError(f"it has no column {lacking[0]}, or one with gaps")
    if (found.starts % 8).any():
        raise FormatError("its values are not aligned")
    for name, column in columns.items() if found.rows.size else ():
        needed = (found.rows + column.is_text) * column.dtype.itemsize
        if (found.lengths[:, column.buffer] < needed).any():
            raise FormatError(f"column {name} is too short")


def _nodes(kind: pa.DataType) -> int:
    """Return how many columns a column of a type is, with its children; a dictionary has none."""
    return 1 + sum(_nodes(kind.field(i).type) for i in range(kind.num_fields))


def _buffers(kind: pa.DataType) -> int:
    """Return how many buffers a column of a type has, those of its children among them."""
    if pa.types.is_dictionary(kind):
        return 2
    own = 3 if pa.types.is_string(kind) or pa.types.is_binary(kind) else 2
    if pa.types.is_struct(kind) or pa.types.is_fixed_size_list(kind):
        own = 1
    return own + sum(_buffers(kind.field(i).type) for i in range(kind.num_fields))
