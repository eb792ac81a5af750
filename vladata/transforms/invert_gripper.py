"""out = 1 - x: 1 for open becomes 1 for closed, and the other way round.

Values are not clipped: 1 - (-1) = 2, so a source with -1 and 1 needs `clip` first. Source: Octo and OpenVLA,
invert_gripper_actions.
"""

import numpy as np


def invert_gripper(x: np.ndarray) -> np.ndarray:
    """Return 1 - x, float [T, W]."""
    out: np.ndarray = x.dtype.type(1) - x
    return out
