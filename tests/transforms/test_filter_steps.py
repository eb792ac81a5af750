import numpy as np

from vladata.transforms.filter_steps import filter_steps


def test_a_step_goes_when_all_tests_hold():
    idle, same = np.array([True, True, False, True]), np.array([True, False, True, True])
    assert filter_steps([idle, same]).tolist() == [1, 2]
    assert filter_steps([idle]).tolist() == [2]
    assert filter_steps([np.zeros(0, bool)]).tolist() == []
