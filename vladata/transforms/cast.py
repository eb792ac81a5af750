"""Booleans, integers and float64 as float32; true is 1.0.

Source: the open_gripper of bridge and toto, target_close of bc_z, and other columns that are not float32.
"""

import numpy as np


def cast(x: np.ndarray) -> np.ndarray:
    """float32 of the same shape; what float32 cannot hold becomes infinite, which `faults` then names."""
    return x.astype(np.float32, copy=False)
