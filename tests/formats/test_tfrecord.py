"""TFRecord framing, against bytes that TensorFlow wrote:

with tf.io.TFRecordWriter(path) as writer:
    for data in (b"pick", b"", b"place"):
        writer.write(data)
"""

import io

import pytest

from vladata.errors import CorruptRecord, TruncatedRecord
from vladata.formats.checksum import masked_crc
from vladata.formats.tfrecord import (
    HEAD,
    TAIL,
    FramedRecord,
    frame,
    frame_parts,
    parse_frame,
    read_at,
    scan_records,
)

PICK = bytes.fromhex("0400000000000000424552047069636be33fcf48")
EMPTY = bytes.fromhex("000000000000000029039807d8ea82a2")
PLACE = bytes.fromhex("0500000000000000eab2043e706c61636598d3eb06")
THREE = PICK + EMPTY + PLACE


def scan(data: bytes, start: int = 0) -> list[FramedRecord]:
    return list(scan_records(io.BytesIO(data), start))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


class Dripping(io.BytesIO):
    """Gives at most 3 bytes a call, as a pipe may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, size) if size and size > 0 else size)


@pytest.mark.parametrize(("data", "framed"), [(b"pick", PICK), (b"", EMPTY), (b"place", PLACE)])
def test_frames_as_tensorflow_does(data, framed):
    assert frame(data) == framed
    assert b"".join(frame_parts(data)) == framed
    assert frame_parts(data)[1] is data


def test_scans_what_tensorflow_wrote():
    assert scan(THREE) == [
        FramedRecord(0, 0, 4, 0x48CF3FE3, b"pick"),
        FramedRecord(1, 20, 0, 0xA282EAD8, b""),
        FramedRecord(2, 36, 5, 0x06EBD398, b"place"),
    ]


def test_an_empty_file_holds_no_record():
    assert scan(b"") == []


def test_scans_from_a_frame_in_the_middle_and_counts_from_there():
    assert [(r.number, r.offset, r.data) for r in scan(THREE, 20)] == [(0, 20, b""), (1, 36, b"place")]


def test_files_that_give_less_than_asked_are_read_all_the_same():
    assert list(scan_records(Dripping(THREE))) == scan(THREE)


def test_unbuffered_files(tmp_path):
    (tmp_path / "three").write_bytes(THREE)
    with open(tmp_path / "three", "rb", buffering=0) as file:
        assert list(scan_records(file)) == scan(THREE)


@pytest.mark.parametrize("at", [12, 15, 16, 19])
def test_a_flipped_bit_in_data_or_its_checksum_costs_one_record(at):
    first, *others = scan(flipped(THREE, at))
    assert isinstance(first.fault, CorruptRecord)
    assert str(first.fault).startswith("byte 0: the checksum of a record's data does not match; got ")
    assert len(first.data) == first.length == 4
    assert others == scan(THREE)[1:]


@pytest.mark.parametrize("at", [20, 27, 28, 31])
def test_a_flipped_bit_in_a_length_or_its_checksum_ends_the_file(at):
    first, last = scan(flipped(THREE, at))
    assert first == scan(THREE)[0]
    assert (last.number, last.offset, last.data) == (1, 20, b"")
    assert isinstance(last.fault, CorruptRecord)
    assert str(last.fault) == (
        "byte 20: the checksum of a record's length does not match.\n"
        "  The records after this one cannot be found: fetch the file again."
    )


@pytest.mark.parametrize("size", range(len(THREE)))
def test_a_file_cut_anywhere_gives_its_whole_records_and_a_fault(size):
    whole = [r for r in scan(THREE) if r.offset + HEAD + r.length + TAIL <= size]
    found = scan(THREE[:size])
    assert found[: len(whole)] == whole
    if size in (0, 20, 36):  # cut between records: nothing is wrong that framing could see
        assert len(found) == len(whole)
        return
    (last,) = found[len(whole) :]
    assert isinstance(last.fault, TruncatedRecord)
    assert last.data == b""
    assert last.fault.where == f"byte {last.offset}"
    assert "compare its size with the source's" in last.fault.hint


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (5, "the file ends inside a record's head, of which 5 of 12 bytes are there"),
        (14, "the record has 4 bytes and 4 of checksum, but only 2 remain"),
        (19, "the record has 4 bytes and 4 of checksum, but only 7 remain"),
    ],
)
def test_a_truncated_record_says_what_is_there(size, says):
    assert scan(THREE[:size])[0].fault.what == says


def test_a_length_beyond_the_file_is_not_believed():
    length = (1 << 62).to_bytes(8, "little")
    (record,) = scan(length + masked_crc(length).to_bytes(4, "little") + bytes(100))
    assert isinstance(record.fault, TruncatedRecord)
    assert (
        record.fault.what
        == "the record has 4,611,686,018,427,387,904 bytes and 4 of checksum, but only 100 remain"
    )


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"\x1f\x8b" + bytes(30), "gzip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"<!DOCTYPE html><html>", "web page"),
    ],
)
def test_other_files_are_recognised(data, hint):
    (record,) = scan(data)
    assert isinstance(record.fault, CorruptRecord)
    assert hint in str(record.fault)


@pytest.mark.parametrize(("offset", "data"), [(0, b"pick"), (20, b""), (36, b"place")])
def test_reads_one_record_where_it_is(offset, data):
    record = read_at(io.BytesIO(THREE), offset, len(data))
    assert (record.number, record.offset, record.data, record.fault) == (-1, offset, data, None)
    assert parse_frame(THREE[offset : offset + HEAD + len(data) + TAIL], offset, len(data)) == record


@pytest.mark.parametrize(
    ("offset", "length", "kind", "says"),
    [
        (0, 5, CorruptRecord, "a different record begins here; got 4; allowed: 5 bytes"),
        (1, 4, CorruptRecord, "the checksum of a record's length does not match"),
        (57, 4, TruncatedRecord, "the file ends inside a record's head, of which 0 of 12 bytes are there"),
        (1000, 4, TruncatedRecord, "the file ends inside a record's head, of which 0 of 12 bytes are there"),
    ],
)
def test_reading_where_no_such_record_is_gives_a_fault_without_data(offset, length, kind, says):
    record = read_at(io.BytesIO(THREE), offset, length)
    assert type(record.fault) is kind
    assert says in str(record.fault)
    assert record.data == b""


def test_reading_a_record_that_is_cut_or_damaged():
    cut = read_at(io.BytesIO(PICK[:-1]), 0, 4)
    assert cut.fault.what == "the record has 4 bytes and 4 of checksum, but only 7 remain"
    damaged = read_at(io.BytesIO(flipped(PICK, 13)), 0, 4)
    assert damaged.fault.what == "the checksum of a record's data does not match"
    assert len(damaged.data) == 4
