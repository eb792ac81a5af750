"""Chunks of actions from the index: those that a codec is fitted to, in memory that does not grow with the dataset.

A row of the index holds the actions of an episode that targets spell (selection/at_windows.py), and each run of H of them is a
chunk, as samples with `tail: drop` have it.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from vladata.index.summary import rows_of

BLOCK = 1 << 20  # numbers at a time


def chunks_of(parts: Iterable[pa.Table], dimensions: int, chunk: int) -> Iterator[np.ndarray]:
    """Blocks of chunks, float32 [N, H, D], in the order of the index; N differs. dimensions: D.   chunk: H."""
    for part in parts:
        rows = rows_of(part, "action", dimensions)
        lengths = part["action"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False) // dimensions
        starts = np.cumsum(lengths) - lengths
        counts = np.maximum(lengths - (chunk - 1), 0)  # of chunks, an episode
        first = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        step = max(1, BLOCK // (chunk * dimensions))
        for at in range(0, len(first), step):
            yield rows[first[at : at + step, np.newaxis] + np.arange(chunk)]
