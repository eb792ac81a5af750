"""Columns of several sources, merged into one batch: each source's samples at their places, in the shapes of the batch."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from vladata.shards.reading.columns import EMPTY, NO_FRAME, Columns, Shapes

_FOR_FRAMES = ("step", "contract")


def asked(wanted: Collection[str], source: Shapes) -> list[str]:
    """Return the columns to read from a source so that `merged` can make the wanted ones. A source whose samples show one frame
    has no `frames`; there `step` is the frame of a sample with actions."""
    lacking = [name for name in wanted if name not in source.names]
    found = [name for name in wanted if name not in lacking]
    return found + [name for name in _FOR_FRAMES if lacking and name not in found]


def merged(parts: Sequence[tuple[np.ndarray, Columns]], wanted: Collection[str], shapes: Shapes) -> Columns:
    """Return one batch from parts, each with the places of its samples in the batch, int64 [b]; together they are 0..B-1.

    shapes: of the batch; each size is the largest of all sources.
    """
    count = sum(len(at) for at, _ in parts)
    given = [(at, _with_frames(part) if "frames" in wanted else part) for at, part in parts]
    return {name: _merged(name, [(at, part[name]) for at, part in given], count, shapes) for name in wanted}


def _merged(name: str, parts: Sequence[tuple[np.ndarray, Any]], count: int, shapes: Shapes) -> Any:
    if name not in EMPTY:
        out: list[Any] = [None] * count
        for at, values in parts:
            for i, value in zip(at.tolist(), values, strict=True):
                out[i] = value
        return out
    dtype, empty = EMPTY[name]
    sizes = [shapes.size(name), *(values.shape[1:] for _, values in parts)]
    array = np.full((count, *(max(each) for each in zip(*sizes, strict=True))), empty, dtype)
    for at, values in parts:
        here: tuple[Any, ...] = (at, *(slice(size) for size in values.shape[1:]))
        array[here] = values
    return array


def _with_frames(part: Columns) -> Columns:
    if "frames" in part:
        return part
    frames = [
        step if contract else NO_FRAME for step, contract in zip(part["step"], part["contract"], strict=True)
    ]
    return part | {"frames": np.array(frames, np.int32).reshape(-1, 1)}
