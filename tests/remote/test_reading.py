"""Samples and batches of a URL are those of the folder: with and without a cache, after a fork, in threads, in a mixture."""

import multiprocessing
import pickle
import random
import threading

import fsspec
import pytest

import vladata
from tests.remote import child
from tests.remote.columns import plain
from vladata.errors import ChecksumMismatch, LoadError, UsageError
from vladata.shards.remote.asking import RetryRule


@pytest.fixture(params=["ranges", "cache"])
def cache_size(request, tmp_path):
    return {"folder": tmp_path / "cache", "size": 0 if request.param == "ranges" else "1GB"}


@pytest.fixture
def remote(place, local, cache_size):
    return vladata.open(place[1], cache=cache_size)


def test_samples_are_those_of_the_folder(remote, local):
    for i in (0, 23, 7, -1):
        assert (remote[i].key, remote[i].images) == (local[i].key, local[i].images)
        assert remote[i].fields.keys() == local[i].fields.keys()
    assert [sample.key for sample in remote.read([5, 20, 5])] == [local[i].key for i in (5, 20, 5)]


def test_batches_are_those_of_the_folder(remote, local):
    for epoch in range(3):
        order = random.Random(epoch).sample(range(24), 24)
        for start in (0, 8, 16):
            batch = order[start : start + 8]
            assert plain(remote.read_batch(batch)) == plain(local.read_batch(batch))


def test_a_batch_asks_for_all_its_shards_at_once(place, local, proxy, tmp_path):
    remote = vladata.open(place[1], cache={"folder": tmp_path, "size": 0})
    remote.read_batch([0])
    proxy.reset()
    proxy.choose = lambda path, range_: "slow"
    remote.read_batch([0, 7, 13, 19, 1])
    assert len(proxy.asked) == 4  # samples 0 and 1 come in one request
    assert proxy.most_under_way == 4


def test_with_a_cache_each_shard_is_fetched_once(place, local, proxy, tmp_path):
    for _ in range(2):  # and not again when it is opened another time
        remote = vladata.open(place[1], cache={"folder": tmp_path, "size": "1GB"})
        for epoch in range(3):
            remote.read_batch(random.Random(epoch).sample(range(24), 24))
    assert len(proxy.asked) == 4 + 1  # the shards, and index.arrow


def test_a_missing_shard_is_a_clear_error(place, local, remote, proxy):
    path = local.manifest.shards[2].path
    system, at = fsspec.filesystem("s3"), f"{place[1]}/{path}"
    system.rm(at)
    try:
        with pytest.raises(
            LoadError, match=rf"{path}, bytes .* cannot be read, requested once: FileNotFoundError"
        ):
            remote.read_batch([0, 13])
        assert remote.read_batch([0])["key"] == [local[0].key]
    finally:
        system.put_file(str(place[0] / path), at)


def test_a_damaged_sample_is_named_and_others_are_read(place, local, proxy, tmp_path):
    """Without a cache, by what the sample's form tells."""
    path = local.manifest.shards[0].path
    offset, episode, step = (local.index[name][1].as_py() for name in ("offset", "episode", "step"))
    data = bytearray((place[0] / path).read_bytes())
    data[offset + 3] ^= 0xFF
    system, at = fsspec.filesystem("s3"), f"{place[1]}/{path}"
    system.pipe_file(at, bytes(data))
    try:
        remote = vladata.open(place[1], cache={"folder": tmp_path, "size": 0})
        with pytest.raises(
            LoadError,
            match=rf"dataset bridge_dataset, s3://.*{path}, bridge_dataset {episode} step {step} action: the sample",
        ):
            remote.read_batch([0, 1, 2])
        faults = []
        assert remote.read_batch([0, 1, 2], faults=faults)["key"] == [local[0].key, local[2].key]
        assert [position for position, _ in faults] == [1]
        with pytest.raises(ChecksumMismatch, match="there is no whole sample"):
            remote[1]
        cached = vladata.open(place[1], cache={"folder": tmp_path, "size": "1GB"})
        with pytest.raises(LoadError, match="the fetched bytes do not match the manifest"):
            cached.read_batch([0])
    finally:
        system.put_file(str(place[0] / path), at)


def test_a_dead_server_is_no_fault_of_a_sample(remote, proxy, monkeypatch):
    """It is raised where samples that cannot be loaded are left out: an epoch without samples would look like training."""
    remote.read_batch([0])
    monkeypatch.setattr(remote._reader.shards, "_retry_rule", RetryRule(attempts=2, pause=0.001, timeout=0.5))
    proxy.choose = lambda path, range_: "reset"
    with pytest.raises(LoadError, match=r"cannot be read, requested 2 times"):
        remote.read_batch([8, 9, 14], faults=[])


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_other_processes(method, remote, local, cache_size):
    """fsspec's loop does not outlive a fork: the child opens its own file system, the parent goes on with its."""
    if method == "spawn" and (local.manifest.format == "tfrecord" or cache_size["size"]):
        pytest.skip("starting Python takes long, and one kind of output is enough")
    assert remote.read_batch([3, 9])["key"] == [local[3].key, local[9].key]
    context = multiprocessing.get_context(method)
    results = context.Queue()
    started = [
        context.Process(target=child.keys, args=(remote, [i, i + 12], results), daemon=True) for i in (0, 1)
    ]
    for process in started:
        process.start()
    found = sorted(results.get(timeout=60) for _ in started)
    assert found == sorted([local[i].key, local[i + 12].key] for i in (0, 1))
    for process in started:
        process.join(20)
    assert [process.exitcode for process in started] == [0, 0]
    assert remote.read_batch([4])["key"] == [local[4].key]


def test_threads(remote, local):
    keys, faults = [sample.key for sample in local], []

    def work(seed):
        for epoch in range(4):
            batch = random.Random(seed * 100 + epoch).sample(range(24), 9)
            if remote.read_batch(batch)["key"] != [keys[i] for i in batch]:
                faults.append(batch)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_pickled(remote, local):
    again = pickle.loads(pickle.dumps(remote[4:]))
    assert again[0].key == local[4].key
    assert again._output.cache == remote._output.cache


def test_what_is_no_cache(place):
    with pytest.raises(UsageError, match=r'"many" is not a size'):
        vladata.open(place[1], cache="many")
