"""Read RLDS in ArrayRecord files, on a disk or behind a URL: the form in which TFDS registers Open X-Embodiment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import RawIOBase
from typing import BinaryIO, cast

from vladata.errors import CorruptRecord, VladataError
from vladata.formats import array_record
from vladata.formats.riegeli import BLOCK, HEADER, Fill
from vladata.formats.tfrecord import FramedRecord
from vladata.records import Place
from vladata.sources.folder import Folder, explained
from vladata.sources.rlds import NATIVE, Framing, located, open_rlds
from vladata.sources.source import Source
from vladata.sources.tfds import TFDS
from vladata.sources.tfrecord import keep_freed_memory


def native(folder: Folder) -> Source | None:
    """Return the dataset at `folder`, decoded without TensorFlow."""
    return open_rlds(folder, FRAMING, NATIVE)


def tfds(folder: Folder) -> Source | None:
    """Return the dataset at `folder`, decoded by tensorflow-datasets."""
    return open_rlds(folder, FRAMING, TFDS)


def scan(folder: Folder, file: str) -> Iterator[FramedRecord]:
    """Yield all records of a file with their faults."""
    keep_freed_memory()
    with _opened(folder, file) as opened:
        size = opened.seek(0, os.SEEK_END)
        for record in array_record.scan_records(_reading(opened), size):
            if record.fault is not None:
                record = replace(record, fault=located(record.fault, file))
            yield record


def read_at(folder: Folder, place: Place) -> FramedRecord:
    """Return the record at `place`; if its length differs, it is a fault without data.

    For a remote folder this takes one request if the record is alone in its chunk.
    """
    if folder.is_local:
        with _opened(folder, place.file) as opened:
            fill, size = _reading(opened), lambda: opened.seek(0, os.SEEK_END)
            record = array_record.read_at(fill, size, place.offset)
    else:
        record = array_record.read_at(_asking(folder, place), lambda: _size(folder, place.file), place.offset)
    if record.fault is None and record.length != place.length:
        other = CorruptRecord(
            "a different record is there", got=record.length, allowed=f"{place.length:,} bytes"
        )
        return FramedRecord(place.record, place.offset, record.length, 0, b"", other)
    return record


FRAMING = Framing("array_record", scan, read_at)


@contextmanager
def _opened(folder: Folder, file: str) -> Iterator[BinaryIO]:
    """Yield the open file; errors that name a byte in it then also name the file."""
    with folder.open(file) as opened, explained(folder.path(file)):
        try:
            yield opened
        except VladataError as error:
            raise located(error, folder.path(file)) from None


def _reading(file: BinaryIO) -> Fill:
    def fill(at: int, into: memoryview) -> int:
        file.seek(at)
        done = 0
        while done < len(into) and (got := cast(RawIOBase, file).readinto(into[done:])):
            done += got
        return done

    return fill


def _asking(folder: Folder, place: Place) -> Fill:
    """Return a function that fills memory from a remote file: first from one range in which the record most likely is, then from
    ranges that are twice as long each time."""
    likely = (
        HEADER.size + place.length + place.length // 64 + BLOCK
    )  # block headers, and bytes that compression may add
    held, first = b"", 0

    def fill(at: int, into: memoryview) -> int:
        nonlocal likely, held, first
        if not first <= at <= first + len(held) - len(into):
            held, first = folder.read_range(place.file, at, max(likely, len(into))), at
            likely *= 2
        data = held[at - first : at - first + len(into)]
        into[: len(data)] = data
        return len(data)

    return fill


def _size(folder: Folder, file: str) -> int:
    with folder.open(file) as opened:
        return opened.seek(0, os.SEEK_END)
