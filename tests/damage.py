"""Damages of files, made on purpose in a copy of a dataset.

copied(source, folder)          a dataset of its own
flip(file, byte, bit)           one bit
edit(file, record, change)      the features of one record, its checksums made right again
rewrite(file, records)          whole records
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from vladata.formats.example import encode_example, parse_example
from vladata.formats.tfrecord import HEAD, frame, scan_records


def copied(source: Path, folder: Path) -> Path:
    """A copy of the version folder `source` below `folder`, with its name and version."""
    return Path(shutil.copytree(source, folder / source.parent.name / source.name))


def files(source: Path, split: str = "train") -> list[Path]:
    """The record files of a split, in order."""
    return sorted(source.glob(f"*-{split}.tfrecord-*"))


def flip(file: Path, byte: int, bit: int = 0) -> None:
    """Turns one bit of a file over; `byte` counts from the end when it is negative."""
    data = bytearray(file.read_bytes())
    data[byte] ^= 1 << bit
    file.write_bytes(data)


def records(file: Path) -> list[bytes]:
    """The payloads of a TFRecord file."""
    with file.open("rb") as opened:
        return [bytes(record.data) for record in scan_records(opened)]


def payload_at(file: Path, number: int) -> int:
    """The byte at which the payload of record `number` begins."""
    with file.open("rb") as opened:
        return [record.offset for record in scan_records(opened)][number] + HEAD


def rewrite(file: Path, payloads: Iterable[bytes]) -> None:
    file.write_bytes(b"".join(map(frame, payloads)))


def edit(file: Path, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Has `change` work on the features of record `number`: lists of bytes, and arrays that may be written into."""
    payloads = records(file)
    features = {
        name: [bytes(value) for value in column] if isinstance(column, list) else column.copy()
        for name, column in parse_example(payloads[number]).items()
        if column is not None
    }
    change(features)
    payloads[number] = encode_example(features)
    rewrite(file, payloads)
