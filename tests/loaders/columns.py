"""The columns of a batch by a plain loop over samples: as vladata.shards.reading.columns has them, with nothing of its code."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vladata.records import Sample

TEXTS = ("dataset", "task", "prompt", "target", "instruction", "plan", "split", "episode", "contract")


def columns_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """The columns of some samples, each array as large as their largest."""
    rows = [as_rows(sample.action) for sample in samples]
    bins = [as_rows(sample.bins) for sample in samples]
    masks = [
        sample.mask[None] if "mask" in sample.fields else np.ones((1, len(action)))
        for sample, action in zip(samples, rows, strict=True)
    ]
    columns: dict[str, Any] = {name: [getattr(sample, name) for sample in samples] for name in TEXTS}
    columns |= {
        "key": [sample.key for sample in samples],
        "source": [sample.source for sample in samples],
        "step": np.array([sample.step for sample in samples], np.int64),
        "terminate": np.array([sample.terminate for sample in samples], np.int32),
        "loss_weight": np.array([sample.loss_weight for sample in samples], np.float32),
        "action": block(rows, np.float32, 0),
        "mask": block(masks, np.float32, 0)[:, 0] > 0,
        "valid": np.array([int(mask.sum()) for mask in masks], np.int32),
        "action_dims": np.array([action.shape[1] for action in rows], np.int32),
        "bins": block(bins, np.int32, -(2**31)),
        "state": block([sample.state[None] for sample in samples], np.float32, 0)[:, 0],
        "state_dims": np.array([len(sample.state) for sample in samples], np.int32),
        "images": [dict(sample.images) for sample in samples],
        "index": np.arange(len(samples)),
    }
    if any("frames" in sample.fields for sample in samples):
        columns["frames"] = block([sample.frames[None] for sample in samples], np.int32, -1)[:, 0]
    return columns


def as_rows(values: np.ndarray) -> np.ndarray:
    """[n] as one row, [n, d] as it is, what is empty as no row."""
    if not values.size:
        return values.reshape(0, 0)
    return values[None] if values.ndim == 1 else values


def block(rows: Sequence[np.ndarray], dtype: Any, empty: int) -> np.ndarray:
    size = [max((one.shape[axis] for one in rows), default=0) for axis in (0, 1)]
    made = np.full((len(rows), max(1, size[0]), size[1]), empty, dtype)
    for into, one in zip(made, rows, strict=True):
        into[: one.shape[0], : one.shape[1]] = one
    return made
