"""One instance of every codec of the table with one bin a dimension, and how its values are drawn."""

import numpy as np

from vladata.actions.bin_codec import BinCodec
from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.actions.codecs.table import CODECS
from vladata.actions.statistics import Statistics

ONE_BIN_A_DIMENSION = sorted(name for name, kind in CODECS.items() if issubclass(kind, BinCodec))

# Bridge-like: metres, radians, a gripper; dz never moves, droll lies far from zero, dyaw is wide.
STATISTICS = Statistics(
    NAMES,
    1000,
    (0.0, 0.0, 0.25, 700.0, 0.0, 0.0, 0.5),
    (0.01, 0.01, 0.0, 1.0, 0.01, 100.0, 0.5),
    (-0.4, -0.04, 0.25, 690.0, -0.004, -4000.0, 0.0),
    (0.4, 0.05, 0.25, 710.0, 0.005, 4000.0, 1.0),
    (-0.03, -0.02, 0.25, 695.5, -0.0013, -2500.0, 0.0),
    (0.03, 0.025, 0.25, 704.5, 0.0017, 2500.0, 1.0),
)


def made(name, **settings):
    """The codec with STATISTICS, or with its own dimensions where it has others."""
    own = getattr(CODECS[name], "usual_names", NAMES)
    given = STATISTICS if own == NAMES else None
    gripper = "open_absolute" if "gripper" in own else "none"
    return codec(name, given, gripper=gripper, **settings)


def drawn(codec, count, seed=0):
    """float32 [count, D] within the codec's bounds: even draws, the bounds, each bin's value, and the floats beside those."""
    rng = np.random.default_rng(seed)
    low, high = codec.low.astype(np.float64), codec.high.astype(np.float64)
    values = (low + rng.random((count, len(low))) * (high - low)).astype(np.float32)
    edges = edges_of(codec)
    values[: len(edges)] = edges[: len(values)]
    values = np.clip(values, codec.low, codec.high)
    if codec.kind == "rt1-base":
        values[:, -1] = rng.integers(0, 2, count)
    return values


def edges_of(codec):
    """float32 [E, D]: the bounds and zero, and the value of each bin and the borders between, with their neighbours."""
    bins = every_bin(codec)
    values = codec.decode(bins)[:, -len(codec.names) :]
    borders = (values[:-1] + values[1:]) / 2
    points = np.concatenate([[codec.low, codec.high, np.zeros_like(codec.low)], values, borders]).astype(
        np.float32
    )
    beside = [np.nextafter(points, np.float32(side), dtype=np.float32) for side in (-np.inf, np.inf)]
    return np.concatenate([points, *beside])


def every_bin(codec):
    """int32 [B, W], each bin in every dimension."""
    least, most = codec._text.least[-1], codec._text.most[-1]
    rows = np.repeat(np.arange(least, most + 1, dtype=np.int32)[:, np.newaxis], codec.width, axis=1)
    if codec.spelled_names[0] == "terminate":
        rows[:, 0] = 1
    return rows
