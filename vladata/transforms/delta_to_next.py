"""What changes from each step to the next: out[t] = s[t + 1] - s[t].

rotation says how the last three of 3 or 6 columns (roll, pitch, yaw about fixed axes, R = Rz(yaw) Ry(pitch) Rx(roll),
radians) are subtracted:
    none     plainly, as Octo and OpenVLA do: from 3.1 to -3.1 it is -6.2
    wrap_pi  the difference wrapped to [-pi, pi)
    compose  the angles of R[t]^T R[t + 1], as LAP does; at pitch = +-pi/2 roll is 0 and yaw has the rest
tail says what the last step gets, which has no next:
    drop     nothing: the result has T - 1 rows (Octo, OpenVLA)
    zero     zeros (LAP)
    repeat   the delta before it; zeros when there is none (T = 1)
    source   the last row of the recorded action
Positions are subtracted plainly in every case. T = 1 with drop leaves nothing. Source: Octo, relabel_actions; OpenVLA,
relabel_bridge_actions.
"""

from typing import Literal

import numpy as np

Rotation = Literal["none", "wrap_pi", "compose"]
Tail = Literal["drop", "zero", "repeat", "source"]

# Within this of 1, |sin(pitch)| is at the pole, where roll and yaw are about one axis.
POLE = 1e-9


def delta_to_next(
    s: np.ndarray, rotation: Rotation = "none", tail: Tail = "drop", recorded: np.ndarray | None = None
) -> np.ndarray:
    """float [T, W] -> float [T - 1, W] with `tail` drop, else [T, W]; `recorded` is [T, W], for `tail` source."""
    deltas: np.ndarray = s[1:] - s[:-1]
    if rotation == "wrap_pi":
        deltas[:, -3:] = _wrapped(s[1:, -3:].astype(np.float64) - s[:-1, -3:])
    elif rotation == "compose":
        matrices = _matrices(s[:, -3:].astype(np.float64))
        deltas[:, -3:] = _angles(np.swapaxes(matrices[:-1], 1, 2) @ matrices[1:])
    if tail == "drop" or len(s) == 0:
        return deltas
    return np.concatenate([deltas, _last(s, deltas, tail, recorded)])


def _last(s: np.ndarray, deltas: np.ndarray, tail: Tail, recorded: np.ndarray | None) -> np.ndarray:
    if tail == "source":
        assert recorded is not None, "the spec asks for `recorded` with tail: source"
        return recorded[-1:].astype(s.dtype)
    return deltas[-1:] if tail == "repeat" and len(deltas) else np.zeros_like(s[-1:])


def _wrapped(angles: np.ndarray) -> np.ndarray:
    wrapped: np.ndarray = (angles + np.pi) % (2 * np.pi) - np.pi
    return wrapped


def _matrices(angles: np.ndarray) -> np.ndarray:
    """[T, 3] roll, pitch, yaw -> [T, 3, 3] rotation matrices."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(angles).T, np.sin(angles).T
    rows = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _angles(r: np.ndarray) -> np.ndarray:
    """[T, 3, 3] rotation matrices -> [T, 3] roll, pitch, yaw."""
    sine = np.clip(-r[:, 2, 0], -1.0, 1.0)
    at_pole = np.abs(sine) > 1 - POLE
    roll = np.where(at_pole, 0.0, np.arctan2(r[:, 2, 1], r[:, 2, 2]))
    yaw = np.where(at_pole, np.arctan2(-r[:, 0, 1], r[:, 1, 1]), np.arctan2(r[:, 1, 0], r[:, 0, 0]))
    return np.stack([roll, np.arcsin(sine), yaw], axis=1)
