"""Removal of steps by tests: a step is removed when all tests hold.

language_table and RT-1-X drop steps that are terminal, since RLDS's last step may hold an observation only; LIBERO drops
steps in which nothing moves and the gripper stays as it is (|action[0:6]| < 1e-4). The end of the episode moves to the last
step that is left (`terminate`). Relative values of the steps that remain (deltas of positions) are not
computed again.
"""

from collections.abc import Sequence

import numpy as np


def filter_steps(answers: Sequence[np.ndarray]) -> np.ndarray:
    """Return int64, the positions of the steps that are left. answers: bool [T] for each test."""
    kept: np.ndarray = np.flatnonzero(~np.logical_and.reduce(answers))
    return kept
