"""Stable identities, and everything random derived from them.

Rule: identity first, randomness from it. A seed is a hash of the run's seed and the names of what it is for, each with
its length in front, so that ("a", "bc") and ("ab", "c") differ and no two purposes ever share a stream, as they do
when seeds are made by addition (epoch 1 of seed 42 is epoch 0 of seed 43). No global generator, clock, host name or
PYTHONHASHSEED reaches an output. Changing anything here changes the order of every shuffled dataset: the literals in
tests/test_keys.py are there to make that loud.
"""

import hashlib
import struct
from typing import NamedTuple

import numpy as np
import orjson


def seed_of(root: int, *names: str | int) -> int:
    """A 64-bit seed for the purpose that `names` spell, under the run's `root` seed."""
    state = hashlib.blake2b(digest_size=8)
    for name in (root, *names):
        data = f"{type(name).__name__}:{name}".encode()
        state.update(len(data).to_bytes(8, "little") + data)
    return int.from_bytes(state.digest(), "little")


def uniforms(root: int, *names: str | int) -> tuple[float, ...]:
    """Eight numbers of 0 <= u < 1, multiples of 2**-53, for the purpose that `names` spell, under the run's `root` seed."""
    state = hashlib.blake2b(digest_size=64)
    for name in (root, *names):
        data = f"{type(name).__name__}:{name}".encode()
        state.update(len(data).to_bytes(8, "little") + data)
    return tuple((word >> 11) * 2.0**-53 for word in struct.unpack("<8Q", state.digest()))


def permutation(count: int, root: int, *names: str | int) -> np.ndarray:
    """0..count-1 in a random order, int64 [count], fixed by (root, names) on every machine and numpy >= 1.17.

    Sorting random 64-bit words rather than Generator.permutation: numpy promises the stream of PCG64's raw words, and
    does not promise the stream of its methods (NEP 19).
    """
    words = np.random.PCG64(seed_of(root, *names)).random_raw(count)
    return np.argsort(words, kind="stable")


def canonical_json(value: object) -> bytes:
    """`value` as JSON with sorted keys and no spaces: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def episode_id(split: str, shard: int, record: int) -> str:
    """Where an episode stands in its source, "train-00003-000017": split, file number, record number in the file."""
    return f"{split}-{shard:05d}-{record:06d}"


class SampleId(NamedTuple):
    """Which sample of its dataset it is.

    episode: as episode_id has it.
    step:    RLDS step number; of a web corpus the number of the pair in its record.
    task:    what is asked of the step.
    """

    episode: str
    step: int
    task: str


def sample_key(dataset: str, episode: str, step: int, task: str = "") -> str:
    """The WebDataset key of a sample. It holds no dot, since a dot would end the key for every reader of tars.

    task: where a step has samples of several tasks; "" where it has one.
    """
    key = f"{dataset}-{episode}-{step:04d}"
    return (f"{key}-{task}" if task else key).replace(".", "_")
