"""The samples of each source of a mixture by number: the row of the k-th sample of source s among all samples.

Memory holds the counts of each source in each block of 1,024 samples, 8 bytes for each source and block: 4 MB for 100 million
samples of five sources. The counts show which block holds the k-th sample, and that block is searched.
"""

from collections.abc import Callable

import numpy as np

BLOCK = 1024
SCANNED = 1 << 17  # samples that are counted together
TOGETHER = 4096  # blocks that are searched together


class Parted:
    """The samples of some sources.

    sizes: int64 [S], the number of samples of each source.
    """

    def __init__(self, codes: Callable[[np.ndarray], np.ndarray], samples: int, sources: int) -> None:
        """Count the samples. codes: a function from rows of 0..samples-1, int64 [n], to their sources, int [n] of 0..sources-1;
        other numbers are no source."""
        self._codes, self._samples = codes, samples
        counts = [
            self._counted(start, min(start + SCANNED, samples), sources)
            for start in range(0, samples, SCANNED)
        ]
        none = np.zeros((1, sources), np.int64)
        # before[b, s]: samples of source s before block b; one row more than there are blocks.
        self._before = np.cumsum(np.concatenate([none, *counts]), axis=0)

    @property
    def sizes(self) -> np.ndarray:
        return np.asarray(self._before[-1])

    def rows(self, source: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Return the rows, int64 [P], of the number-th samples (from 0) of sources; int [P] each."""
        found = np.empty(len(number), np.int64)
        for start in range(0, len(number), TOGETHER):
            some = slice(start, start + TOGETHER)
            found[some] = self._rows(source[some], number[some])
        return found

    def _rows(self, source: np.ndarray, number: np.ndarray) -> np.ndarray:
        block = np.empty(len(number), np.int64)
        for each in np.unique(source).tolist():
            here = source == each
            block[here] = np.searchsorted(self._before[:, each], number[here], side="right") - 1
        blocks, own = np.unique(block, return_inverse=True)
        rows = blocks[:, None] * BLOCK + np.arange(BLOCK)
        inside = rows < self._samples
        codes = np.full(rows.shape, -1, np.int64)
        codes[inside] = self._codes(rows[inside])
        rest = number - self._before[block, source]
        # The place in each block at which the wanted sample of the source comes.
        place = np.argmax(np.cumsum(codes[own] == source[:, None], axis=1) > rest[:, None], axis=1)
        return np.asarray(block * BLOCK + place)

    def _counted(self, start: int, stop: int, sources: int) -> np.ndarray:
        """Return int64 [blocks, sources]: samples of each source in the blocks of rows start..stop."""
        codes = self._codes(np.arange(start, stop)).astype(np.int64)
        known = (codes >= 0) & (codes < sources)
        cell = (np.arange(stop - start) // BLOCK * sources + codes)[known]
        blocks = -(-(stop - start) // BLOCK)
        return np.asarray(np.bincount(cell, minlength=blocks * sources).reshape(blocks, sources))
