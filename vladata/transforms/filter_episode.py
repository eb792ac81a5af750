"""Removal of whole episodes by tests: an episode that passes all tests is kept.

Examples: Kuka's and UCSD's success flags; bc_z's success above 0.5 in the first step; "/success/" in DROID's file paths; and,
in OpenVLA for every dataset, an instruction that is not empty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

Which = Literal["first", "any", "all"]
COUNTS: Mapping[str, Callable[[np.ndarray], bool]] = {
    "first": lambda answers: bool(answers[0]),
    "any": lambda answers: bool(answers.any()),
    "all": lambda answers: bool(answers.all()),
}


def filter_episode(answers: Sequence[tuple[np.ndarray, Which]]) -> bool:
    """Return True if the episode is kept. answers: for each test bool [T or 1], T at least 1, and which steps must pass."""
    return all(COUNTS[which](found) for found, which in answers)
