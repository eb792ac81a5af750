"""out = min(max(x, low), high). NaN stays NaN.

With clip to [0, 1] and then `invert_gripper`, {-1, 1} becomes {1, 0}: -1 -> 0 -> 1, 0 -> 0 -> 1, 1 -> 1 -> 0, so 0 becomes
open, too. Source: Octo and OpenVLA (tf.clip_by_value), RT-1-X's training colab for Bridge.
"""

import numpy as np


def clip(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return `x` [T, W] with its values limited to `low` and `high`."""
    out: np.ndarray = np.minimum(np.maximum(x, x.dtype.type(low)), x.dtype.type(high))
    return out
