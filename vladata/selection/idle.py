"""Stretches in which nothing moves: up to 70% of the frames of some datasets, from which a policy learns to stand still.

openpi leaves out the stretches of more than 7 idle steps of DROID, since most policies run the first 8 actions of a chunk: then
no chunk in training is rest alone. The default here is the same.
"""

from collections.abc import Collection, Sequence

import numpy as np

from vladata.spec.dimensions import is_change, is_gripper
from vladata.spec.select import Idle


def idle(
    action: np.ndarray, owner: np.ndarray, names: Sequence[str], relative: Collection[str], rule: Idle
) -> np.ndarray:
    """Return a mask of the steps in a stretch that is taken out, bool [N].

    action:   float32 [N, D], the steps of many episodes, one after the other.
    owner:    int [N], the number of each step's episode, rising.
    relative: the grippers whose commands are closing_relative, by name.
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
    """Return, for each step, the length of the run of equal flags within one episode that it lies in, int [N]."""
    if not len(flags):
        return np.zeros(0, np.int64)
    changes = (np.diff(flags) != 0) | (np.diff(owner) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lengths = np.diff(np.append(starts, len(flags)))
    return np.repeat(lengths, lengths)
