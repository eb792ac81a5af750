"""ArrayRecord files: the same episodes as TFRecord, on a disk and by URL, and the faults of files."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest
from array_record.python.array_record_module import ArrayRecordWriter

import vladata
from tests.conversion import convert
from tests.rlds_data import write_bridge_like
from tests.sources.http_folder import served
from vladata.errors import CorruptRecord, MissingFile, SourceChanged, SourceError, TruncatedRecord
from vladata.formats.checksum import masked_crc
from vladata.records import Place
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
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
    offsets = [record.place.offset for record in records]
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 64  # the signature of a Riegeli file


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
    assert damaged[0].fault.where == f"{FILE}, byte {damaged[0].place.offset:,}"
    assert damaged[0].fault.what == "the hash of a chunk's data does not match"
    assert [record for record in found if not record.fault] == [
        r for r in whole if r.place.record != damaged[0].place.record
    ]


def test_a_cut_file_is_one_fault(copied):
    (copied / FILE).write_bytes((copied / FILE).read_bytes()[:-100])
    (record,) = scanned(copied)
    assert isinstance(record.fault, TruncatedRecord)
    assert str(record.fault).startswith(
        f"{FILE}: this is not a whole ArrayRecord file: its length is not a multiple of 64 KiB"
    )


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


def test_is_converted_to_the_same_samples_as_tfrecord(written, tmp_path):
    other = write_bridge_like(tmp_path, episodes=11, steps=3)
    made = {}
    for source in (written, other):
        out = tmp_path / source.parent.parent.name
        manifest = convert(source, out, samples_per_shard=7)
        output = open_output(str(out))
        assert [*verify(output), *rederive(output, str(source))] == []
        told = [sample.fields | {"source": None} for sample in vladata.open(out)]
        made[source] = (manifest["ledger"], manifest["contract"], told, [s.images for s in vladata.open(out)])
    assert made[written] == made[other]
    assert len(made[written][2]) > 0


def test_a_damaged_record_is_rejected_and_the_others_are_converted(copied, tmp_path):
    place = scanned(copied)[5].place
    data = bytearray((copied / FILE).read_bytes())
    data[place.offset + 200] ^= 1
    (copied / FILE).write_bytes(data)
    manifest = convert(copied, tmp_path / "out")
    assert manifest["ledger"]["episodes"] | {"filtered": 0} == {
        "read": 11,
        "written": 10,
        "filtered": 0,
        "rejected": 1,
    }
    assert "hash of a chunk's data" in (tmp_path / "out" / "rejected.jsonl").read_text()


def groups(folder, records, options):
    """The record file of a dataset written anew, with other options of the format's own writer."""
    writer = ArrayRecordWriter(str(folder / FILE), options)
    for record in records:
        writer.write(bytes(record.data))
    writer.close()


@pytest.mark.parametrize("options", ["group_size:1", "group_size:4", "group_size:64,brotli:2"])
@pytest.mark.parametrize("ranges", [True, False])
def test_is_read_by_url(copied, options, ranges):
    expected = scanned(copied)
    groups(copied, expected, options)
    with served(copied.parent) as (url, server):
        server.ranges = ranges
        source = open_source(f"{url}/1.0.0")
        found = list(source.scan(source.shards("train")[0]))
        assert [(record.data, record.crc, record.fault) for record in found] == [
            (record.data, record.crc, None) for record in expected
        ]
        for record in found[::-1]:
            assert source.read(record.place, record.crc) == record.data


def test_a_record_by_url_is_one_request(written):
    system = fsspec.filesystem("memory")
    system.put(str(written), "/array/1.0.0", recursive=True)
    source = open_source("memory://array/1.0.0")
    records = list(source.scan(source.shards("train")[0]))
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        whole = type(system).cat_file
        patch.setattr(type(system), "cat_file", lambda *a, **k: asked.append(k) or whole(*a, **k))
        patch.setattr(type(system), "open", None)
        for record in records:
            assert source.read(record.place) == record.data
    assert len(asked) == len(records)
    system.rm("/array", recursive=True)


def test_records_in_groups_are_read_one_by_one(copied):
    expected = scanned(copied)
    groups(copied, expected, "group_size:4")
    source = open_source(copied)
    found = scanned(copied)
    assert [record.data for record in found] == [record.data for record in expected]
    for record in found[::-1]:
        assert source.read(record.place, record.crc) == record.data


def test_transposed_chunks_are_refused_by_name(copied):
    groups(copied, scanned(copied), "group_size:4,transpose")
    with pytest.raises(SourceError, match="transposed chunks") as caught:
        scanned(copied)
    assert caught.value.where.startswith(f"{copied}/{FILE}, byte ")


def test_threads_read_at_the_same_time(written):
    source, records = open_source(written), scanned(written)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            found = pool.map(lambda record: bytes(source.read(record.place)), records)
            assert list(found) == [record.data for record in records]


def test_scans_may_be_interleaved(written):
    source = open_source(written)
    (shard,) = source.shards("train")
    for one, other in zip(source.scan(shard), source.scan(shard), strict=True):
        assert one == other
        assert source.read(one.place) == one.data


def test_nothing_of_the_package_is_imported(written):
    code = f"""
import sys
from vladata.sources.readers import open_source
source = open_source({str(written)!r})
for record in source.scan(source.shards("train")[0]):
    source.decode("train", record.place, source.read(record.place))
print(record.place.record, sorted(sys.modules.keys() & {{"array_record", "tensorflow", "tensorflow_datasets"}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("10 []\n", "")
