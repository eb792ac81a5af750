import numpy as np

from vladata.transforms.clip import clip
from vladata.transforms.invert_gripper import invert_gripper


def test_bounds_are_kept(column):
    assert clip(column([-2, -1.74, 0, 1.74, 2]), -1.74, 1.74)[:, 0].tolist() == [
        *np.float32([-1.74, -1.74, 0, 1.74, 1.74]).tolist()
    ]


def test_nan_stays_and_infinity_is_cut(column):
    np.testing.assert_array_equal(clip(column([np.nan, np.inf, -np.inf]), 0, 1)[:, 0], [np.nan, 1, 0])


def test_before_invert_gripper_zero_ends_as_open(column):
    assert invert_gripper(clip(column([-1, 0, 1]), 0, 1))[:, 0].tolist() == [1, 1, 0]


def test_the_type_stays(column):
    assert clip(column([5], np.float32), 0, 1).dtype == np.float32
    assert clip(column([5], np.float64), 0, 0.1).tolist() == [[0.1]]
