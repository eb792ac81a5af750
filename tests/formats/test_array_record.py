"""ArrayRecord: files of the format's own writer, with every option, damaged everywhere and cut everywhere.

One invariant of damage: what comes without a fault is what was written, under its own number; nothing is missing without a fault.
"""

import io

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

from vladata.errors import CorruptRecord, FormatError, SourceError, TruncatedRecord
from vladata.formats.array_record import read_at, scan_records
from vladata.formats.checksum import masked_crc
from vladata.formats.riegeli import BLOCK

RANDOM = np.random.default_rng(0).bytes
FEW = [b"pick up the red block", b"", b"a", b"place " * 30, RANDOM(200)]
MANY = [RANDOM(n * 7 % 300) + b"steps" * (n % 50) for n in range(150)]
LARGE = [b"before", RANDOM(300_000), b"between", b"\0" * 500_000, RANDOM(BLOCK), b"after"]
OPTIONS = [
    *(
        "group_size:1",
        "group_size:8",
        "group_size:64",
        "group_size:1,uncompressed",
        "group_size:8,uncompressed",
    ),
    *(
        "group_size:1,brotli:6",
        "group_size:64,brotli:1",
        "group_size:8,snappy",
        "group_size:1,zstd:19,window_log:22",
    ),
    "group_size:3,pad_to_block_boundary:true",
]


def written(path, records, options="group_size:1") -> bytes:
    writer = ArrayRecordWriter(str(path / "x.array_record"), options)
    for record in records:
        writer.write(record)
    writer.close()
    return (path / "x.array_record").read_bytes()


def filler(data: bytes):
    file = io.BytesIO(data)

    def fill(at, into):
        file.seek(at)
        return file.readinto(into)

    return fill


def scan(data: bytes):
    return list(scan_records(filler(data), len(data)))


def one(data: bytes, offset: int):
    return read_at(filler(data), lambda: len(data), offset)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("records", [FEW, MANY, LARGE, []], ids=["few", "many", "large", "none"])
