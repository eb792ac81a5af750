"""The chunks of actions that targets spell, from the index alone, for a codec that learns from them."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from vladata.index.summary import rows_of
from vladata.transforms.windows import WindowRule, windows


def chunks_of(parts: Iterable[pa.Table], dimensions: int, rule: WindowRule) -> Iterator[np.ndarray]:
    """Yield chunks, float32 [N, H, D], one block per episode that has a window.

    parts: the parts of the index, as selection/at_windows.py cuts them: `action` begins at the first window.
    """
    ahead = WindowRule(chunk=rule.chunk, tail=rule.tail)
    for part in parts:
        rows = rows_of(part, "action", dimensions)
        counts = part["action"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False) // dimensions
        ends = np.cumsum(counts)
        for start, stop in zip((ends - counts).tolist(), ends.tolist(), strict=True):
            if stop > start:
                yield rows[start:stop][windows(stop - start, ahead).rows]
