"""RLDS in ArrayRecord files, through the array_record package (extra [tf]); files on a local disk only.

The format checks its own blocks (Riegeli, with a hash a block), so a damaged record is the package's verdict. A record has
no frame of its own: its `offset` is its number, and `crc` is computed as TFRecord would have stored it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from vladata.errors import CorruptRecord, MissingExtra, MissingFile, SourceError, TruncatedRecord
from vladata.formats.checksum import masked_crc
from vladata.formats.tfrecord import Record
from vladata.records import Place
from vladata.sources.folder import Folder
from vladata.sources.rlds import NATIVE, Framing, open_rlds
from vladata.sources.source import Source
from vladata.sources.tfds import TFDS

_OPTIONS = "readahead_buffer_size:0,max_parallelism:0"  # no threads, and no 16 MB a thread: memory stays flat
_BATCH = 8  # records a call: files that were written in groups are not unpacked once a record


def native(folder: Folder) -> Source | None:
    """The dataset at `folder`, decoded without TensorFlow."""
    return open_rlds(folder, FRAMING, NATIVE)


def tfds(folder: Folder) -> Source | None:
    """The same, decoded by tensorflow-datasets."""
    return open_rlds(folder, FRAMING, TFDS)


def scan(folder: Folder, file: str) -> Iterator[Record]:
    """All records of a file with their faults."""
    with _opened(folder, file) as reader:
        if not reader.ok():
            hint = "Probably a download that was cut: compare its size with the source's, and fetch it again."
            fault = TruncatedRecord("this is no whole ArrayRecord file", where=file, hint=hint)
            yield Record(0, 0, 0, 0, b"", fault)
            return
        count = reader.num_records()
        for start in range(0, count, _BATCH):
            yield from _batch(reader, file, range(start, min(start + _BATCH, count)))


def read_at(folder: Folder, place: Place) -> Record:
    """The record at `place`; another length, or none, is a fault without data."""
    with _opened(folder, place.file) as reader:
        if not reader.ok() or place.record >= reader.num_records():
            fault = TruncatedRecord("the file has no such record")
            return Record(place.record, place.offset, 0, 0, b"", fault)
        record = _record(reader, place.file, place.record)
    if record.fault is None and record.length != place.length:
        other = CorruptRecord("another record is there", got=record.length, allowed=f"{place.length:,} bytes")
        return Record(place.record, place.offset, record.length, 0, b"", other)
    return record


FRAMING = Framing("array_record", scan, read_at)


def _batch(reader: Any, file: str, numbers: range) -> Iterator[Record]:
    try:
        batch = reader.read(numbers.start, numbers.stop)
    except RuntimeError:  # one of them is damaged: each on its own then
        for number in numbers:
            yield _record(reader, file, number)
        return
    for number, data in zip(numbers, batch, strict=True):
        yield Record(number, number, len(data), masked_crc(data), data)


def _record(reader: Any, file: str, number: int) -> Record:
    try:
        data = reader.read([number])[0]
    except RuntimeError as error:
        hint = "The file was damaged after it was written: fetch it again."
        what, where = f"array_record says: {error}", f"{file}, record {number}"
        return Record(number, number, 0, 0, b"", CorruptRecord(what, where=where, hint=hint))
    return Record(number, number, len(data), masked_crc(data), data)


@contextmanager
def _opened(folder: Folder, file: str) -> Iterator[Any]:
    """An ArrayRecordReader. One that failed would raise the same error again when it is closed."""
    reader = _reader(folder, file)
    try:
        yield reader
    finally:
        with suppress(RuntimeError):
            reader.close()


def _reader(folder: Folder, file: str) -> Any:
    path = folder.path(file)
    if not folder.is_local:
        hint = "Copy the version folder to a local disk first; TFRecord files are read by URL as well."
        raise SourceError("ArrayRecord files are read from a local disk only", where=path, hint=hint)
    if not folder.exists(file):
        raise MissingFile("there is no such file or folder", where=path)
    try:
        from array_record.python.array_record_module import ArrayRecordReader
    except ImportError:
        hint = 'pip install "vladata[tf]"'
        raise MissingExtra("ArrayRecord files need the package array_record", where=path, hint=hint) from None
    return ArrayRecordReader(path, _OPTIONS)
