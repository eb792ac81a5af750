"""A source, its shards and records, and a record as an Episode."""

import json
import pickle
import shutil

import fsspec
import pytest

from tests.rlds_data import write_bridge_like
from tests.sources.http_folder import served
from vladata.errors import (
    CorruptRecord,
    MalformedJson,
    MissingFile,
    SourceChanged,
    SourceError,
    TruncatedRecord,
    UnknownName,
)
from vladata.formats.tfrecord import frame
from vladata.sources.readers import open_source
from vladata.sources.source import ShardFile

TRAIN = "bridge_dataset-train.tfrecord-0000{}-of-00002"


def records_of(source, split="train"):
    """(place, data) of every record."""
    for shard in source.shards(split):
        for record in source.scan(shard):
            assert record.fault is None
            yield record.place, record.data


def first_episode(source, wanted=None):
    place, data = next(records_of(source))
    return source.decode("train", place, data, wanted)


@pytest.fixture
def copied(bridge_like, tmp_path):
    """A version folder that a test may damage."""
    return shutil.copytree(bridge_like, tmp_path / "bridge_dataset" / "1.0.0")


def change_features(folder, change):
    file = folder / "features.json"
    tree = json.loads(file.read_text())
    steps = tree["featuresDict"]["features"]["steps"]["sequence"]["feature"]["featuresDict"]["features"]
    change(steps)
    file.write_text(json.dumps(tree))


def test_a_source_says_what_it_is(bridge_like):
    source = open_source(bridge_like.parent)
    assert (source.url, source.name, source.reader) == (str(bridge_like), "bridge_dataset", "native")
    assert (source.info.version, source.info.file_format) == ("1.0.0", "tfrecord")
    assert (source.counted_in, source.identity) == (
        "dataset_info.json",
        (bridge_like / "features.json").read_text(),
    )
    assert source.columns["observation/image_0"].kind == "image"
    assert source.columns["action"].shape == (7,)
    assert "episode_metadata/file_path" in source.columns


def test_a_source_survives_pickling(bridge_like):
    source = open_source(bridge_like)
    copy = pickle.loads(pickle.dumps(source))
    assert (copy.folder, copy.info, copy.reader) == (source.folder, source.info, source.reader)
    assert first_episode(copy).steps["action"].tolist() == first_episode(source).steps["action"].tolist()


@pytest.mark.parametrize(
    ("split", "shards"),
    [
        ("train", [(TRAIN.format(0), "train", 0, 0, 2, 2), (TRAIN.format(1), "train", 1, 0, 3, 3)]),
        ("train[1:3]", [(TRAIN.format(0), "train", 0, 1, 2, 2), (TRAIN.format(1), "train", 1, 0, 1, 3)]),
        ("train[-1:]", [(TRAIN.format(1), "train", 1, 2, 3, 3)]),
        (
            "train[3:]+val[1shard]",
            [
                (TRAIN.format(1), "train", 1, 1, 3, 3),
                ("bridge_dataset-val.tfrecord-00001-of-00002", "val", 1, 0, 1, 1),
            ],
        ),
    ],
)
def test_shards_of_a_split_expression(bridge_like, split, shards):
    assert open_source(bridge_like).shards(split) == tuple(ShardFile(*shard) for shard in shards)


def test_an_unknown_split_is_named(bridge_like):
    with pytest.raises(UnknownName, match='bridge_dataset: there is no split "test"'):
        open_source(bridge_like).shards("test")


def test_the_same_call_writes_the_same_bytes(tmp_path):
    one, other = (write_bridge_like(tmp_path / name, episodes=2, steps=2) for name in ("one", "other"))
    names = sorted(file.name for file in one.iterdir())
    assert len(names) == 3
    assert [(one / name).read_bytes() for name in names] == [(other / name).read_bytes() for name in names]


