import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vladata.transforms.rotate_frame import about_z, rotate_frame

TURNS = Rotation.random(30, random_state=np.random.default_rng(5))
MOTIONS = np.random.default_rng(6).uniform(-1, 1, (30, 6))


def test_gnm_turns_a_plane_by_the_robots_yaw(column):
    """facts: x' = cos dx + sin dy, y' = -sin dx + cos dy."""
    yaw = np.linspace(-3, 3, 30)
    dx, dy = MOTIONS[:, 0], MOTIONS[:, 1]
    expected = [np.cos(yaw) * dx + np.sin(yaw) * dy, -np.sin(yaw) * dx + np.cos(yaw) * dy]
    out = rotate_frame(column(MOTIONS[:, :2], np.float64), about_z(yaw[:, None]), inverse=True)
    np.testing.assert_allclose(out, np.transpose(expected), atol=1e-12)


@pytest.mark.parametrize("inverse", [False, True])
def test_three_columns_are_a_vector(inverse, column):
    out = rotate_frame(column(MOTIONS[:, :3], np.float64), TURNS.as_matrix(), inverse)
    np.testing.assert_allclose(out, TURNS.apply(MOTIONS[:, :3], inverse=inverse), atol=1e-12)


def test_six_columns_are_a_vector_and_a_rotation(column):
    """DROID's wrist frame: R^-1 v and R^-1 dR R."""
    out = rotate_frame(column(MOTIONS, np.float64), TURNS.as_matrix(), inverse=True)
    turn = TURNS.inv() * Rotation.from_euler("xyz", MOTIONS[:, 3:]) * TURNS
    np.testing.assert_allclose(out[:, :3], TURNS.inv().apply(MOTIONS[:, :3]), atol=1e-12)
    np.testing.assert_allclose(out[:, 3:], turn.as_euler("xyz"), atol=1e-9)


def test_there_and_back(column):
    there = rotate_frame(column(MOTIONS, np.float64), TURNS.as_matrix(), inverse=False)
    np.testing.assert_allclose(rotate_frame(there, TURNS.as_matrix(), inverse=True), MOTIONS, atol=1e-9)


def test_one_matrix_for_all_steps_and_the_dtype_stays(column):
    jaco = np.array([[[0, -1, 0], [1, 0, 0], [0, 0, 1]]])  # LAP: x' = -y, y' = x
    out = rotate_frame(column(MOTIONS[:, :3]), jaco, inverse=False)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, np.stack([-MOTIONS[:, 1], MOTIONS[:, 0], MOTIONS[:, 2]], 1), atol=1e-6)
    assert rotate_frame(column(np.zeros((0, 6))), jaco, inverse=True).shape == (0, 6)
