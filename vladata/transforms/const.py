"""out[t] = value, in `width` columns.

For dimensions that a robot does not have: rotation (language_table), gripper (cable routing). Normalising by quantiles or by
min and max maps a dimension that never changes to 0.
"""

import numpy as np


def const(length: int, value: float, width: int) -> np.ndarray:
    """Return float32 [length, width], filled with `value`."""
    return np.full((length, width), value, np.float32)
