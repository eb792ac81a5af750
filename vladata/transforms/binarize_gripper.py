"""Continuous opening to 0 or 1; a value in between takes the next 0 or 1.

From the last step to the first: above 0.95 -> 1, below 0.05 -> 0 (so -1 counts as closed), otherwise the result of the next
step. Steps in between at the end of an episode all get its raw last value, so the output is then not binary:
[1, .5, 0, .3, .4] -> [1, 0, 0, .4, .4]. Source: Octo and OpenVLA, binarize_gripper_actions, including this end. They go step by
step; here a running minimum finds the position of the next decided step.
One difference: a value that is not finite stays in its step, where these loaders would put 0, 1 or the next value.
"""

import numpy as np

from vladata.transforms.keep_not_finite import keep_not_finite

OPEN_ABOVE = 0.95
CLOSED_BELOW = 0.05


def binarize_gripper(x: np.ndarray) -> np.ndarray:
    """Return float32 [T, W] from float [T, W]; columns are independent."""
    is_open = x > OPEN_ABOVE
    decided = is_open | (x < CLOSED_BELOW)
    out = is_open.astype(np.float32)
    if np.count_nonzero(decided) < decided.size:
        steps, width = x.shape
        # at: [T, W], the first decided step at or after t, or T - 1 where there is none
        at = np.where(decided, np.arange(steps)[:, None], steps - 1)
        at = np.minimum.accumulate(at[::-1], axis=0)[::-1]
        out = np.where(decided, out, x)[at, np.arange(width)]
    return keep_not_finite(x, out)
