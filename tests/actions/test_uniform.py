"""Uniform bins: literal pairs with their source, then all bins and every edge."""

import numpy as np
import pytest

from vladata.actions.bounds import RT1, RT1_X, Bounds
from vladata.actions.uniform import UniformBins

UNIT = UniformBins(Bounds((-1.0,), (1.0,)), 256)
SOME = [
    UNIT,
    UniformBins(RT1, 256),
    UniformBins(RT1_X, 256),
    UniformBins(Bounds((0.0,), (1.0,)), 256),
    UniformBins(Bounds((-0.0287,), (0.0308,)), 256),
    UniformBins(Bounds((1000.0,), (1001.0,)), 65_536),
    UniformBins(Bounds((-1.0,), (1.0,)), 2),
    UniformBins(Bounds((-1.0,), (1.0,)), 65_536),
]


def encoded(uniform, values):
    return uniform.encode(np.asarray(values, np.float32).reshape(-1, 1)).astype(np.int32).ravel().tolist()


# RT-1 (256 bins, bounds +-1): truncation, in float32; what its tokenizer gives for these values.
@pytest.mark.parametrize(
    ("value", "bin"), [(-1, 0), (-0.3, 89), (0, 127), (0.5, 191), (0.8, 229), (0.9, 242), (1, 255)]
)
def test_it_cuts_and_does_not_round(value, bin):
    assert encoded(UNIT, value) == [bin]


@pytest.mark.parametrize(
    ("value", "bin"),
    [
        (np.nextafter(np.float32(-1), np.float32(-2)), 0),
        (np.nextafter(np.float32(-1), np.float32(0)), 0),
        (np.float32(1 - 2**-24), 255),  # adding 1 to it rounds to 2
        (np.float32(1 - 2**-23), 254),
        (np.nextafter(np.float32(1), np.float32(2)), 255),
        (np.float32(-3.4e38), 0),
        (np.float32(3.4e38), 255),
        (np.float32(-0.0), 127),
        (np.float32(1e-45), 127),
    ],
)
def test_edges(value, bin):
    assert encoded(UNIT, value) == [bin]


def test_all_256_bins_decode_to_equal_steps_between_the_bounds():
    values = UNIT.decode(np.arange(256)[:, np.newaxis])
    assert values.dtype == np.float32
    assert np.array_equal(values.ravel(), np.arange(256, dtype=np.float32) / np.float32(255) * 2 - 1)
    assert values[[0, 127, 255], 0].tolist() == [-1.0, -0.003921568393707275, 1.0]


def test_encoding_what_was_decoded_drops_63_of_256_bins_by_one():
    drops = np.arange(256) - encoded(UNIT, UNIT.decode(np.arange(256)[:, np.newaxis]))
    assert np.bincount(drops).tolist() == [193, 63]


@pytest.mark.parametrize(
    "uniform", SOME, ids=lambda u: f"{u.bounds.source[0]} {u.bins} from {u.bounds.low[0]:g}"
)
def test_the_width_bounds_the_error_beside_every_edge(uniform):
    """The values at which the bin changes are the worst ones: each decoded value, and the floats around it."""
    edges = uniform.decode(np.arange(uniform.bins)[:, np.newaxis])
    beside = [np.nextafter(edges, np.float32(side), dtype=np.float32) for side in (-np.inf, np.inf)]
    values = np.clip(np.concatenate([edges, *beside]), uniform.low, uniform.high)
    bins = uniform.encode(values).astype(np.int32)
    assert bins.min() >= 0
    assert bins.max() == uniform.bins - 1
    missed = np.abs(uniform.decode(bins).astype(np.float64) - values)
    assert (missed <= uniform.width()).all()


def test_the_width_is_one_bin():
    assert UNIT.width() == pytest.approx(2 / 255, rel=1e-3)


def test_where_low_is_high_there_is_one_value():
    constant = UniformBins(Bounds((0.1, -1.0), (0.1, 1.0)), 256)
    bins = constant.encode(np.array([[-5, 0], [0.1, 0], [5, 0]], np.float32)).astype(np.int32)
    assert bins.tolist() == [[0, 127]] * 3
    assert constant.decode(np.array([[0, 0], [255, 0]]))[:, 0].tolist() == [np.float32(0.1)] * 2
    assert constant.width()[0] == 0


def test_bounds_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        UNIT.low[0] = 5
