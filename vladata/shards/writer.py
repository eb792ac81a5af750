"""Samples -> one shard: its bytes, its checksum, and the place of each sample in it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vladata.formats import tar
from vladata.records import Sample
from vladata.shards import examples, webdataset
from vladata.shards.naming import Format
from vladata.shards.storage import Output
from vladata.shards.whole import Buffer

ENCODERS: dict[Format, Callable[[Sample], Sequence[Buffer]]] = {
    "webdataset": webdataset.buffers,
    "tfrecord": examples.buffers,
}
ENDS = {"webdataset": tar.END, "tfrecord": b""}


@dataclass(frozen=True, slots=True)
class Shard:
    """A written shard.

    path:     relative to the output folder.
    samples:  number of samples.
    bytes:    length of the file.
    checksum: "xxh3:" and 16 hexadecimal digits, of the whole file.
    offsets:  int64 [samples + 1]: sample i is the bytes from offsets[i] to offsets[i + 1].
    """

    path: str
    samples: int
    bytes: int
    checksum: str
    offsets: np.ndarray


def write_shard(output: Output, path: str, samples: Iterable[Sample], fmt: Format) -> Shard:
    """Write one shard, whole or not at all; equal samples in equal order give equal bytes."""
    offsets = [0]
    written = output.write(path, _buffers(samples, fmt, offsets))
    return Shard(path, len(offsets) - 1, written.bytes, written.checksum, np.array(offsets, np.int64))


def _buffers(samples: Iterable[Sample], fmt: Format, offsets: list[int]) -> Iterator[Buffer]:
    encode, at = ENCODERS[fmt], 0
    for sample in samples:
        pieces = encode(sample)
        at += sum(map(len, pieces))
        offsets.append(at)
        yield from pieces
    if ENDS[fmt]:
        yield ENDS[fmt]
