"""index.arrow, row by row: where a sample lies and what it is, with nothing held but what was asked for.

Row i is sample i of the output. The file is mapped into memory and the values of the rows are taken where they lie
(formats/arrow_batches.py), many rows at once. Pages that were looked at would stay with the process, and at 100 million
rows they are 5 GB: they are given back when they may have become more than MAPPED. Of a remote output a copy on this machine
is mapped (remote_bytes.py).
"""

import mmap
import os
from collections.abc import Callable, Sequence
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
_WIDTHS = {pa.int16(): np.int16, pa.int32(): np.int32, pa.int64(): np.int64, pa.float32(): np.float32}

Rows = Sequence[int] | range | np.ndarray


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
            self._schema = opened.schema
            self._batches = self._read(source)
            self._names = _names(opened)
        except (pa.ArrowException, OSError, FormatError, ValueError) as fault:
            raise self.damaged(str(fault)) from fault
        self._ends = np.cumsum(self._batches.rows)
        self.rows = int(self._ends[-1]) if len(self._ends) else 0
        self._places, self._nodes = (_firsts(self._schema, each) for each in (_buffers, _nodes))
        self._check()

    def damaged(self, says: str) -> ChecksumMismatch:
        """The error that says what is wrong with the index."""
        return ChecksumMismatch(f"the index is missing or damaged: {says}", where=self._where, hint=_VERIFY)

    def of(self, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shard, offset and length of each row, int64 [n] each."""
        found = self._found(rows)
        shard, offset, length = (
            self._values(name, 1, found).astype(np.int64) for name in ("shard", "offset", "length")
        )
        return shard, offset, length

    def column(self, name: str, rows: Rows) -> np.ndarray | list[str]:
        """Any column of single values at the rows: an array of its type, or a list of texts."""
        kind = self._kind(name)
        if pa.types.is_dictionary(kind):
            names = self._names[name]
            return [names[code] for code in self.codes(name, rows).tolist()]
        if pa.types.is_string(kind):
            return self._texts(name, rows)
        return self._values(name, 1, self._found(rows))

    def names(self, name: str) -> list[str]:
        """All that stand in a column of names, such as `dataset`, `task` or `source`."""
        self._kind(name)
        return self._names[name]

    def codes(self, name: str, rows: Rows) -> np.ndarray:
        """Which of `names` each row has, in a column of names; int16 [n]."""
        codes = self._values(name, 1, self._found(rows))
        if len(codes) and not 0 <= codes.min() <= codes.max() < len(self.names(name)):
            raise self.damaged(f"column {name} has names that are not listed")
        return codes

    def _kind(self, name: str) -> Any:
        if name not in self._schema.names:
            raise UnknownName("column", name, self._schema.names, self._where)
        if self._batches.nulls[self._nodes[name] :][:1].any():
            raise self.damaged(f"column {name} has no value in some rows")
        return self._schema.field(name).type

    def _found(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """The batch of each row, and its place in it."""
        given = np.asarray(rows, np.int64)
        if len(given) and not 0 <= given.min() <= given.max() < self.rows:
            beyond = given[(given < 0) | (given >= self.rows)][0]
            raise IndexError(f"row {beyond} of {self.rows}")
        batch = np.searchsorted(self._ends, given, side="right")
        return batch, given - self._ends[batch] + self._batches.rows[batch]

    def _values(
        self, name: str, buffer: int, found: tuple[np.ndarray, np.ndarray], ahead: int = 0
    ) -> np.ndarray:
        """The values of a buffer of a column. ahead: of the row that so many come after."""
        kind = self._kind(name)
        dtype: Any = _WIDTHS.get(kind.index_type if pa.types.is_dictionary(kind) else kind)
        if pa.types.is_string(kind):
            dtype = np.int32
        if dtype is None:
            raise UnknownName(
                "column of single values", name, [n for n in self._places if n != name], self._where
            )
        batch, within = found
        width = np.dtype(dtype).itemsize
        at = self._batches.starts[batch, self._places[name] + buffer] // width + within + ahead
        self._look(at, width)
        view = np.frombuffer(self._data, dtype, self._size // width)
        return np.asarray(view[at])

    def _texts(self, name: str, rows: Rows) -> list[str]:
        found = self._found(rows)
        base = self._batches.starts[found[0], self._places[name] + 2]
        limits = base + self._batches.lengths[found[0], self._places[name] + 2]
        starts, stops = (base + self._values(name, 1, found, ahead) for ahead in (0, 1))
        if (starts < base).any() or (stops < starts).any() or (stops > limits).any():
            raise self.damaged(f"column {name} has texts that lie beyond it")
        self._look(starts, 1)
        data = self._data
        try:
            pairs = zip(starts.tolist(), stops.tolist(), strict=True)
            return [data[start:stop].decode() for start, stop in pairs]
        except UnicodeDecodeError as fault:
            raise self.damaged(str(fault)) from None

    def _look(self, at: np.ndarray, width: int) -> None:
        """Counts what is about to be mapped, and gives pages back before they are too many. Raises where the file was cut:
        bytes that are mapped and gone would end the process."""
        if not isinstance(self._data, mmap.mmap) or not len(at):
            return
        if self._data.size() != self._size:
            raise self.damaged("it has another length than when it was opened")
        span = (int(at.max()) - int(at.min())) * width + AROUND
        self._looked_at += min(span, len(at) * AROUND)
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

    def _check(self) -> None:
        """Raises unless the buffers hold as many values as there are rows, so that no row leads beyond them."""
        if len(self._batches.rows) and self._batches.starts.shape[1] != sum(
            _buffers(field.type) for field in self._schema
        ):
            raise self.damaged("its batches have other columns than its schema")
        if (self._batches.starts % 8).any():
            raise self.damaged("its values are not aligned")
        for field in self._schema:
            kind = field.type.index_type if pa.types.is_dictionary(field.type) else field.type
            is_text = pa.types.is_string(kind)
            if is_text or kind in _WIDTHS:
                needed = (self._batches.rows + is_text) * (4 if is_text else np.dtype(_WIDTHS[kind]).itemsize)
                if (self._batches.lengths[:, self._places[field.name] + 1] < needed).any():
                    raise self.damaged(f"column {field.name} is too short")


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


def _firsts(schema: pa.Schema, of_type: Callable[[pa.DataType], int]) -> dict[str, int]:
    """Column -> its first buffer, or node: there are `of_type` of each."""
    found, at = {}, 0
    for field in schema:
        found[field.name] = at
        at += of_type(field.type)
    return found


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
