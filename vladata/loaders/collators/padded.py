"""Lists of different lengths as one array."""

from collections.abc import Sequence
from typing import Any

import numpy as np

SIDES = ("left", "right")


def padded(rows: Sequence[Sequence[Any]], empty: Any, side: str, dtype: Any) -> np.ndarray:
    """Return an array [B, L], L the longest row, with shorter rows filled up with `empty` on the left or the right."""
    longest = max(map(len, rows), default=0)
    out = np.full((len(rows), longest), empty, dtype)
    for into, row in zip(out, rows, strict=True):
        if len(row):
            into[: len(row)] = row
            if side == "left":
                into[:] = np.roll(into, longest - len(row))
    return out
