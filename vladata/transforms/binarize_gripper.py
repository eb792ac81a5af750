"""Continuous opening to 0 or 1, a value in between taken from what comes next.

Going from the last step to the first: above 0.95 -> 1, below 0.05 -> 0 (so -1 counts as closed), otherwise the value
of the step after. An episode that ends in between keeps its raw last value for that tail, so the output is then not
binary: [1, .5, 0, .3, .4] -> [1, 0, 0, .4, .4]. Source: Octo and OpenVLA, binarize_gripper_actions, tail included; they
go step by step, here the next decided step's position is carried by a running minimum.
Only here: a value that is not finite stays so in its own step, where the loaders would put 0, 1 or the next value.
"""

import numpy as np

from vladata.transforms.keep_not_finite import keep_not_finite

OPEN_ABOVE = 0.95
CLOSED_BELOW = 0.05


def binarize_gripper(x: np.ndarray) -> np.ndarray:
    """Return float32 [T, W] from float [T, W], each column by itself."""
    is_open = x > OPEN_ABOVE
    decided = is_open | (x < CLOSED_BELOW)
    out = is_open.astype(np.float32)
    if np.count_nonzero(decided) < decided.size:
        steps, width = x.shape
        # at: [T, W], the nearest decided step from t on, or T - 1 where there is none
        at = np.where(decided, np.arange(steps)[:, None], steps - 1)
        at = np.minimum.accumulate(at[::-1], axis=0)[::-1]
        out = np.where(decided, out, x)[at, np.arange(width)]
    return keep_not_finite(x, out)
