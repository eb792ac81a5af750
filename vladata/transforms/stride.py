"""Every k-th step: 0, k, 2k, ...

For absolute actions only: deltas, velocities and relative gripper commands between the kept steps are lost (the spec
refuses to integrate commands after it). Where (T - 1) mod k is not 0, the last RLDS step is removed too, and the end
of the episode moves to the last step that is left (`terminate`). Source: Octo, for ALOHA (5), RPT and GNM (3).
"""

import numpy as np


def stride(length: int, factor: int) -> np.ndarray:
    """Return int64, the positions of the steps that are left of `length`."""
    return np.arange(0, length, factor)
