"""One shard: its bytes, its checksum, and where each sample lies."""

from dataclasses import replace

import pytest
import xxhash

from tests.manifests import MANIFEST
from vladata.shards.dataset import samples_of
from vladata.shards.naming import FORMATS
from vladata.shards.storage import open_output
from vladata.shards.writer import write_shard


@pytest.fixture(params=FORMATS)
def fmt(request):
    return request.param


def written(folder, fmt, samples):
    output = open_output(str(folder))
    return write_shard(output, "a/shard", samples, fmt), output.read("a/shard")


def test_each_sample_lies_where_the_offsets_say(fmt, sample, plain, tmp_path):
    there = [sample(n, prompt="x" * 700 * n) for n in range(4)]
    shard, data = written(tmp_path, fmt, there)
    assert (shard.path, shard.samples, shard.bytes) == ("a/shard", 4, len(data))
    for i, (start, stop) in enumerate(zip(shard.offsets, shard.offsets[1:], strict=False)):
        (back,) = samples_of(data[start:stop], replace(MANIFEST, format=fmt))
        assert plain(back) == plain(there[i])


def test_the_checksum_is_that_of_the_bytes(fmt, sample, tmp_path):
    shard, data = written(tmp_path, fmt, [sample(0)])
    assert shard.checksum == f"xxh3:{xxhash.xxh3_64_hexdigest(data)}"


def test_equal_samples_give_equal_bytes_and_the_order_counts(fmt, sample, tmp_path):
    shards = [
        written(tmp_path / str(i), fmt, map(sample, numbers))
        for i, numbers in enumerate([(0, 1), (0, 1), (1, 0)])
    ]
    assert shards[0][1] == shards[1][1]
    assert shards[0][1] != shards[2][1]


def test_a_tar_ends_as_tars_do(sample, tmp_path):
    shard, data = written(tmp_path, "webdataset", [sample(0)])
    assert data[shard.offsets[-1] :] == bytes(1024)
    assert written(tmp_path / "none", "webdataset", [])[1] == bytes(1024)


def test_a_tfrecord_ends_with_its_last_record(sample, tmp_path):
    shard, data = written(tmp_path, "tfrecord", [sample(0)])
    assert shard.offsets.tolist() == [0, len(data)]
    assert written(tmp_path / "none", "tfrecord", [])[1] == b""
