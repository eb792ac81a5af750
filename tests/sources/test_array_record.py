"""ArrayRecord files: the same episodes as TFRecord, and the faults of files."""

import shutil
import sys

import fsspec
import pytest

from tests.rlds_data import write_bridge_like
from vladata.errors import (
    CorruptRecord,
    MissingExtra,
    MissingFile,
    SourceChanged,
    SourceError,
    TruncatedRecord,
)
from vladata.formats.checksum import masked_crc
from vladata.records import Place
from vladata.sources.array_record import scan
from vladata.sources.folder import Folder
from vladata.sources.readers import open_source

FILE = "bridge_dataset-train.array_record-00000-of-00001"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_bridge_like(
        tmp_path_factory.mktemp("array_record"), episodes=11, steps=3, file_format="array_record"
    )


@pytest.fixture
def copied(written, tmp_path):
    return shutil.copytree(written, tmp_path / "1.0.0")


def scanned(folder):
    source = open_source(folder)
    (shard,) = source.shards("train")
    return list(source.scan(shard))


def test_holds_the_records_of_the_same_dataset_as_tfrecord(written, tmp_path):
    assert open_source(written).info.file_format == "array_record"
    records = scanned(written)
    expected = scanned(write_bridge_like(tmp_path, episodes=11, steps=3))
    assert [record.data for record in records] == [record.data for record in expected]
    assert [record.crc for record in records] == [record.crc for record in expected]
    assert [(record.place.record, record.place.offset) for record in records] == [(n, n) for n in range(11)]


def test_records_are_read_back_one_by_one(written):
    source = open_source(written)
    for record in scanned(written):
        assert source.read(record.place) == record.data


def test_a_damaged_record_costs_only_itself(copied):
    whole = scanned(copied)
    data = bytearray((copied / FILE).read_bytes())
    at = data.find(whole[2].data[100:140])
    if at < 0:  # compressed, or moved by a block header: damage the middle of the file
        at = len(data) // 2
    data[at] ^= 1
    (copied / FILE).write_bytes(data)
    found = scanned(copied)
    damaged = [record for record in found if record.fault]
    assert len(found) == 11
    assert len(damaged) == 1
    assert isinstance(damaged[0].fault, CorruptRecord)
    assert damaged[0].fault.where == f"{FILE}, record {damaged[0].place.record}"
    assert damaged[0].fault.what.startswith("array_record says: ")
    assert [record for record in found if not record.fault] == [
        r for r in whole if r.place.record != damaged[0].place.record
    ]


def test_a_cut_file_is_one_fault(copied):
    (copied / FILE).write_bytes((copied / FILE).read_bytes()[:-100])
    (record,) = scanned(copied)
    assert isinstance(record.fault, TruncatedRecord)
    assert str(record.fault).startswith(f"{FILE}: this is no whole ArrayRecord file.")


@pytest.mark.parametrize(("number", "length"), [(0, 5), (11, 5)])
def test_another_record_than_indexed_is_noticed(written, number, length):
    with pytest.raises(SourceChanged, match="the record that was indexed is not there"):
        open_source(written).read(Place(FILE, 0, number, number, length))


def test_the_checksum_is_that_of_tfrecord(written):
    record = scanned(written)[0]
    assert record.crc == masked_crc(record.data)


def test_a_missing_file_is_named(copied):
    with pytest.raises(MissingFile, match=f"absent.{FILE[:5]}"):
        list(scan(Folder.at(copied), f"absent.{FILE[:5]}"))


def test_a_url_is_refused(written):
    system = fsspec.filesystem("memory")
    for file in written.iterdir():
        system.pipe(f"/array/1.0.0/{file.name}", file.read_bytes())
    source = open_source("memory://array/1.0.0")
    with pytest.raises(SourceError, match="ArrayRecord files are read from a local disk only") as caught:
        list(source.scan(source.shards("train")[0]))
    assert "Copy the version folder" in caught.value.hint
    system.rm("/array", recursive=True)


def test_a_missing_package_is_named_with_its_extra(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "array_record.python.array_record_module", None)
    with pytest.raises(MissingExtra, match="ArrayRecord files need the package array_record") as caught:
        scanned(written)
    assert caught.value.hint == 'pip install "vladata[tf]"'
