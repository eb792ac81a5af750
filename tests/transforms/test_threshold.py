import numpy as np

from vladata.transforms.threshold import threshold


def test_equality_is_below(column):
    edge = np.float32(0.5)
    x = column([0.4, edge, np.nextafter(edge, np.float32(1)), -1, 2])
    out = threshold(x, 0.5, above=0.0, below=1.0)
    assert out[:, 0].tolist() == [1, 1, 0, 1, 0]
    assert out.dtype == np.float32


def test_each_column_by_itself(column):
    assert threshold(column([[0, 1], [1, 0]]), 0.5, 1.0, -1.0).tolist() == [[-1, 1], [1, -1]]


def test_what_is_not_finite_stays(column):
    out = threshold(column([np.nan, np.inf, 1]), 0.5, 1.0, 0.0)
    np.testing.assert_array_equal(out[:, 0], [np.nan, np.inf, 1])
