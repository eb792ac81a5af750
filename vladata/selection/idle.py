"""Stretches in which nothing moves: up to 70% of the frames of some datasets, from which a policy learns to stand still.

openpi leaves out stretches of more than 7 idle steps of DROID, since most policies run the first 8 actions of a chunk: then
these 8 are never all idle in training. The default here is the same.
"""

from collections.abc import Collection, Sequence

import numpy as np

from vladata.spec.dimensions import is_change, is_gripper
from vladata.spec.select import Idle


def idle(
    action: np.ndarray, owner: np.ndarray, names: Sequence[str], relative: Collection[str], rule: Idle
) -> np.ndarray:
    """Return a mask, bool [N], True for steps of a stretch that is removed.

    action:   the actions of many episodes, one after the other, float32 [N, D].
    owner:    the number of each step's episode, int [N], rising.
    names:    the names of the D dimensions.
    relative: the names of the grippers with closing_relative commands.
    """
    still = _still(action, owner, names, relative, rule)
    out = still & (stretch_lengths(still, owner) > rule.longest)
    between = ~out
    return out | (between & (stretch_lengths(out, owner) < rule.shortest))


def _still(
    action: np.ndarray, owner: np.ndarray, names: Sequence[str], relative: Collection[str], rule: Idle
) -> np.ndarray:
    still = np.ones(len(action), bool)
    first = np.diff(owner, prepend=-1) != 0
    for d, name in enumerate(names):
        values = action[:, d]
        limit = rule.gripper if is_gripper(name) else rule.still
        if name in relative:
            still &= values == 0
        elif is_change(name):
            still &= np.abs(values) <= limit
        else:
            still &= first | (np.abs(np.diff(values, prepend=values[:1])) <= limit)
    return still


def stretch_lengths(flags: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return, for each step, the length of the run of equal flags that it is in, int [N]. A run ends with its episode."""
    if not len(flags):
        return np.zeros(0, np.int64)
    changes = (np.diff(flags) != 0) | (np.diff(owner) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lengths = np.diff(np.append(starts, len(flags)))
    return np.repeat(lengths, lengths)
