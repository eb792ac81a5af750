import numpy as np

from vladata.transforms.affine import affine


def test_scale_and_offset(column):
    assert affine(column([-1, 0, 1]), -0.5, 0.5)[:, 0].tolist() == [1.0, 0.5, 0.0]


def test_one_number_a_column(column):
    assert affine(column([[1, 1], [2, 2]]), (10, 100), (1, 2)).tolist() == [[11, 102], [21, 202]]


def test_a_scale_that_differs_by_step(column):
    assert affine(column([[1, 2], [3, 4]]), column([10, 100]), 1).tolist() == [[11, 21], [301, 401]]
    assert affine(column([[1, 2]]), column([[3, 4]])).tolist() == [[3, 8]]


def test_from_one_range_to_another(column):
    # [lo, hi] = [0, 255] to [a, b] = [-1, 1]
    scale = (1 - -1) / (255 - 0)
    out = affine(column([0, 127.5, 255]), scale, -1 - 0 * scale)
    np.testing.assert_allclose(out[:, 0], [-1, 0, 1], atol=1e-6)


def test_bridge_of_rt1x_is_computed_in_float32(column):
    values = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    out = affine(column(values), 35.0, 0.0)
    assert out.dtype == np.float32
    assert out.tolist() == [[float(np.float32(v) * np.float32(35)) for v in row] for row in values]


def test_float64_stays(column):
    assert affine(column([0.1], np.float64), 3.0).tolist() == [[0.1 * 3.0]]


def test_what_is_not_finite_stays_so(column):
    out = affine(column([np.nan, np.inf, -np.inf]), 2.0, 1.0)[:, 0]
    np.testing.assert_array_equal(out, [np.nan, np.inf, -np.inf])
