import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vladata.transforms.convert_rotation import convert_rotation

MANY = Rotation.random(50, random_state=np.random.default_rng(4))


@pytest.mark.parametrize(
    ("source", "to", "given", "expected"),
    [
        ("quat_xyzw", "euler_xyz_extrinsic", MANY.as_quat(), MANY.as_euler("xyz")),
        ("rotvec", "euler_xyz_extrinsic", MANY.as_rotvec(), MANY.as_euler("xyz")),
        ("euler_zxy_intrinsic", "euler_xyz_extrinsic", MANY.as_euler("ZXY"), MANY.as_euler("xyz")),
        ("matrix_columns", "rotvec", np.swapaxes(MANY.as_matrix(), 1, 2).reshape(-1, 9), MANY.as_rotvec()),
    ],
)
def test_what_the_datasets_need(source, to, given, expected, column):
    np.testing.assert_allclose(convert_rotation(column(given, np.float64), source, to), expected, atol=1e-9)
    single = convert_rotation(column(given), source, to)
    assert single.dtype == np.float32
    np.testing.assert_allclose(
        single, expected, atol=2e-3
    )  # near the poles float32 says little of roll and yaw


def test_a_quaternion_of_length_0_is_not_finite(column):
    with np.errstate(all="ignore"):
        assert np.isnan(convert_rotation(column([[0, 0, 0, 0]]), "quat_xyzw", "rotvec")).all()
