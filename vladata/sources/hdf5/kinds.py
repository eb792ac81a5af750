"""The contents of a dataset: numbers, texts, encoded pictures, or a type that is refused by name.

    integers of 8 to 64 bits, floats of 16 to 64, HDF5's boolean (an enum of FALSE and TRUE)   numbers
    strings, of fixed or variable width                                                        texts
    bytes in rows [T, N] or of variable length that begin like a JPEG, PNG, GIF or WebP        pictures

Compound types, references, opaque bytes (they may be a pickle, which is never opened) and lists of numbers are refused; their
meaning is not guessed. Data in another file (virtual and external datasets) is never opened.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vladata.errors import BadImage
from vladata.image_kinds import kind_of
from vladata.sources.features import FLOATS, INTEGERS, Kind
from vladata.sources.hdf5.opening import FAULTS, library

_START = 16  # the number of first bytes that show the kind of a picture
_NARROWEST = 64  # bytes; no picture is smaller
_LOOKED_AT = 4  # the number of first values of a dataset that are looked at


@dataclass(frozen=True, slots=True)
class Held:
    """The contents of a dataset.

    kind, dtype: as in a Leaf.
    called:      its type in words.
    reason:      the reason why it is not read; "" if it is read.
    rows:        True if values may differ in their number of bytes: texts, or pictures.
    """

    kind: Kind
    dtype: str = ""
    called: str = "dataset"
    reason: str = ""
    rows: bool = False


def unread(called: str, reason: str) -> Held:
    return Held("unsupported", "", called, reason)


def held(dataset: Any) -> Held:
    """Return the contents by type and storage only; for bytes, `pictured` then finds out whether they are pictures."""
    if dataset.shape is None:
        return unread("an empty dataset", "it has no value")
    if elsewhere := _elsewhere(dataset):
        return unread(elsewhere, "its data lies in other files, which are never opened")
    return _by_type(dataset.get_type().encode())


def pictured(dataset: Any, found: Held) -> Held:
    """Return the contents after a look at the first values: pictures if a value begins like one; else `found`."""
    shape = dataset.shape
    flat = found.kind == "number" and found.dtype == "uint8" and len(shape) == 2 and shape[1] >= _NARROWEST
    listed = found.rows and len(shape) == 1
    if not (flat or listed):
        return found
    if any(_begins_as_one(value) for value in _first(dataset)):
        return Held("image", "uint8", "pictures", rows=True)
    return (
        unread("lists of numbers", "they have any length, and are not pictures")
        if found.dtype == "uint8" and listed
        else found
    )


def _first(dataset: Any) -> list[bytes]:
    """Return the first _START bytes of each of the first values."""
    h5py = library()
    values = h5py.Dataset(dataset)[:_LOOKED_AT] if dataset.shape[0] else []
    return [bytes(value[:_START]) for value in values]


def _begins_as_one(value: bytes) -> bool:
    try:
        kind_of(value)
    except BadImage:
        return False
    return True


def _elsewhere(dataset: Any) -> str:
    h5py = library()
    created = dataset.get_create_plist()
    if created.get_layout() == h5py.h5d.VIRTUAL:
        return "a virtual dataset"
    return "a dataset with external storage" if created.get_external_count() else ""


@lru_cache(maxsize=256)
def _by_type(encoded: bytes) -> Held:
    """Return the contents of a dataset, given its type in HDF5's encoding. Cached, since thousands of datasets have few types."""
    t = library().h5t
    found = t.decode(encoded)
    kind = found.get_class()
    if kind == t.STRING:
        return Held("text", "string", "strings", rows=True)
    if kind == t.VLEN:
        of = found.get_super()
        if of.get_class() == t.INTEGER and of.get_size() == 1:
            return Held("number", "uint8", "lists of bytes", rows=True)
        return unread("lists of numbers", "they have any length")
    if kind in (t.INTEGER, t.FLOAT, t.ENUM):
        return _number(found)
    refused = {
        t.COMPOUND: ("a compound type", "its parts have types of their own"),
        t.REFERENCE: ("references", "they point elsewhere"),
        t.OPAQUE: ("opaque bytes", "their meaning is not declared, and a pickle is never opened"),
        t.ARRAY: ("a type of arrays", "it is not a plain number"),
    }
    return unread(*refused.get(kind, ("a type", "it is neither a number nor a text")))


def _number(found: Any) -> Held:
    try:
        dtype = np.dtype(found.dtype).newbyteorder("=")
    except FAULTS as error:
        return unread("numbers of a type", f"numpy has no such type ({error})")
    name = dtype.name
    if name in (*INTEGERS, *FLOATS, "bool"):
        return Held("number", name)
    return unread(f"{name}", "numbers have 8 to 64 bits")
