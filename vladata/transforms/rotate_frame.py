"""A motion in another frame of reference.

    W = 2 or 3   v -> R v; with inverse, R^T v
    W = 6        the first three as above; the last three are roll, pitch and yaw of a rotation D, and become roll, pitch and yaw
                 of R D R^T; with inverse, of R^T D R

If R is the orientation of the gripper in the base's frame, `inverse` takes a motion from the base's frame to the gripper's. GNM
(Octo) uses this with the robot's yaw for W = 2; OpenVLA uses it with W = 6 for DROID's wrist frame.
"""

import numpy as np

from vladata.transforms.rotations import from_matrices, to_matrices, transposed
from vladata.transforms.subtract import ROLL_PITCH_YAW


def rotate_frame(x: np.ndarray, r: np.ndarray, inverse: bool) -> np.ndarray:
    """Return the turned motion [T, W], in the dtype of x.

    x: float [T, W], W = 2, 3 or 6; r: rotations [T or 1, 3, 3]. W = 2 uses the x and y of R.
    """
    r = transposed(r) if inverse else r
    if x.shape[1] == 2:
        r = r[:, :2, :2]
    parts = [(r @ x[:, : r.shape[1], None])[:, :, 0]]
    if x.shape[1] == 6:
        turn = to_matrices(x[:, 3:], ROLL_PITCH_YAW)
        parts.append(from_matrices(r @ turn @ transposed(r), ROLL_PITCH_YAW))
    return np.concatenate(parts, axis=1).astype(x.dtype)


def about_z(yaw: np.ndarray) -> np.ndarray:
    """Return rotations about z, [T, 3, 3]. yaw: radians [T, 1]."""
    return to_matrices(np.pad(yaw, ((0, 0), (2, 0))), ROLL_PITCH_YAW)
