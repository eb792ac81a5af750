"""Relative gripper commands to absolute opening.

    c[t] = +1 (open) if x[t] < -0.1, -1 (close) if x[t] > 0.1, else 0        both bounds strict
    s[t] = c[t] if it is not 0, else s[t - 1]; before the first command its opposite; open if there is no command
    out  = (s + 1) / 2                                                       1 open, 0 closed

The output changes in the step of the command: [0, 0, 1, 0, -1, 0] -> [1, 1, 0, 0, 1, 1]. The first command is assumed to change
the gripper. The operation must run before steps are dropped, or their commands are lost (the spec refuses that order). x is +1
for closing; data with the opposite sign needs affine with scale -1 first. Source: Octo and OpenVLA, rel2abs_gripper_actions. They
go step by step; here a running maximum finds the position of the last command. One difference: a command that is not finite stays
in its step, where these loaders ignore it.
"""

import numpy as np

from vladata.transforms.keep_not_finite import keep_not_finite

THRESHOLD = 0.1


def rel2abs_gripper(x: np.ndarray) -> np.ndarray:
    """Return float32 [T, W] from float [T, W]; columns are independent."""
    steps, width = x.shape
    if steps == 0:
        return x.astype(np.float32)
    opens = x < -THRESHOLD
    is_command = opens | (x > THRESHOLD)
    # at: [T, W], the step of the last command up to t; before any command, the step of the first one
    first = is_command.argmax(axis=0)
    at = np.maximum.accumulate(np.where(is_command, np.arange(steps)[:, None], first), axis=0)
    columns = np.arange(width)
    out = opens[at, columns]
    # Before a first command to open the gripper was closed, and the other way round; without any command it is open.
    for column, step in enumerate(first.tolist()):
        out[:step, column] = ~opens[step, column]
        if not is_command[step, column]:
            out[:, column] = True
    return keep_not_finite(x, out.astype(np.float32))
