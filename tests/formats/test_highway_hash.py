"""HighwayHash against its authors' test vectors: the bytes 0, 1, 2, ... hashed under the key of the bytes 0 to 31."""

import sys
import threading

import pytest

from vladata.errors import CorruptRecord, MissingExtra
from vladata.formats import highway_hash
from vladata.formats.highway_hash import LARGEST, PAGE, Hasher
from vladata.formats.riegeli import KEY

COUNTING = (0x0706050403020100, 0x0F0E0D0C0B0A0908, 0x1716151413121110, 0x1F1E1D1C1B1A1918)
SIGNATURE = bytes.fromhex(  # the first 64 bytes of every Riegeli file, with three hashes
    "83af70d10d884a3f0000000000000000400000000000000091bac23c9287e1a9"
    "0000000000000000e19f13c0e9b1c37273000000000000000000000000000000"
)


def hashed(data: bytes, key=COUNTING, hasher: Hasher | None = None) -> int:
    hasher = hasher or Hasher(key)
    hasher.room(len(data))[:] = data
    return hasher.hash(0, len(data))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 0x907A56DE22C26E53),
        (1, 0x7EAB43AAC7CDDD78),
        (2, 0xB8D0569AB0B53D62),
        (3, 0x5C6BEFAB8A463D80),
        (4, 0xF205A46893007EDA),
        (15, 0x40793F86A449F33B),
        (16, 0xCFAB3489F97EB832),
        (17, 0x19FE67D2C8C5C0E2),
        (19, 0x75D9518E2371C504),
        (31, 0x9FC7007CCF035A68),
        (32, 0xA0C964D9ECD580FC),
        (33, 0x2C90F73CA03181FC),
        (63, 0xAB8EEBE9BF2139A0),
        (64, 0x75542C5D4CD2A6FF),
    ],
)
def test_is_that_of_its_authors(size, expected):
    assert hashed(bytes(range(size))) == expected


@pytest.mark.parametrize(("start", "stop", "at"), [(8, 24, 0), (32, 64, 24), (64, 64, 40)])
def test_is_that_of_riegeli(start, stop, at):
    hasher = Hasher(KEY)
    hasher.room(64)[:] = SIGNATURE
    assert hasher.hash(start, stop) == int.from_bytes(SIGNATURE[at : at + 8], "little")


def test_a_hasher_is_used_again_and_grows():
    hasher = Hasher(COUNTING)
    long = bytes(range(256)) * 1024
    for data in (b"a" * 31, long, b"", bytes(range(64)), long[: PAGE - 64], long[: PAGE - 63]):
        assert hashed(data, hasher=hasher) == hashed(data), len(data)
    assert hashed(long) != hashed(long[:-1] + b"\0")


def test_one_bit_changes_it():
    data = bytes(range(100))
    turned = {hashed(bytes(b ^ (place == at) for place, b in enumerate(data))) for at in range(100)}
    assert len(turned | {hashed(data)}) == 101


def test_more_than_its_memory_is_an_error():
    with pytest.raises(CorruptRecord, match="a chunk is too large to be checked"):
        Hasher(COUNTING).room(LARGEST + 1)


def test_threads_have_hashers_of_their_own():
    data = [bytes([n]) * 300_000 for n in range(4)]
    expected, found = [hashed(each) for each in data], [[] for _ in data]

    def work(n):
        hasher = Hasher(COUNTING)
        found[n] = [hashed(data[n], hasher=hasher) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[each] * 20 for each in expected]


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    highway_hash._compiled.cache_clear()
    with pytest.raises(
        MissingExtra, match="the checksums of ArrayRecord files need the package wasmtime"
    ) as caught:
        Hasher(COUNTING)
    assert caught.value.hint == f'{sys.executable} -m pip install "vladata[beam]"'
