"""Rotations and frames as a schema declares them."""

import numpy as np
import pytest

from tests.transforms.chains import concat, run
from vladata.errors import SourceError

ANGLES = np.array([[0.1, 0.2, 0.3], [-1, 0.5, 2]], np.float32)


def test_rotations_change_form_and_frame():
    to_quat = {
        "op": "convert_rotation",
        "in": "action",
        "out": "$q",
        "from": "euler_xyz_extrinsic",
        "to": "quat_xyzw",
    }
    back = {
        "op": "convert_rotation",
        "in": "$q",
        "out": "$e",
        "from": "quat_xyzw",
        "to": "euler_xyz_extrinsic",
    }
    action, _ = run(to_quat, back, concat("$e"), names=("r", "p", "y"), action=ANGLES)
    np.testing.assert_allclose(action, ANGLES, atol=1e-6)
    quarter = {"op": "rotate_frame", "in": "action", "out": "$t", "frame": "constant", "inverse": False}
    quarter["matrix"] = [0, -1, 0, 1, 0, 0, 0, 0, 1]
    action, _ = run(quarter, concat("$t"), names=("x", "y", "z"), action=ANGLES)
    np.testing.assert_allclose(action, np.stack([-ANGLES[:, 1], ANGLES[:, 0], ANGLES[:, 2]], 1))
    half = {
        "op": "rotate_frame",
        "in": "action[0:2]",
        "out": "$t",
        "frame": "yaw",
        "angle": "yaw",
        "inverse": True,
    }
    action, _ = run(half, concat("$t"), names=("x", "y"), action=ANGLES, yaw=np.full(2, np.pi))
    np.testing.assert_allclose(action, -ANGLES[:, :2], atol=1e-6)
    pose = {
        "op": "rotate_frame",
        "in": "action",
        "out": "$t",
        "frame": "rotation",
        "rotation": "pose",
        "inverse": True,
    }
    pose["from"] = "rotvec"
    turned = np.array([[0, 0, np.pi / 2]] * 2)
    action, _ = run(pose, concat("$t"), names=("x", "y", "z"), action=ANGLES, pose=turned)
    np.testing.assert_allclose(action, np.stack([ANGLES[:, 1], -ANGLES[:, 0], ANGLES[:, 2]], 1), atol=1e-6)


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (
            {"op": "convert_rotation", "in": "action", "from": "quat_xyzw", "to": "rotvec"},
            '"action" is not a rotation of the form quat_xyzw; got .*3 columns.*allowed: 4',
        ),
        (
            {"op": "rotate_frame", "in": "action[0]", "frame": "yaw", "angle": "action[0]", "inverse": True},
            "is not a motion that rotate_frame can turn; got .*1 columns.*allowed: 2 or 3 or 6",
        ),
        (
            {"op": "rotate_frame", "in": "action", "frame": "yaw", "angle": "action", "inverse": True},
            '"action" is not an angle',
        ),
        (
            {"op": "subtract", "in": "action[0:2]", "minus": "action", "rotation": "none"},
            "cannot be subtracted",
        ),
        (
            {"op": "subtract", "in": "action[0:2]", "minus": "action[0:2]", "rotation": "compose"},
            "needs roll, pitch and yaw",
        ),
    ],
)
def test_what_does_not_fit_is_named(operation, says):
    with pytest.raises(SourceError, match=says):
        run({**operation, "out": "$r"}, concat("$r"))
