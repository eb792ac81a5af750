import numpy as np

from vladata.transforms.invert_gripper import invert_gripper


def test_open_for_closed(column):
    assert invert_gripper(column([0, 1, 0.25]))[:, 0].tolist() == [1, 0, 0.75]


def test_it_does_not_clip(column):
    assert invert_gripper(column([-1]))[:, 0].tolist() == [2]


def test_the_type_and_nan_stay(column):
    out = invert_gripper(column([np.nan]))
    assert np.isnan(out).all()
    assert out.dtype == np.float32
