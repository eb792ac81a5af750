import numpy as np

from vladata.transforms.concat import concat


def test_widths_add_in_order(column):
    out = concat([column([1, 2]), column([[3, 4], [5, 6]]), column([7, 8])])
    assert out.tolist() == [[1, 3, 4, 7], [2, 5, 6, 8]]
    assert out.dtype == np.float32


def test_one_part_and_no_step(column):
    assert concat([column([1, 2])]).tolist() == [[1], [2]]
    assert concat([column(np.zeros((0, 2))), column(np.zeros((0, 3)))]).shape == (0, 5)


def test_the_widest_type_is_kept(column):
    assert concat([column([1], np.float32), column([0.1], np.float64)]).dtype == np.float64
