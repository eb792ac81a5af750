"""out[t] = value, in `width` columns.

Pads what a robot does not have: rotation (language_table), gripper (cable routing). Normalising by quantiles or by
min and max maps a dimension that never changes to 0.
"""

import numpy as np


def const(length: int, value: float, width: int) -> np.ndarray:
    """float32 [length, width]."""
    return np.full((length, width), value, np.float32)
