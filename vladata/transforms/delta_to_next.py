"""The change from each step to the next: out[t] = s[t + 1] - s[t].

rotation: the way in which the last three of 3 or 6 columns (roll, pitch, yaw) are subtracted; subtract.py has the formulas:
    none     plainly, as Octo and OpenVLA do: from 3.1 to -3.1 it is -6.2
    wrap_pi  the difference wrapped to [-pi, pi)
    compose  the angles of R[t]^T R[t + 1], as LAP does
tail: the result of the last step, which has no next step:
    drop     no row: the result has T - 1 rows (Octo, OpenVLA), none for T = 1
    zero     zeros (LAP)
    repeat   the change of the step before; zeros if there is none (T = 1)
    source   the last row of the recorded action
Source: Octo, relabel_actions; OpenVLA, relabel_bridge_actions.
"""

from typing import Literal

import numpy as np

from vladata.transforms.subtract import Rotation, subtract

Tail = Literal["drop", "zero", "repeat", "source"]


def delta_to_next(
    s: np.ndarray, rotation: Rotation = "none", tail: Tail = "drop", recorded: np.ndarray | None = None
) -> np.ndarray:
    """Return float [T - 1, W] with `tail` drop, else [T, W]. s: float [T, W]; recorded: [T, W], for `tail` source."""
    deltas = subtract(s[1:], s[:-1], rotation)
    if tail == "drop" or len(s) == 0:
        return deltas
    return np.concatenate([deltas, _last(s, deltas, tail, recorded)])


def _last(s: np.ndarray, deltas: np.ndarray, tail: Tail, recorded: np.ndarray | None) -> np.ndarray:
    if tail == "source":
        assert recorded is not None, "the spec requires `recorded` with tail: source"
        return recorded[-1:].astype(s.dtype)
    return deltas[-1:] if tail == "repeat" and len(deltas) else np.zeros_like(s[-1:])
