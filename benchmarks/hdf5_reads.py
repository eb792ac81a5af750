"""One HDF5 file read by h5py alone and by vladata: `python -m benchmarks.hdf5_reads FILE`."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np

from benchmarks.measure import tell
from vladata.sources.readers import open_source
from vladata.sources.source import Source

WANTED = frozenset(["actions", "obs/ee_states", "obs/agentview_rgb", "obs/eye_in_hand_rgb"])


def main(file: str) -> None:
    source = open_source(file)
    _bare(file)  # not timed: the first use of h5py, which also brings the file into the system's cache
    _told("h5py", lambda: _bare(file))
    _told("scan", lambda: _scan(source))
    places = [(record.place, record.crc) for record in source.scan(source.shards("train")[0])]
    room = np.empty(max(place.length for place, _ in places), np.uint8).data
    _told("read", lambda: _read(source, places, room))


def _told(work: str, read: Callable[[], int]) -> None:
    start = time.perf_counter()
    steps = read()
    tell(steps, time.perf_counter() - start, work)


def _bare(file: str) -> int:
    """Read every dataset of every demo into new memory."""
    steps = 0
    with h5py.File(file, "r") as opened:
        for demo in opened["data"].values():
            values = list(_values(demo))
            steps += max(map(len, values))
    return steps


def _values(group: Any) -> Iterator[np.ndarray]:
    for found in group.values():
        if isinstance(found, h5py.Group):
            yield from _values(found)
        else:
            yield found[()]


def _scan(source: Source) -> int:
    (shard,) = source.shards("train")
    return sum(len(source.decode("train", r.place, r.data, WANTED)) for r in source.scan(shard))


def _read(source: Source, places: list[Any], room: memoryview) -> int:
    steps = 0
    for place, crc in places:
        data = source.read(place, crc, room[: place.length])
        steps += len(source.decode("train", place, data, WANTED))
    return steps


if __name__ == "__main__":
    main(sys.argv[1])
