"""Rotations as matrices, and the forms in which datasets record them.

    quat_xyzw, quat_wxyz           a quaternion, normalised here; q and -q are one rotation
    rotvec                         axis times angle, radians; a vector shorter than 1e-8 means no rotation
    euler_ABC_extrinsic            angles about the fixed axes A, B, C in this order, radians: R = R_C R_B R_A
    euler_ABC_intrinsic            angles about the moving axes A, B, C in this order, radians: R = R_A R_B R_C
    matrix_rows, matrix_columns    the 9 numbers of R, row after row or column after column
    r6_rows, r6_columns            the first two rows, or columns, of R; made orthonormal (Zhou et al. 2019, eq. 15)

"Euler" alone means euler_xyz_extrinsic in other projects' loaders: roll, pitch, yaw, R = Rz(yaw) Ry(pitch) Rx(roll). Where
the middle angle is +-pi/2, only a sum (or difference) of the other two is known: the first becomes 0 and the last takes all of
it. A quaternion of length 0, an r6 of parallel vectors, and values that are not finite are not rotations, and give NaN.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

POLE = 1e-9  # if the sine of the middle angle is this close to 1, the angle counts as pi/2
NO_TURN = 1e-8  # radians
AXES = "xyz"


def to_matrices(values: np.ndarray, kind: str) -> np.ndarray:
    """Return rotations as float64 [T, 3, 3]. values: float [T, W] of `kind`, W = WIDTHS[kind]."""
    if kind.startswith("euler_"):
        return _from_euler(values.astype(np.float64), kind)
    return READ[kind](values.astype(np.float64))


def from_matrices(r: np.ndarray, kind: str) -> np.ndarray:
    """Return rotations as float64 [T, WIDTHS[kind]]. r: float64 [T, 3, 3]."""
    return _to_euler(r, kind) if kind.startswith("euler_") else WRITE[kind](r)


def wrapped(angles: np.ndarray) -> np.ndarray:
    """Return the angles in [-pi, pi)."""
    within: np.ndarray = (angles + np.pi) % (2 * np.pi) - np.pi
    return within


def transposed(r: np.ndarray) -> np.ndarray:
    """Return the inverse of each rotation of [T, 3, 3]."""
    return np.swapaxes(r, 1, 2)


def _order(kind: str) -> tuple[list[int], bool]:
    """Return the axes of R = R_k R_j R_i as [i, j, k], and True if the recorded angles are in the opposite order."""
    _, letters, frame = kind.split("_")
    axes = [AXES.index(letter) for letter in letters]
    return (axes, False) if frame == "extrinsic" else (axes[::-1], True)


def _from_euler(angles: np.ndarray, kind: str) -> np.ndarray:
    axes, backwards = _order(kind)
    angles = angles[:, ::-1] if backwards else angles
    i, j, k = (_about(axis, angles[:, n]) for n, axis in enumerate(axes))
    turned: np.ndarray = k @ j @ i
    return turned


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    """Return the rotations [T, 3, 3] by `angle`, radians [T], about one axis."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    r = np.zeros((len(angle), 3, 3))
    r[:, axis, axis] = 1
    r[:, one, one] = r[:, other, other] = np.cos(angle)
    r[:, other, one] = np.sin(angle)
    r[:, one, other] = -r[:, other, one]
    return r


def _to_euler(r: np.ndarray, kind: str) -> np.ndarray:
    # With e = 1 for cyclic axes, else -1:  R[k, i] = -e sin b,  R[k, j] = e cos b sin a,  R[k, k] = cos b cos a,
    # R[j, i] = e cos b sin c,  R[i, i] = cos b cos c;  and with a = 0:  R[i, j] = -e sin c,  R[j, j] = cos c.
    (i, j, k), backwards = _order(kind)
    e = 1 if (j - i) % 3 == 1 else -1
    sine = np.clip(-e * r[:, k, i], -1.0, 1.0)
    at_pole = np.abs(sine) > 1 - POLE
    a = np.where(at_pole, 0.0, np.arctan2(e * r[:, k, j], r[:, k, k]))
    c = np.where(at_pole, np.arctan2(-e * r[:, i, j], r[:, j, j]), np.arctan2(e * r[:, j, i], r[:, i, i]))
    angles = [a, np.arcsin(sine), c]
    return np.stack(angles[::-1] if backwards else angles, axis=1)


