"""Booleans, integers and float64 as float32; true is 1.0.

Needed for open_gripper of bridge and toto, target_close of bc_z, and other columns that are not float32.
"""

import numpy as np


def cast(x: np.ndarray) -> np.ndarray:
    """Return `x` as float32; a number too large for float32 becomes infinite, which `faults` then reports."""
    return x.astype(np.float32, copy=False)
