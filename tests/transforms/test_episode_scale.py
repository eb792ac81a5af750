import numpy as np

from vladata.transforms.episode_scale import episode_scale


def test_the_first_actions_length_over_the_first_moves(column):
    a, p = column([[3, 4], [9, 9], [0, 0]]), column([[1, 1], [1, 3], [7, 7]])
    assert episode_scale(a, p).tolist() == [[2.5], [2.5], [2.5]]


def test_no_move_and_no_second_step_are_not_finite(column):
    with np.errstate(all="ignore"):
        assert np.isinf(episode_scale(column([[1, 0], [1, 0]]), column([[2, 2], [2, 2]]))).all()
        assert np.isnan(episode_scale(column([[1, 0]]), column([[2, 2]]))).all()
    assert episode_scale(column(np.zeros((0, 2))), column(np.zeros((0, 2)))).shape == (0, 1)
