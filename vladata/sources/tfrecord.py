"""Read TFDS datasets in TFRecord files, on a disk or behind a URL: RLDS, and the datasets of web corpora."""

from collections.abc import Iterator
from dataclasses import replace

from vladata.errors import SourceError
from vladata.formats import tfrecord
from vladata.formats.tfrecord import FramedRecord
from vladata.records import Place
from vladata.sources.folder import Folder, explained
from vladata.sources.info import DATASET_INFO, DatasetInfo, parse_dataset_info
from vladata.sources.rlds import NATIVE, Framing, located, open_rlds
from vladata.sources.source import Source
from vladata.sources.tfds import TFDS
from vladata.sources.version_folder import find_version_folder


def native(folder: Folder) -> Source | None:
    """Return the dataset at `folder`, read without TensorFlow."""
    return open_rlds(folder, FRAMING, NATIVE)


def tfds(folder: Folder) -> Source | None:
    """Return the dataset at `folder`, decoded by tensorflow-datasets."""
    return open_rlds(folder, FRAMING, TFDS)


def tfrecord_dataset(folder: Folder) -> tuple[Folder, DatasetInfo]:
    """Return the version folder at `folder`, of any TFDS dataset, and its dataset_info.json.

    Raises SourceError for files of another format.
    """
    found = find_version_folder(folder)
    info = parse_dataset_info(found.read(DATASET_INFO), found.path(DATASET_INFO))
    if info.file_format != FRAMING.file_format:
        hint = "TFDS can convert it: `tfds convert_format --out_file_format tfrecord ...`."
        what = "vladata does not read a corpus in this file format"
        raise SourceError(what, where=found.url, got=info.file_format, hint=hint)
    return found, info


def scan(folder: Folder, file: str) -> Iterator[FramedRecord]:
    """Yield all records of a file with their faults."""
    keep_freed_memory()
    with folder.open(file) as opened, explained(folder.path(file)):
        for record in tfrecord.scan_records(opened):
            if record.fault is not None:
                record = replace(record, fault=located(record.fault, file))
            yield record


def read_at(folder: Folder, place: Place) -> FramedRecord:
    """Return the record at `place`, after checking its checksums. A remote folder takes one request."""
    if folder.is_local:
        with folder.open(place.file) as file, explained(folder.path(place.file)):
            return tfrecord.read_at(file, place.offset, place.length)
    size = tfrecord.HEAD + place.length + tfrecord.TAIL
    return tfrecord.parse_frame(folder.read_range(place.file, place.offset, size), place.offset, place.length)


FRAMING = Framing("tfrecord", scan, read_at)


def keep_freed_memory() -> None:
    """Let the C library keep the memory of a freed record for the next record: this doubles the speed of a scan.

    glibc gives blocks over 128 KiB back to the system at once, and the system clears every page before it gives it out again.
    Freeing one large block raises this limit for the process to the size of the block (mallopt(3), M_MMAP_THRESHOLD: it
    adapts up to 32 MiB). The block is never touched, so it takes no memory; with other C libraries this does nothing.
    """
    block = bytearray(8 << 20)
    del block
