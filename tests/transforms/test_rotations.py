"""Every form there and back, against scipy; the poles and what is no rotation by hand."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vladata.transforms.rotations import from_matrices, to_matrices, width

MANY = Rotation.random(200, random_state=np.random.default_rng(3))
EULER = [
    f"euler_{''.join(axes)}_{frame}" for axes in permutations("xyz") for frame in ("extrinsic", "intrinsic")
]
KINDS = ["quat_xyzw", "quat_wxyz", "rotvec", "matrix_rows", "matrix_columns", "r6_rows", "r6_columns", *EULER]


def by_scipy(rotations, kind):
    if kind.startswith("euler_"):
        _, axes, frame = kind.split("_")
        return rotations.as_euler(axes if frame == "extrinsic" else axes.upper())
    matrices = rotations.as_matrix()
    q = rotations.as_quat(canonical=True)
    return {
        "quat_xyzw": q,
        "quat_wxyz": np.roll(q, 1, axis=1),
        "rotvec": rotations.as_rotvec(),
        "matrix_rows": matrices.reshape(-1, 9),
        "matrix_columns": np.swapaxes(matrices, 1, 2).reshape(-1, 9),
        "r6_rows": matrices[:, :2].reshape(-1, 6),
        "r6_columns": np.concatenate([matrices[:, :, 0], matrices[:, :, 1]], axis=1),
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_as_scipy_has_it(kind):
    values = by_scipy(MANY, kind)
    assert values.shape[1] == width(kind)
    np.testing.assert_allclose(to_matrices(values, kind), MANY.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(from_matrices(MANY.as_matrix(), kind), values, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_is_the_same_rotation(kind):
    special = Rotation.from_rotvec(np.pi * np.vstack([np.eye(3), np.zeros(3), np.eye(3) / 2, -np.eye(3) / 2]))
    matrices = special.as_matrix()
    np.testing.assert_allclose(to_matrices(from_matrices(matrices, kind), kind), matrices, atol=1e-7)


@pytest.mark.parametrize("kind", EULER)
@pytest.mark.parametrize("sign", [1, -1])
def test_at_the_pole_the_angle_turned_first_is_0(kind, sign):
    """That is the first of fixed axes, the last of moving ones."""
    angles = np.array([[0.4, sign * np.pi / 2, 0.3]])
    found = from_matrices(to_matrices(angles, kind), kind)
    assert found[0, 0 if kind.endswith("extrinsic") else 2] == 0
    assert found[0, 1] == pytest.approx(sign * np.pi / 2, abs=1e-6)
    np.testing.assert_allclose(to_matrices(found, kind), to_matrices(angles, kind), atol=1e-7)


def test_the_loaders_formula_for_a_unit_quaternion():
    """facts: roll = atan2(2(yz + wx), 1 - 2(xx + yy)), pitch = -asin(2(xz - wy)), yaw = atan2(2(xy + wz), 1 - 2(yy + zz))."""
    q = MANY.as_quat()
    x, y, z, w = q.T
    expected = [
        np.arctan2(2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
        -np.arcsin(2 * (x * z - w * y)),
        np.arctan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z)),
    ]
    found = from_matrices(to_matrices(q, "quat_xyzw"), "euler_xyz_extrinsic")
    np.testing.assert_allclose(found, np.transpose(expected), atol=1e-9)


def test_a_quaternion_is_normalised_and_its_sign_means_nothing():
    q = MANY.as_quat()
    for other in (3.5 * q, -q):
        np.testing.assert_allclose(to_matrices(other, "quat_xyzw"), MANY.as_matrix(), atol=1e-12)
    assert (from_matrices(MANY.as_matrix(), "quat_xyzw")[:, 3] >= 0).all()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("quat_xyzw", [[0.0, 0, 0, 0]]),
        ("r6_rows", [[1.0, 0, 0, 2, 0, 0]]),
        ("r6_columns", [[0.0, 0, 0, 1, 0, 0]]),
        ("rotvec", [[np.nan, 0, 0]]),
        ("euler_xyz_extrinsic", [[0, np.inf, 0]]),
    ],
)
def test_what_is_no_rotation_is_not_finite(kind, values):
    with np.errstate(all="ignore"):
        found = from_matrices(to_matrices(np.array(values), kind), "euler_xyz_extrinsic")
    assert np.isnan(found).any()


def test_a_rotvec_too_short_to_have_an_axis():
    np.testing.assert_array_equal(to_matrices(np.full((1, 3), 1e-9), "rotvec"), np.eye(3)[None])
    np.testing.assert_array_equal(to_matrices(np.zeros((1, 3)), "rotvec"), np.eye(3)[None])


def test_no_steps():
    for kind in KINDS:
        assert from_matrices(to_matrices(np.zeros((0, width(kind))), kind), kind).shape == (0, width(kind))
