import numpy as np

from vladata.transforms.const import const


def test_one_value_for_every_step():
    out = const(3, 0.5, 2)
    assert out.tolist() == [[0.5, 0.5]] * 3
    assert out.dtype == np.float32


def test_no_step():
    assert const(0, 1.0, 4).shape == (0, 4)
