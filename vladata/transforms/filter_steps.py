"""Removal of steps by tests: a step that passes all tests is removed.

language_table and RT-1-X drop terminal steps, since RLDS's last step may hold only an observation. LIBERO drops steps in which
nothing moves (|action[0:6]| < 1e-4) and the gripper does not change. The flag of the episode's end moves to the last step that is
left (terminate.py). Relative values of the other steps (deltas of positions) are not computed again.
"""

from collections.abc import Sequence

import numpy as np


def filter_steps(answers: Sequence[np.ndarray]) -> np.ndarray:
    """Return int64, the positions of the steps that are left. answers: bool [T] for each test."""
    kept: np.ndarray = np.flatnonzero(~np.logical_and.reduce(answers))
    return kept
