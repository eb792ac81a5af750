from itertools import pairwise

import numpy as np
import pytest

from vladata.transforms.delta_to_next import delta_to_next

POSES = np.random.default_rng(7).uniform(-3, 3, (40, 6)).astype(np.float32)
POSES[:, 4] /= 2.1  # pitch within its range


def quaternion(roll, pitch, yaw):
    """wxyz of R = Rz(yaw) Ry(pitch) Rx(roll), by the half angles: no rotation matrix as in the code under test."""
    (cr, cp, cy), (sr, sp, sy) = (
        np.cos(np.array([roll, pitch, yaw]) / 2),
        np.sin(np.array([roll, pitch, yaw]) / 2),
    )
    w, x = cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy
    return np.array([w, x, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy])


def between(one, other):
    """The angles of one^-1 other."""
    (a, b, c, d), (e, f, g, h) = quaternion(*one) * [1, -1, -1, -1], quaternion(*other)
    w, x = a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g
    y, z = a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e
    roll = np.arctan2(2 * (y * z + w * x), 1 - 2 * (x * x + y * y))
    return [roll, -np.arcsin(2 * (x * z - w * y)), np.arctan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z))]


def test_plain_differences_in_float32(column):
    out = delta_to_next(column(POSES))
    assert out.dtype == np.float32
    assert out.tolist() == [[float(b - a) for a, b in zip(s, t, strict=True)] for s, t in pairwise(POSES)]


def test_a_turn_past_pi(column):
    angles = column([[0, 0, 3.1], [0, 0, -3.1], [0, 0, 3.1]], np.float64)
    np.testing.assert_allclose(delta_to_next(angles)[:, 2], [-6.2, 6.2])
    np.testing.assert_allclose(delta_to_next(angles, "wrap_pi")[:, 2], [2 * np.pi - 6.2, 6.2 - 2 * np.pi])
    np.testing.assert_allclose(delta_to_next(angles, "compose")[:, 2], [2 * np.pi - 6.2, 6.2 - 2 * np.pi])


def test_half_a_turn_wraps_to_minus_pi(column):
    angles = column([[0, 0, 0], [np.pi, -np.pi, 3 * np.pi]], np.float64)
    np.testing.assert_allclose(delta_to_next(angles, "wrap_pi"), [[-np.pi] * 3], atol=1e-12)


def test_positions_are_subtracted_plainly(column):
    plain = delta_to_next(column(POSES))
    for rotation in ("wrap_pi", "compose"):
        np.testing.assert_array_equal(delta_to_next(column(POSES), rotation)[:, :3], plain[:, :3])


def test_wrapped_differences_are_whole_turns_away(column):
    turns = (delta_to_next(column(POSES))[:, 3:] - delta_to_next(column(POSES), "wrap_pi")[:, 3:]) / (
        2 * np.pi
    )
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-6)
    assert np.abs(np.round(turns)).max() == 1
    assert np.abs(delta_to_next(column(POSES), "wrap_pi")[:, 3:]).max() <= np.float32(np.pi)


def test_composed_rotations_equal_those_of_quaternions(column):
    poses = POSES.astype(np.float64)
    expected = [between(s, t) for s, t in pairwise(poses[:, 3:])]
    np.testing.assert_allclose(
        delta_to_next(column(poses, np.float64), "compose")[:, 3:], expected, atol=1e-9
    )
    np.testing.assert_allclose(
        delta_to_next(column(poses[:, 3:], np.float64), "compose"), expected, atol=1e-9
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_at_the_pole_roll_is_zero(column, sign):
    out = delta_to_next(column([[0, 0, 0], [0.3, sign * np.pi / 2, 0.5]], np.float64), "compose")
    np.testing.assert_allclose(out, [[0, sign * np.pi / 2, 0.5 - sign * 0.3]], atol=1e-7)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("drop", [1, 2]),
        ("zero", [1, 2, 0]),
        ("repeat", [1, 2, 2]),
        ("source", [1, 2, 9]),
    ],
)
def test_tails(column, tail, expected):
    out = delta_to_next(column([0, 1, 3]), "none", tail, column([7, 8, 9]))
    assert out[:, 0].tolist() == expected
    assert out.dtype == np.float32


@pytest.mark.parametrize(
    ("tail", "expected"), [("drop", []), ("zero", [0]), ("repeat", [0]), ("source", [9])]
)
def test_one_step(column, tail, expected):
    assert delta_to_next(column([5]), "none", tail, column([9]))[:, 0].tolist() == expected


@pytest.mark.parametrize("tail", ["drop", "zero", "repeat", "source"])
@pytest.mark.parametrize("rotation", ["none", "wrap_pi", "compose"])
def test_no_step(column, rotation, tail):
    none = column(np.zeros((0, 6)))
    assert delta_to_next(none, rotation, tail, none).shape == (0, 6)


def test_nan_spoils_only_its_neighbours(column):
    out = delta_to_next(column([0, 1, np.nan, 3, 4]))[:, 0]
    np.testing.assert_array_equal(out, [1, np.nan, np.nan, 1])
