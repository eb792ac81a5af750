"""One episode of an HDF5 file, read into memory: its datasets, its values, and a digest of both.

All datasets that the reader understands are read at once into one block. The digest is made of names, types, shapes and bytes of
values, and of pictures without their padding. It does not depend on the layout in the file (chunks, compression, byte order,
width of strings). A dataset that cannot be read, or differs from other episodes' in type or shape, is kept as an error, which is
raised only if the dataset is needed.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xxhash

from vladata.errors import CorruptRecord, FormatError, MalformedExample, SourceChanged
from vladata.sources.features import Leaf
from vladata.sources.hdf5.around import Around
from vladata.sources.hdf5.attributes import Values, attributes, joined, spelled
from vladata.sources.hdf5.kinds import held
from vladata.sources.hdf5.opening import FAULTS, library, said
from vladata.sources.hdf5.pictures import LENGTHS, cut
from vladata.sources.hdf5.steps import disagreement, steps_of
from vladata.sources.hdf5.tree import GroupMember, items

COUNTED = "num_samples"  # robomimic's attribute of each demo
_ALIGNED = 64  # bytes; arrays begin at multiples of it, like numpy's arrays
_LARGEST = 1 << 35  # the most bytes of an episode; a file of a few bytes may declare any shape


@dataclass(frozen=True)
class Data:
    """An episode in memory.

    label:   its group, "data/demo_7".
    columns: path -> an array, a list of T pictures or texts, or the error in their place.
    values:  attributes, and values from outside the group.
    size:    the bytes of memory that it takes.
    content: the digest of the values in the group.
    crc:     32 bits that depend on the values in and outside the group.
    """

    label: str
    steps: int
    columns: Mapping[str, Any]
    values: Values
    size: int
    content: str
    crc: int


@dataclass
class _Block:
    """Memory for the arrays of an episode, given out from its start."""

    memory: Any
    at: int = 0

    def take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        size = math.prod(shape) * dtype.itemsize
        if not size:
            return np.empty(shape, dtype)
        found: np.ndarray = np.ndarray(shape, dtype, buffer=self.memory, offset=self.at)
        self.at += _rounded(size)
        return found


@dataclass
class _Reading:
    """An episode while it is read into memory."""

    where: str
    steps: int
    block: _Block
    columns: dict[str, Any] = field(default_factory=dict)
    beside: int = 0  # the bytes of values outside the block


def read_episode(
    group: Any, around: Around, number: int, columns: Mapping[str, Leaf], where: str, room: Any = None
) -> Data:
    """Return the episode in a h5py.Group. Raises FormatError if the group is not an episode.

    room: writeable bytes to read into; None to allocate them. Raises SourceChanged if they are too few.
    """
    found = items(group, where)
    steps = steps_of(
        {i.path: i.dataset.shape for i in found if i.dataset is not None and i.dataset.shape}, where
    )
    own = attributes(group)
    _require_count(own, steps, where)
    wanted = [(item, columns[item.path]) for item in found if _is_read(columns.get(item.path))]
    fits = [(item, leaf, _unlike(item, leaf, steps, where)) for item, leaf in wanted]
    size = sum(_rounded(_bytes_of(item, leaf)) for item, leaf, fault in fits if fault is None)
    if size > _LARGEST:
        raise MalformedExample(
            "the episode is too large to be held in memory", where=where, got=f"{size:,} bytes"
        )
    if room is not None and size > len(room):
        raise changed(where, "it is larger")
    reading = _Reading(where, steps, _Block(np.empty(size, np.uint8) if room is None else room))
    for item, leaf, fault in fits:
        reading.columns[item.path] = fault or _value(item, leaf, reading)
    _cut_padding(reading, columns)
    values = joined({"attributes": own, **around.levels}, frozenset(i.path for i in found)) | around.of(
        number
    )
    content = _content(reading.columns, own)
    label = around.episodes.path(number)
    return Data(label, steps, reading.columns, values, size + reading.beside, content, _crc(content, values))


def changed(where: str, what: str) -> SourceChanged:
    return SourceChanged(
        f"the episode that was indexed is not there: {what}",
        where=where,
        hint="The files changed since they were indexed: run the command again, and they are indexed anew.",
    )


def _is_read(leaf: Leaf | None) -> bool:
    return leaf is not None and leaf.kind != "unsupported"


def _rounded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _require_count(own: Values, steps: int, where: str) -> None:
    told = own.get(COUNTED)
    if isinstance(told, np.generic | np.ndarray) and told.size == 1 and int(told.item()) != steps:
        what = f"the attribute {COUNTED} is {int(told.item()):,}, and the actions have {steps:,} steps"
        raise MalformedExample(what, where=where, hint="Probably a recording that did not end: leave it out.")


def _unlike(item: GroupMember, leaf: Leaf, steps: int, where: str) -> FormatError | None:
    """Return the error of a dataset that does not fit its column; None if it fits."""
    where = f"{where}/{item.path}" if not where.endswith("/") else f"{where}{item.path}"
    if item.dataset is None:
        return MalformedExample(f"expected a dataset, found {item.other}, which is not followed", where=where)
    found, shape = held(item.dataset), item.dataset.shape
    if found.kind == "unsupported":
        return MalformedExample(f"it holds {found.called}: {found.reason}", where=where)
    if leaf.per_step and (not shape or shape[0] != steps):
        what = disagreement(item.path, shape[0] if shape else 1, steps)
        return MalformedExample(
            what, where=where, hint="Nothing tells which value belongs to which step, so none is taken."
        )
    if leaf.kind == "image":
        is_rows = (found.rows and len(shape) == 1) or (found.dtype == "uint8" and len(shape) == 2)
        return None if is_rows else _another(leaf, found.dtype, shape, where)
    expected = (None,) * leaf.per_step + leaf.shape
    fits = len(shape) == len(expected) and all(e in (None, n) for e, n in zip(expected, shape, strict=True))
    if found.kind != leaf.kind or not fits or not _widens(found.dtype, leaf.dtype):
        return _another(leaf, found.dtype, shape, where)
    return None


def _widens(dtype: str, widest: str) -> bool:
    return dtype == widest or (widest != "string" and np.can_cast(dtype, widest, "safe"))


def _another(leaf: Leaf, dtype: str, shape: tuple[int, ...], where: str) -> MalformedExample:
    sizes = ",".join("T" if size is None else str(size) for size in ((None,) * leaf.per_step + leaf.shape))
    got = f"{dtype}[{','.join(map(str, shape))}]"
    return MalformedExample(
        "its type or shape differs from that of other episodes",
        where=where,
        got=got,
        allowed=f"{leaf.dtype}[{sizes}]",
    )


def _bytes_of(item: GroupMember, leaf: Leaf) -> int:
    """Return the bytes that the dataset takes in the block; 0 for texts and lists, which are outside the block."""
    shape: tuple[int, ...] = item.dataset.shape
    if leaf.kind == "text" or (leaf.kind == "image" and len(shape) == 1):
        return 0
    return math.prod(shape) * np.dtype(leaf.dtype).itemsize


def _value(item: GroupMember, leaf: Leaf, reading: _Reading) -> Any:
    """Return the values of a dataset, or the error for a dataset that cannot be read."""
    h5py, shape = library(), item.dataset.shape
    try:
        if leaf.kind == "text" or (leaf.kind == "image" and len(shape) == 1):
            found = h5py.Dataset(item.dataset)[()]
            return _listed(found, leaf, reading)
        found = reading.block.take(shape, np.dtype(leaf.dtype))
        if found.size:
            item.dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, found)
        return found
    except FAULTS as error:
        return CorruptRecord(
            f"h5py says: {said(error)}",
            where=f"{reading.where}, {item.path}",
            hint="The file was damaged after it was written: fetch it again.",
        )


def _listed(found: Any, leaf: Leaf, reading: _Reading) -> Any:
    """Return texts or pictures as bytes: one value, a list, or an array of texts."""
    array = np.asarray(found, object)
    texts = [bytes(value) for value in array.ravel().tolist()]
    reading.beside += sum(map(len, texts))
    if array.ndim == 0:
        return texts[0]
    if array.ndim == 1 and leaf.per_step | (leaf.kind == "image"):
        return texts
    shaped = np.empty(len(texts), object)
    shaped[:] = texts
    return shaped.reshape(array.shape)


def _cut_padding(reading: _Reading, columns: Mapping[str, Leaf]) -> None:
    """Replace pictures in rows of bytes by views without the padding after them."""
    table = reading.columns.get(LENGTHS)
    for path, value in reading.columns.items():
        if columns[path].kind != "image" or not isinstance(value, np.ndarray):
            continue
        if isinstance(table, FormatError):
            reading.columns[path] = table
            continue
        try:
            numbers = table if isinstance(table, np.ndarray) and table.dtype.kind in "iuf" else None
            reading.columns[path] = cut(value, numbers, f"{reading.where}, {path}")
        except MalformedExample as fault:
            reading.columns[path] = fault


def _content(columns: Mapping[str, Any], own: Values) -> str:
    """Return XXH3 of the values in the episode's group, 32 hexadecimal digits."""
    state = xxhash.xxh3_128()
    for path in sorted(columns):
        for piece in (path.encode("utf-8", "surrogateescape"), *_pieces(columns[path])):
            state.update(len(piece).to_bytes(8, "little"))
            state.update(piece)
    _feed(state, own)
    return state.hexdigest()


def _crc(content: str, values: Values) -> int:
    state = xxhash.xxh3_64(content.encode())
    _feed(state, values)
    return state.intdigest() & 0xFFFFFFFF


def _feed(state: Any, values: Values) -> None:
    for piece in spelled(values):
        state.update(len(piece).to_bytes(8, "little"))
        state.update(piece)


def _pieces(value: Any) -> Iterator[Any]:
    if isinstance(value, FormatError):
        yield b"unreadable"
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, np.ndarray) and value.dtype == object:
        yield str(value.shape).encode()
        yield from value.ravel().tolist()
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.name} {value.shape}".encode()
        if value.size:
            yield np.ascontiguousarray(value).data.cast("B") if value.ndim else value.tobytes()
    else:
        yield from value
