"""Under faults of the server every answer is the right bytes or a LoadError: by ranges, and through the cache."""

import os
import random

import pytest

import vladata
from tests.remote.s3_server import FAULTS
from vladata.errors import LoadError
from vladata.shards.asking import Patience
from vladata.shards.cache_rule import CacheRule
from vladata.shards.remote_bytes import RemoteBytes

ALL = os.environ.get("VLADATA_FUZZ") == "all"
EPOCHS = 200 if ALL else 12
BRIEF = Patience(attempts=8, pause=0.002, longest=0.01, timeout=0.3)


def opened(place, rule, patience=BRIEF):
    remote = vladata.open(place[1])
    return RemoteBytes(remote._output, remote.manifest, rule, patience)


def ranges_of(local):
    """Of each sample: its shard, and its offset and length there."""
    return list(zip(*(local.index[name].to_pylist() for name in ("shard", "offset", "length")), strict=True))


def true_bytes(local, shard, offset, length):
    return (local._output.root / local.manifest.shards[shard].path).read_bytes()[offset : offset + length]


def by_shard(places):
    return {
        shard: [(o, n) for s, o, n in places if s == shard] for shard in dict.fromkeys(s for s, *_ in places)
    }


@pytest.fixture(params=["ranges", "cache"])
def rule(request, tmp_path):
    return CacheRule(str(tmp_path / "cache"), 0 if request.param == "ranges" else 10**9)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_made_good(fault, rule, place, local, proxy):
    """The first answer for each range is wrong, the next is right."""
    seen = set()

    def choose(path, range_):
        first = (path, range_) not in seen
        seen.add((path, range_))
        return fault if first else ""

    remote = opened(place, rule)
    proxy.choose = choose
    places = ranges_of(local)
    for shard, ranges in by_shard(places).items():
        found = remote.fetch(shard, ranges)
        assert [bytes(data) for data in found] == [true_bytes(local, shard, *each) for each in ranges]
    assert proxy.did[fault] >= len(local.manifest.shards)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ("whole", "garbage", "other")])
def test_a_fault_that_stays_is_a_clear_error(fault, rule, place, local, proxy):
    remote = opened(place, rule, Patience(attempts=2, pause=0.001, longest=0.001, timeout=0.2))
    proxy.choose = lambda path, range_: fault
    path = local.manifest.shards[1].path
    with pytest.raises(
        LoadError, match=rf"s3://training/.*{path}, bytes 0 to .*cannot be read, asked 2 times: \w+"
    ) as error:
        remote.fetch(1, [ranges_of(local)[6][1:]])
    assert "Look whether the server answers" in str(error.value)
    proxy.reset()
    assert bytes(remote.fetch(1, [ranges_of(local)[6][1:]])[0]) == true_bytes(local, *ranges_of(local)[6])


def test_a_server_that_sends_whole_files_serves(rule, place, local, proxy):
    proxy.choose = lambda path, range_: "whole"
    remote = opened(place, rule)
    assert bytes(remote.fetch(0, [ranges_of(local)[3][1:]])[0]) == true_bytes(local, *ranges_of(local)[3])


def test_epochs_under_random_faults(rule, place, local, proxy):
    """Each batch is right or a clear error, and most are right; with VLADATA_FUZZ=all 200 epochs."""
    chance, errors, right = random.Random(7), [], 0
    proxy.choose = lambda path, range_: chance.choice(FAULTS) if chance.random() < 0.3 else ""
    remote, places = opened(place, rule), ranges_of(local)
    for epoch in range(EPOCHS):
        order = random.Random(epoch).sample(places, len(places))
        if rule.size and epoch % 10 == 9:
            remote = opened(place, CacheRule(f"{rule.folder}-{epoch}", rule.size))  # all is fetched again
        for start in range(0, len(order), 7):
            wanted = list(by_shard(order[start : start + 7]).items())
            try:
                found = remote.fetch_many(wanted)
            except LoadError as fault:
                errors.append(str(fault))
                continue
            right += 1
            for (shard, ranges), data in zip(wanted, found, strict=True):
                for each, bytes_ in zip(ranges, data, strict=True):
                    assert bytes(bytes_) == true_bytes(local, shard, *each)
    assert right > 20 * len(errors)
    assert all("s3://training/" in says for says in errors)
    assert set(proxy.did) - {""} == set(FAULTS) or not ALL
