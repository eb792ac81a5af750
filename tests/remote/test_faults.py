"""Under faults of the server every batch is that of the folder, or a clear error: by ranges, and through the cache."""

import os
import random

import pytest

import vladata
from tests.remote.columns import plain
from tests.remote.s3_server import FAULTS
from vladata.errors import LoadError
from vladata.shards.remote.asking import RetryRule

ALL = os.environ.get("VLADATA_FUZZ") == "all"
EPOCHS = 200 if ALL else 6
BRIEF = RetryRule(attempts=8, pause=0.002, longest=0.01, timeout=0.3)
STAYING = [fault for fault in FAULTS if fault not in ("whole", "garbage", "other")]


@pytest.fixture(params=["ranges", "cache"])
def cache(request, tmp_path):
    """A setting of the cache."""
    return {"folder": tmp_path / "cache", "size": 0 if request.param == "ranges" else "1GB"}


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Little patience, that tests are short."""
    monkeypatch.setattr("vladata.shards.remote.asking.RETRY_RULE", BRIEF)


def once(fault):
    """Wrong is the first answer for each range, and the next is right."""
    seen = set()

    def choose(path, range_):
        first = (path, range_) not in seen
        seen.add((path, range_))
        return fault if first else ""

    return choose


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_made_good(fault, cache, place, local, proxy):
    remote = vladata.open(place[1], cache=cache)
    proxy.choose = once(fault)
    for batch in ([0, 1, 9, 15, 23], [22, 3, 3, 8]):
        assert plain(remote.read_batch(batch)) == plain(local.read_batch(batch))
    assert proxy.did[fault] >= 5  # four shards and the index


@pytest.mark.parametrize("fault", STAYING)
def test_a_fault_that_stays_is_a_clear_error(fault, cache, place, local, proxy, monkeypatch):
    monkeypatch.setattr("vladata.shards.remote.asking.RETRY_RULE", RetryRule(2, 0.001, 0.001, timeout=0.2))
    remote = vladata.open(place[1], cache=cache)
    remote.places  # noqa: B018, the index is read while the server is honest
    proxy.choose = lambda path, range_: fault
    path = local.manifest.shards[1].path
    says = rf"s3://training/.*{path}, bytes \d.* to .*: the file cannot be read, requested 2 times: \w+"
    with pytest.raises(LoadError, match=says) as error:
        remote.read_batch([6])
    assert "Check that the server answers" in str(error.value)
    proxy.reset()
    assert plain(remote.read_batch([6])) == plain(local.read_batch([6]))


def test_a_manifest_is_asked_for_again(place, local, proxy):
    proxy.faulty = (*proxy.faulty, "manifest.json")
    for fault in ("reset", "cut", "500"):
        proxy.choose = once(fault)
        assert len(vladata.open(place[1])) == 24
        assert proxy.did[fault] == 1


def test_an_index_that_does_not_come_is_a_clear_error(cache, place, local, proxy):
    proxy.choose = lambda path, range_: "503"
    with pytest.raises(
        LoadError, match=r"s3://.*/index\.arrow, bytes 0 to .*cannot be read, requested 8 times"
    ):
        vladata.open(place[1], cache=cache)[0]


def test_a_server_that_sends_whole_files_serves(cache, place, local, proxy):
    proxy.choose = lambda path, range_: "whole"
    assert vladata.open(place[1], cache=cache)[3].key == local[3].key


@pytest.mark.parametrize("fault", ["garbage", "other"])
def test_bytes_that_stay_wrong_are_never_a_sample(fault, cache, place, local, proxy):
    remote = vladata.open(place[1], cache=cache)
    remote.places  # noqa: B018
    proxy.choose = lambda path, range_: fault
    with pytest.raises(LoadError, match=r"there is no whole sample|the file is damaged|requested 8 times"):
        remote.read_batch([6, 7])


def test_epochs_under_random_faults(cache, place, local, proxy):
    """With VLADATA_FUZZ=all 200 epochs, else some."""
    chance, errors, right = random.Random(7), [], 0
    truth = plain(local.read_batch(range(24)))
    remote = vladata.open(place[1], cache=cache)
    proxy.choose = lambda path, range_: chance.choice(FAULTS) if chance.random() < 0.3 else ""
    for epoch in range(EPOCHS):
        order = random.Random(epoch).sample(range(24), 24)
        if cache["size"] and epoch % 4 == 3:  # all is fetched again
            remote = vladata.open(place[1], cache={**cache, "folder": cache["folder"] / str(epoch)})
        for start in range(0, 24, 8):
            batch = order[start : start + 8]
            try:
                found = plain(remote.read_batch(batch))
            except LoadError as fault:
                errors.append(str(fault))
                continue
            right += 1
            assert found == {name: [values[i] for i in batch] for name, values in truth.items()}
    assert right > 20 * len(errors)
    assert all("s3://training/" in says for says in errors)
    assert sum(proxy.did[fault] for fault in FAULTS) >= EPOCHS // 4


def test_a_training_loop_under_random_faults(cache, place, local, proxy):
    """vladata.load over the same server: two epochs, each sample once, in the order and with the pixels of the folder."""
    chance = random.Random(3)
    loaders = [
        vladata.load(path, 5, image_size=16, workers=2, **more)
        for path, more in ((place[1], {"cache": cache}), (place[0], {}))
    ]
    proxy.choose = lambda path, range_: chance.choice(FAULTS) if chance.random() < 0.2 else ""
    for _ in range(2):
        remote, there = (list(loader) for loader in loaders)
        assert [batch["key"] for batch in remote] == [batch["key"] for batch in there]
        assert all((a["images"] == b["images"]).all() for a, b in zip(remote, there, strict=True))
        assert sorted(key for batch in remote for key in batch["key"]) == sorted(each.key for each in local)