def _from_quaternion(q: np.ndarray, real: int) -> np.ndarray:
    """Return the matrices of quaternions. real: the column of the real part."""
    q = q / np.linalg.norm(q, axis=1, keepdims=True)
    w, (x, y, z) = q[:, real], np.delete(q, real, axis=1).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _to_quaternion(r: np.ndarray, real: int) -> np.ndarray:
    """Return quaternions whose real part is not negative, by the formula with the largest divisor of four (Shepperd 1978)."""
    trace = r[:, 0, 0] + r[:, 1, 1] + r[:, 2, 2]
    squares = np.stack([r[:, 0, 0], r[:, 1, 1], r[:, 2, 2], trace], axis=1)
    largest = squares.argmax(axis=1)
    q = np.empty((len(r), 4))  # x, y, z, w
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        rows = largest == i
        m = r[rows]
        q[rows, i] = 1 - trace[rows] + 2 * m[:, i, i]
        q[rows, j], q[rows, k] = m[:, j, i] + m[:, i, j], m[:, k, i] + m[:, i, k]
        q[rows, 3] = m[:, k, j] - m[:, j, k]
    rows = largest == 3
    m = r[rows]
    q[rows, 0], q[rows, 1], q[rows, 2] = (
        m[:, 2, 1] - m[:, 1, 2],
        m[:, 0, 2] - m[:, 2, 0],
        m[:, 1, 0] - m[:, 0, 1],
    )
    q[rows, 3] = 1 + trace[rows]
    q *= np.where(q[:, 3:] < 0, -1.0, 1.0) / np.linalg.norm(q, axis=1, keepdims=True)
    return q if real == 3 else np.roll(q, 1, axis=1)


def _from_rotvec(v: np.ndarray) -> np.ndarray:
    """Return the matrices of rotation vectors, by Rodrigues' formula."""
    angle = np.linalg.norm(v, axis=1)
    axis = v / np.where(angle < NO_TURN, 1.0, angle)[:, None]
    angle = np.where(angle < NO_TURN, 0.0, angle)
    x, y, z = axis.T
    zero = np.zeros_like(x)
    cross = np.moveaxis(np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]), 2, 0)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    turned: np.ndarray = np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)
    return turned


def _to_rotvec(r: np.ndarray) -> np.ndarray:
    q = _to_quaternion(r, 3)
    length = np.linalg.norm(q[:, :3], axis=1)
    angle = 2 * np.arctan2(length, q[:, 3])
    vectors: np.ndarray = (
        q[:, :3] * np.where(length < NO_TURN, 2.0, angle / np.where(length < NO_TURN, 1.0, length))[:, None]
    )
    return vectors


def _from_r6(values: np.ndarray, rows: bool) -> np.ndarray:
    one, other = values[:, :3], values[:, 3:]
    one = one / np.linalg.norm(one, axis=1, keepdims=True)
    other = other - (one * other).sum(axis=1, keepdims=True) * one
    other = other / np.linalg.norm(other, axis=1, keepdims=True)
    return np.stack([one, other, np.cross(one, other)], axis=1 if rows else 2)


READ: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "quat_xyzw": partial(_from_quaternion, real=3),
    "quat_wxyz": partial(_from_quaternion, real=0),
    "rotvec": _from_rotvec,
    "matrix_rows": lambda m: m.reshape(-1, 3, 3),
    "matrix_columns": lambda m: transposed(m.reshape(-1, 3, 3)),
    "r6_rows": partial(_from_r6, rows=True),
    "r6_columns": partial(_from_r6, rows=False),
}
WRITE: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "quat_xyzw": partial(_to_quaternion, real=3),
    "quat_wxyz": partial(_to_quaternion, real=0),
    "rotvec": _to_rotvec,
    "matrix_rows": lambda r: r.reshape(-1, 9),
    "matrix_columns": lambda r: transposed(r).reshape(-1, 9),
    "r6_rows": lambda r: r[:, :2].reshape(-1, 6),
    "r6_columns": lambda r: transposed(r)[:, :2].reshape(-1, 6),
}
WIDTHS: Mapping[str, int] = {
    "quat_xyzw": 4,
    "quat_wxyz": 4,
    "rotvec": 3,
    "euler": 3,
    "matrix_rows": 9,
    "matrix_columns": 9,
    "r6_rows": 6,
    "r6_columns": 6,
}


def width(kind: str) -> int:
    """Return the number of columns of `kind`."""
    return WIDTHS[kind.partition("_")[0] if kind.startswith("euler_") else kind]