def test_reads_what_the_package_wrote(tmp_path, options, records):
    data = written(tmp_path, records, options)
    found = scan(data)
    assert [(r.number, r.data, r.length, r.fault) for r in found] == [
        (n, record, len(record), None) for n, record in enumerate(records)
    ]
    assert [r.crc for r in found] == [masked_crc(record) for record in records]
    offsets = [r.offset for r in found]
    assert offsets == sorted(set(offsets))
    for record in found[:: max(1, len(found) // 20)]:
        again = one(data, record.offset)
        assert (again.data, again.crc, again.fault) == (record.data, record.crc, None)


@pytest.mark.parametrize("size", [BLOCK - 200, BLOCK - 24 - 40, BLOCK - 24, BLOCK - 1, BLOCK, 3 * BLOCK + 1])
def test_headers_and_data_are_found_wherever_a_block_cuts_them(tmp_path, size):
    for less in range(0, 90, 7):
        records = [RANDOM(size - 64 - less), b"x" * 50, RANDOM(90), b"y"]
        data = written(tmp_path, records, "group_size:1,uncompressed")
        assert [r.data for r in scan(data)] == records


def test_is_found_by_its_place_without_the_rest_of_the_file(tmp_path):
    data = written(tmp_path, FEW)
    place = scan(data)[3]
    cut = data[: BLOCK // 2]

    def unknown():
        raise AssertionError("the length of the file is not needed")

    assert read_at(filler(cut), unknown, place.offset).data == FEW[3]


@pytest.mark.parametrize("options", ["group_size:1", "group_size:8"])
@pytest.mark.parametrize("offset", [0, 1, 24, 63, 100_000, 10**9])
def test_a_place_that_holds_no_record_is_a_fault(tmp_path, options, offset):
    data = written(tmp_path, FEW, options)
    assert offset not in [record.offset for record in scan(data)]
    found = one(data, offset)
    assert isinstance(found.fault, FormatError)
    assert found.data == b""


@pytest.mark.parametrize(
    "options", ["group_size:1", "group_size:2", "group_size:1,uncompressed", "group_size:8,snappy"]
)
def test_one_bit_anywhere_gives_the_right_data_or_a_fault(tmp_path, options):
    data = written(tmp_path, FEW, options)
    whole = scan(data)
    full = {at for at, byte in enumerate(data) if byte}
    near = {at + d for at in full for d in (-8, -1, 1, 8) if 0 <= at + d < len(data)}
    faults = 0
    for at in sorted(full | near | set(range(0, len(data), 1021))):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        found = scan(bytes(damaged))
        faults += check(found, at)
        for record in whole[at % 2 :: 2]:
            again = one(bytes(damaged), record.offset)
            assert again.fault or again.data == record.data, at
    assert faults > 400  # most of the bytes that are not padding or block headers


def check(found, at) -> bool:
    """Whether the records have a fault; each is right, or has one, and none is missing without one."""
    if len(found) == 1 and found[0].fault:
        assert found[0].data == b"", at
        return True
    assert len(found) == len(FEW), at
    for number, record in enumerate(found):
        assert record.number == number
        assert record.fault or record.data == FEW[number], at
    return any(record.fault for record in found)


def test_a_damaged_chunk_costs_its_own_records_only(tmp_path):
    data = bytearray(written(tmp_path, LARGE, "group_size:1,uncompressed"))
    at = data.index(LARGE[1][1000:1050])
    data[at] ^= 4
    found = scan(bytes(data))
    assert [record.data for record in found if not record.fault] == LARGE[:1] + LARGE[2:]
    assert str(found[1].fault).startswith(
        f"byte {found[1].offset}: the hash of a chunk's data does not match"
    )


@pytest.mark.parametrize("options", ["group_size:1", "group_size:8,uncompressed"])
def test_a_cut_anywhere_is_one_fault(tmp_path, options):
    data = written(tmp_path, FEW, options)
    near = {at + d for at in range(0, len(data), BLOCK) for d in range(-40, 150)}
    for length in sorted(near | set(range(0, len(data), 997))):
        if not 0 <= length < len(data):
            continue
        (found,) = scan(data[:length])
        assert isinstance(found.fault, FormatError), length
        assert found.data == b""


def test_a_cut_file_is_said_to_be_one(tmp_path):
    data = written(tmp_path, LARGE)
    for length, why in (
        (len(data) - 100, "its length is not a multiple of 64 KiB"),
        (BLOCK * 3, "the hash of a chunk's header"),
    ):
        (found,) = scan(data[:length])
        assert isinstance(found.fault, TruncatedRecord)
        assert f"this is not a whole ArrayRecord file: {why}" in str(found.fault)
        assert "Probably a download that was cut" in found.fault.hint


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE html><html>", "this is a web page, not an ArrayRecord file"),
        (b"", "this is an empty file, not a"),
    ],
)
def test_another_kind_of_file_is_named(data, says):
    (found,) = scan(data)
    assert says in str(found.fault)


def test_transposed_chunks_are_refused_with_a_way_out(tmp_path):
    message = bytes.fromhex(
        "0a03616263100118021a0464656667"
    )  # a protobuf message: only those are taken apart
    data = written(tmp_path, [message] * 20, "group_size:8,transpose")
    with pytest.raises(SourceError, match="transposed chunks") as caught:
        scan(data)
    assert 'ArrayRecordWriter(FILE, "group_size:1")' in caught.value.hint
    reader = ArrayRecordReader(str(tmp_path / "x.array_record"))
    assert reader.read([3]) == [message]
    reader.close()


def test_a_footer_of_other_chunks_is_a_fault(tmp_path):
    """Blocks of two files put together: every hash is right, and the whole is not."""
    one_file, other = written(tmp_path, [RANDOM(70_000)] * 3), written(tmp_path, [RANDOM(70_000)] * 3)
    assert len(one_file) == len(other)
    mixed = one_file[: 2 * BLOCK] + other[2 * BLOCK :]
    for record in scan(mixed):
        assert record.fault or record.data in (
            one(one_file, record.offset).data,
            one(other, record.offset).data,
        )
    shorter = written(tmp_path, [RANDOM(60_000)] * 3)
    first, second, third = scan(shorter[: 2 * BLOCK] + other[2 * BLOCK :])
    assert isinstance(first.fault, CorruptRecord)
    assert isinstance(second.fault, CorruptRecord)
    assert third.data == scan(other)[2].data
