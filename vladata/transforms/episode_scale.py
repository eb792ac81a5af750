"""The distance that one unit of the action stands for, one number for each episode: k = |a[0]| / |p[1] - p[0]|.

GNM (Octo) scales positions by k, so that they have the action's unit. The operation must run before a stride, which would put
another step in the place of p[1]. A first move of length 0, and an episode of one step, give infinity or NaN: the steps of the
episode are then rejected as not finite.
"""

import numpy as np


def episode_scale(a: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return float64 [T, 1], equal in every row. a: float [T, W]; p: float [T, V]."""
    if len(a) == 0:
        return np.zeros((0, 1))
    move = np.linalg.norm(p[1].astype(np.float64) - p[0]) if len(p) > 1 else np.nan
    return np.full((len(a), 1), np.linalg.norm(a[0].astype(np.float64)) / move)
