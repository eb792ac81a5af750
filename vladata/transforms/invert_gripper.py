"""out = 1 - x: open-ness from closed-ness, and back.

It does not clip: 1 - (-1) = 2, so a source of -1 and 1 needs `clip` first. Source: Octo and OpenVLA,
invert_gripper_actions.
"""

import numpy as np


def invert_gripper(x: np.ndarray) -> np.ndarray:
    """Return 1 - x, float [T, W]."""
    out: np.ndarray = x.dtype.type(1) - x
    return out
