"""Stable identities, and all random numbers, which are derived from them.

Rule: identity first, randomness from it. A seed is a hash of the run's seed and the names of its purpose, each with
its length in front, so that ("a", "bc") and ("ab", "c") differ and no two purposes ever share a stream, as they do
when seeds are made by addition (epoch 1 of seed 42 is epoch 0 of seed 43). No global generator, clock, host name or
PYTHONHASHSEED reaches an output. Changing anything here changes the order of every shuffled dataset: the literals in
tests/test_keys.py make such a change fail.
"""

import hashlib
import struct
from typing import NamedTuple

import numpy as np
import orjson


def seed_of(root: int, *names: str | int) -> int:
    """Return a 64-bit seed for the purpose that `names` spell, under the run's `root` seed."""
    state = hashlib.blake2b(digest_size=8)
    for name in (root, *names):
        data = f"{type(name).__name__}:{name}".encode()
        state.update(len(data).to_bytes(8, "little") + data)
    return int.from_bytes(state.digest(), "little")


def uniforms(root: int, *names: str | int) -> tuple[float, ...]:
    """Return eight numbers, 0 <= u < 1 and multiples of 2**-53, for the purpose that `names` spell, under the run's `root`
    seed."""
    state = hashlib.blake2b(digest_size=64)
    for name in (root, *names):
        data = f"{type(name).__name__}:{name}".encode()
        state.update(len(data).to_bytes(8, "little") + data)
    return tuple((word >> 11) * 2.0**-53 for word in struct.unpack("<8Q", state.digest()))


def permutation(count: int, root: int, *names: str | int) -> np.ndarray:
    """Return 0..count-1 in a random order, int64 [count], fixed by (root, names) on every machine and numpy >= 1.17.

    It sorts random 64-bit words and does not use Generator.permutation: numpy promises the stream of PCG64's raw words, and
    not that of the methods of Generator (NEP 19).
    """
    words = np.random.PCG64(seed_of(root, *names)).random_raw(count)
    return np.argsort(words, kind="stable")


def canonical_json(value: object) -> bytes:
    """Return `value` as JSON with sorted keys and no spaces: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def episode_id(split: str, shard: int, record: int) -> str:
    """Return the place of an episode in its source, "train-00003-000017": split, file number, record number in the file."""
    return f"{split}-{shard:05d}-{record:06d}"


class SampleId(NamedTuple):
    """The identity of a sample within its dataset.

    episode: the result of episode_id.
    step:    RLDS step number; in a web corpus, the number of the pair in its record.
    task:    the name of the task.
    """

    episode: str
    step: int
    task: str


def sample_key(dataset: str, episode: str, step: int, task: str = "") -> str:
    """Return the WebDataset key of a sample. It holds no dot, since readers of tars end the key at the first dot.

    task: the name of the task if a step has samples of several tasks; "" if it has samples of one.
    """
    key = f"{dataset}-{episode}-{step:04d}"
    return (f"{key}-{task}" if task else key).replace(".", "_")
