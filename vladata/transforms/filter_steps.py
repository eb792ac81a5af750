"""Steps taken out by tests: those go for which all tests hold.

language_table and RT-1-X drop steps that are terminal, since RLDS's last step may hold an observation only; LIBERO drops
steps in which nothing moves and the gripper stays as it is (|action[0:6]| < 1e-4). The end of the episode moves to the last
step that is left (`terminate`). Whatever is relative in what remains (deltas of positions that moved all the same) is not
recomputed.
"""

from collections.abc import Sequence

import numpy as np


def filter_steps(answers: Sequence[np.ndarray]) -> np.ndarray:
    """bool [T] each -> int64, the positions of the steps that are left."""
    kept: np.ndarray = np.flatnonzero(~np.logical_and.reduce(answers))
    return kept
