import numpy as np
import pytest

from vladata.transforms.cast import cast


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([True, False], bool, [1.0, 0.0]),
        ([3, -4], np.int64, [3.0, -4.0]),
        ([255, 0], np.uint8, [255.0, 0.0]),
        ([0.1, 1e-50], np.float64, [float(np.float32(0.1)), 0.0]),
    ],
)
def test_everything_becomes_float32(column, values, dtype, expected):
    out = cast(column(values, dtype))
    assert out[:, 0].tolist() == expected
    assert out.dtype == np.float32


def test_float32_is_not_copied(column):
    given = column([1.5, 2.5])
    assert np.shares_memory(cast(given), given)
