"""delta_to_next is this operation, so the formulas are tested there too."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vladata.transforms.subtract import subtract

RNG = np.random.default_rng(11)
A, B = (np.hstack([RNG.uniform(-1, 1, (50, 3)), RNG.uniform(-1.5, 1.5, (50, 3))]) for _ in range(2))


def test_plainly(column):
    np.testing.assert_array_equal(subtract(column(A, np.float64), column(B, np.float64)), A - B)
    assert subtract(column([5, 7]), column([2, 9]))[:, 0].tolist() == [3, -2]


@pytest.mark.parametrize("width", [3, 6])
def test_compose_is_the_rotation_from_one_to_the_other(width, column):
    a, b = column(A[:, -width:], np.float64), column(B[:, -width:], np.float64)
    out = subtract(a, b, "compose")
    since, to = (Rotation.from_euler("xyz", x[:, -3:]) for x in (b, a))
    np.testing.assert_allclose(out[:, -3:], (since.inv() * to).as_euler("xyz"), atol=1e-12)
    np.testing.assert_array_equal(out[:, :-3], a[:, :-3] - b[:, :-3])


def test_wrap_pi(column):
    out = subtract(column([[0, 0, 3.0]], np.float64), column([[0, 0, -3.0]], np.float64), "wrap_pi")
    np.testing.assert_allclose(out, [[0, 0, 6 - 2 * np.pi]])


def test_equal_poses_are_no_motion(column):
    for rotation in ("none", "wrap_pi", "compose"):
        np.testing.assert_allclose(subtract(column(A), column(A), rotation), np.zeros_like(A), atol=1e-6)


def test_nobody_writes_into_what_was_given_and_the_dtype_stays(column):
    assert subtract(column(A), column(B), "compose").dtype == np.float32
