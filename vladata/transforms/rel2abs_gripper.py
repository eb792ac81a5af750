"""Relative gripper commands to absolute opening.

    c[t] = +1 (open) if x[t] < -0.1, -1 (close) if x[t] > 0.1, else 0        both bounds strict
    s[t] = c[t] if it is not 0, else s[t - 1]; before the first command the opposite of it; without any command open
    out  = (s + 1) / 2                                                       1 open, 0 closed

The output changes at the command itself: [0, 0, 1, 0, -1, 0] -> [1, 1, 0, 0, 1, 1]. It assumes that the first command changes
the gripper, and has to run before steps are dropped, or their commands are lost (the spec refuses that order). x is +1 for
closing; the opposite sign needs affine(-1) first. Source: Octo and OpenVLA, rel2abs_gripper_actions; they carry step by step,
here the position of the last command is carried by a running maximum. Only here: a command that is not finite stays so in its
own step, where the loaders would ignore it.
"""

import numpy as np

from vladata.transforms.keep_not_finite import keep_not_finite

THRESHOLD = 0.1


def rel2abs_gripper(x: np.ndarray) -> np.ndarray:
    """Return float32 [T, W] from float [T, W], each column by itself."""
    steps, width = x.shape
    if steps == 0:
        return x.astype(np.float32)
    opens = x < -THRESHOLD
    is_command = opens | (x > THRESHOLD)
    # at: [T, W], the step of the last command so far, or, before any, of the first command
    first = is_command.argmax(axis=0)
    at = np.maximum.accumulate(np.where(is_command, np.arange(steps)[:, None], first), axis=0)
    columns = np.arange(width)
    out = opens[at, columns]
    # A first command to open means that it was closed before, and the other way round; with none it is open.
    for column, step in enumerate(first.tolist()):
        out[:step, column] = ~opens[step, column]
        if not is_command[step, column]:
            out[:, column] = True
    return keep_not_finite(x, out.astype(np.float32))
