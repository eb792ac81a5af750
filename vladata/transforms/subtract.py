"""A relative action from an absolute target: out = a - b.

rotation: the way in which the last three of 3 or 6 columns (roll, pitch and yaw about fixed axes, radians) are subtracted:
    none     plainly
    wrap_pi  the difference wrapped to [-pi, pi)
    compose  the angles of R(b)^T R(a), the rotation that leads from b to a, in b's frame
Positions are always subtracted plainly. delta_to_next subtracts each step from the next in this way.
"""

from typing import Literal

import numpy as np

from vladata.transforms.rotations import from_matrices, to_matrices, transposed, wrapped

Rotation = Literal["none", "wrap_pi", "compose"]
ROLL_PITCH_YAW = "euler_xyz_extrinsic"


def subtract(a: np.ndarray, b: np.ndarray, rotation: Rotation = "none") -> np.ndarray:
    """Return a - b, float [T, W]; W is 3 or 6 unless `rotation` is none."""
    out: np.ndarray = a - b
    if rotation == "wrap_pi":
        out[:, -3:] = wrapped(a[:, -3:].astype(np.float64) - b[:, -3:])
    elif rotation == "compose":
        to, since = (to_matrices(x[:, -3:], ROLL_PITCH_YAW) for x in (a, b))
        out[:, -3:] = from_matrices(transposed(since) @ to, ROLL_PITCH_YAW)
    return out