@pytest.fixture(params=["memory", "http", "http without ranges"])
def remote_url(request, bridge_like):
    if request.param == "memory":
        system = fsspec.filesystem("memory")
        for file in bridge_like.iterdir():
            system.pipe(f"/bridge_dataset/1.0.0/{file.name}", file.read_bytes())
        yield "memory://bridge_dataset/1.0.0"
        system.rm("/bridge_dataset", recursive=True)
    else:
        with served(bridge_like.parent) as (url, server):
            server.ranges = request.param == "http"
            server.listing = False
            yield f"{url}/1.0.0"


def test_a_remote_source_gives_the_same_records(bridge_like, remote_url):
    local, remote = open_source(bridge_like), open_source(remote_url)
    found = list(records_of(remote))
    assert found == list(records_of(local))
    assert [remote.read(place) for place, _ in found] == [data for _, data in found]
    assert first_episode(remote).steps["action"].tolist() == first_episode(local).steps["action"].tolist()


def test_records_are_read_back_one_by_one(bridge_like):
    source = open_source(bridge_like)
    for place, data in records_of(source):
        assert source.read(place) == data


def flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_a_damaged_record_is_a_fault_with_its_file(copied):
    source = open_source(copied)
    (place, _), (other, data), *_ = records_of(source)
    flip(copied / place.file, 5000)
    first, second = source.scan(source.shards("train")[0])
    assert isinstance(first.fault, CorruptRecord)
    assert first.fault.where == f"{TRAIN.format(0)}, byte 0"
    assert (second.fault, second.data) == (None, data)
    with pytest.raises(CorruptRecord, match="byte 0: the checksum of a record's data does not match"):
        source.read(place)
    assert source.read(other) == data


def test_a_cut_file_ends_in_a_fault(copied):
    source = open_source(copied)
    file = copied / TRAIN.format(0)
    file.write_bytes(file.read_bytes()[:-10])
    *_, last = source.scan(source.shards("train")[0])
    assert isinstance(last.fault, TruncatedRecord)
    assert last.fault.where.startswith(f"{TRAIN.format(0)}, byte ")


def test_other_bytes_than_indexed_are_noticed(copied):
    source = open_source(copied)
    places = [place for place, _ in records_of(source)]
    (copied / places[0].file).write_bytes(frame(b"another record"))
    for place in places[:2]:
        with pytest.raises(SourceChanged, match="the record that was indexed is not there") as caught:
            source.read(place)
        assert caught.value.where == f"{place.file}, record {place.record}, byte {place.offset:,}"
        assert "The files changed after they were indexed" in caught.value.hint


def test_another_record_of_the_same_length_is_noticed_by_its_checksum(copied):
    source = open_source(copied)
    place, data = next(records_of(source))
    (record, *_) = source.scan(source.shards("train")[0])
    assert source.read(place, record.crc) == data
    with pytest.raises(SourceChanged, match="not there: different data is in its place"):
        source.read(place, record.crc ^ 1)


def test_a_missing_shard_file_is_named(copied):
    source = open_source(copied)
    (copied / TRAIN.format(1)).unlink()
    with pytest.raises(MissingFile, match=TRAIN.format(1)):
        list(source.scan(source.shards("train")[1]))


def test_a_dataset_without_steps_is_no_rlds(copied):
    file = copied / "features.json"
    tree = json.loads(file.read_text())
    del tree["featuresDict"]["features"]["steps"]
    file.write_text(json.dumps(tree))
    with pytest.raises(
        SourceError, match=r"no steps, so it has no robot episodes; got 'episode_metadata/"
    ) as caught:
        open_source(copied)
    assert 'RLDS needs a Dataset "steps" in features.json' in caught.value.hint


def test_an_ambiguous_path_is_refused(copied):
    def change(steps):
        steps["episode_metadata/episode_id"] = steps["reward"]

    change_features(copied, change)
    with pytest.raises(MalformedJson, match="a column and a value outside the steps have the same path"):
        open_source(copied)
