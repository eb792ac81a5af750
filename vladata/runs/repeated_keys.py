"""Find keys that several samples of an output share: a reader of tars joins neighbours with one key to one sample, or stops.

Memory holds 8 bytes of each key's hash, 0.8 GB for a hundred million samples; samples with equal hashes are read again, and
reported if their keys are equal too.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import xxhash

from vladata.errors import VladataError
from vladata.runs.findings import Discrepancy
from vladata.shards.dataset import Dataset
from vladata.shards.naming import INDEX


class KeyCounts:
    """The keys of an output's shards. add: adds those of a shard that begins at position `first` of the dataset."""

    def __init__(self) -> None:
        self._hashes: list[np.ndarray] = []  # uint64 [samples of a shard]
        self._positions: list[np.ndarray] = []  # int64, of the same samples in the dataset

    def add(self, first: int, keys: Iterable[str]) -> None:
        hashes = np.array(
            [xxhash.xxh3_64_intdigest(key.encode("utf-8", "surrogatepass")) for key in keys], np.uint64
        )
        self._hashes.append(hashes)
        self._positions.append(np.arange(first, first + len(hashes)))

    def findings(self, dataset: Dataset) -> Iterator[Discrepancy]:
        """Yield the keys that occur more than once, in the order of their hashes, with their counts."""
        if not self._hashes:
            return
        hashes, positions = np.concatenate(self._hashes), np.concatenate(self._positions)
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        same = hashes[1:] == hashes[:-1]
        for start, stop in _runs(same):
            try:
                yield from _repeated([dataset[int(i)].key for i in positions[order[start:stop]]])
            except VladataError as fault:  # no sample begins at the place that the index gives
                yield Discrepancy(INDEX, str(fault))


def _runs(same: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each run of equal neighbours. same: bool [n - 1], True if an item equals the next."""
    edges = np.diff(np.concatenate([[0], same.view(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist()
    return ((start, stop + 1) for start, stop in zip(starts, stops, strict=True))


def _repeated(keys: list[str]) -> Iterator[Discrepancy]:
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            yield Discrepancy(
                f"key {key}", f"{keys.count(key):,} samples have this key; only one may have it"
            )
