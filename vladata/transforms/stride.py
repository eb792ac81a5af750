"""Every k-th step: 0, k, 2k, ...

For absolute actions only: deltas, velocities and relative gripper commands between the kept steps are lost (the spec
refuses rel2abs_gripper after a stride). Where (T - 1) mod k is not 0, the last RLDS step is removed, too, and the flag of the
episode's end moves to the last step that is left (terminate.py). Source: Octo, for ALOHA (k = 5), RPT and GNM (k = 3).
"""

import numpy as np


def stride(length: int, factor: int) -> np.ndarray:
    """Return int64, the positions of the steps that are left of `length` steps."""
    return np.arange(0, length, factor)
